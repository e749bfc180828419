// OrbitCamera: a free camera that is moved by hand around the point it looks at.
#ifndef FLYBALL_RENDER_VIEWER_ORBIT_CAMERA_H_
#define FLYBALL_RENDER_VIEWER_ORBIT_CAMERA_H_

#include <span>
#include <string>

#include "physics/world/world.h"
#include "render/picture.h"

namespace flyball {

// Whether nothing moves in the world but free bodies: drones.
bool OnlyFreeBodiesMove(const World& world);

class OrbitCamera {
 public:
  // Where ViewOf(world, camera) looks from, as a free view that can be moved. With no camera named,
  // a world in which nothing but free bodies move (drones) is looked at from as near as shows them
  // and their goals. Throws InputError for an unknown camera.
  void Start(const World& world, const std::string& camera, std::span<const Marker> goals = {});
  const CameraView& view() const { return view_; }

  // By pixels of a picture `height` high: a drag over the height turns by 180 degrees; what is
  // panned stays under the pointer. y counts downwards.
  void Orbit(double dx, double dy, double height);
  void Pan(double dx, double dy, double height);
  void Zoom(double notches);  // positive: nearer

  // Follow(p) keeps p where it was in the picture when it was first called; Release ends it.
  void Follow(const Vec3& p_W);
  void Release() { following_ = false; }
  // Looks straight at p.
  void LookAt(const Vec3& p_W) { view_.lookat_W = p_W; }

 private:
  CameraView view_;
  bool following_ = false;
  Vec3 last_W_ = {};  // of what is followed
};

}  // namespace flyball

#endif  // FLYBALL_RENDER_VIEWER_ORBIT_CAMERA_H_
