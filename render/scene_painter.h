// One scene's resources on the GL thread (meshes, textures, lists), and drawing its worlds with them.
#ifndef FLYBALL_RENDER_SCENE_PAINTER_H_
#define FLYBALL_RENDER_SCENE_PAINTER_H_

#include <mujoco/mujoco.h>

#include <memory>
#include <span>
#include <vector>

#include "physics/world/world.h"
#include "render/picture.h"

namespace flyball {

// How much is spent on a picture. What a picture shows must not depend on what was drawn before, so
// each quality has resources of its own.
struct PictureQuality {
  bool fine;     // edges smoothed by OpenGL, and round shapes of many sides
  bool shadows;  // a shadow map
  bool operator==(const PictureQuality&) const = default;
};
PictureQuality QualityOf(const PictureTarget& target, const PictureOptions& options);

// All calls, the destructor's too, must come from the thread whose GL context is current.
class ScenePainter {
 public:
  // Uploads. sheet: see Renderer.
  ScenePainter(const mjModel& model, const PictureQuality& quality, int sheet);
  ~ScenePainter();
  ScenePainter(const ScenePainter&) = delete;
  ScenePainter& operator=(const ScenePainter&) = delete;

  // `model` and `data` are a world's of the scene that this was made for. camera: id, -1 for free.
  // Colours are in target.rgb after Finish, the other channels at once: many small pictures are drawn
  // side by side into one buffer, and read together.
  void Draw(const mjModel& model, const mjData& data, int camera, const CameraView& view,
            const PictureOptions& options, std::span<const Marker> markers,
            const PictureTarget& target);
  void Finish();
  // Whether Finish has something to do.
  bool pending() const { return !tiles_.empty(); }
  // Forgets what Finish would write.
  void Abandon() { tiles_.clear(); }

 private:
  // A picture whose colours have been drawn: where in the buffer, and where they go.
  struct Tile {
    mjrRect place;
    int width, height;
    std::span<uint8_t> rgb;
  };
  Tile PlaceTile(const PictureTarget& target);
  void Enlarge(int width, int height);  // the buffer; what is in it is lost
  // Moves meshes, textures and buffers to OpenGL.
  void Upload(const mjModel& model, const PictureQuality& quality);
  void PlaceScene(const mjModel& model, const mjData& data, int camera, const CameraView& view,
                  const PictureOptions& options, std::span<const Marker> markers);
  void ReadDepth(const PictureTarget& target);
  void ReadSegmentation(const PictureTarget& target);

  mjrContext context_;
  mjvScene scene_;
  std::unique_ptr<mjModel> view_model_;  // a shallow copy under other visual settings
  int sheet_;
  int scale_ = 1;                      // colours are drawn so many times as finely, and averaged
  int first_marker_ = 0;               // in scene_.geoms
  std::vector<Tile> tiles_;            // not read yet
  std::vector<unsigned char> pixels_;  // scratch (height, width, 3)
  std::vector<float> depth_;           // scratch (height, width)
  std::vector<int32_t> meaning_;       // of segmentation ids
};

}  // namespace flyball

#endif  // FLYBALL_RENDER_SCENE_PAINTER_H_
