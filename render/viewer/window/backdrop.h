// Backdrop: what is behind the panels: a world seen by a camera that is moved by hand, pictures of the
// model's cameras inset, or a chart.
#ifndef FLYBALL_RENDER_VIEWER_WINDOW_BACKDROP_H_
#define FLYBALL_RENDER_VIEWER_WINDOW_BACKDROP_H_

#include <span>
#include <string>
#include <vector>

#include "render/viewer/orbit_camera.h"
#include "render/viewer/overlays.h"
#include "render/viewer/viewer.h"
#include "render/viewer/window/panels.h"
#include "render/viewer/window/window.h"

namespace flyball {

class Backdrop {
 public:
  // camera: where the view of a scene begins; empty: as a picture's.
  Backdrop(ViewState& view, std::string camera) : view_(view), start_(std::move(camera)) {}

  // Begins anew where the world is of another scene. Throws InputError for an unknown camera.
  void Aim(const World& world, std::span<const Marker> markers);
  // The view begins anew at the next Aim.
  void Forget() { scene_ = 0; }
  // Between the window's BeginFrame and EndFrame; width and height of its frame buffer.
  void Draw(Window& window, const ViewerFrame& frame, int width, int height);

  OrbitCamera& camera() { return camera_; }
  const std::vector<MovingBody>& bodies() const { return bodies_; }

 private:
  // Where the view ends: at the panels, or below them in a window that is too small for both.
  float RightOfView(float width) const {
    return view_.panels && width >= 720.0f ? width - 350.0f : width;
  }
  void DrawWorld(Window& window, const ViewerFrame& frame, int width, int height);
  void DrawInsets(Window& window, const ViewerFrame& frame, const PictureOptions& options);
  void DrawChart(Window& window, const Figure& figure, int width, int height);
  void FollowTracked(const World& world);

  ViewState& view_;
  const std::string start_;
  OrbitCamera camera_;
  uint64_t scene_ = 0;  // whose camera and bodies these are
  bool started_ = false;
  std::vector<MovingBody> bodies_;
  int followed_ = -1;
  Image picture_, inset_;
  double full_seconds_ = 0.0;  // that the last picture in full size took
};

}  // namespace flyball

#endif  // FLYBALL_RENDER_VIEWER_WINDOW_BACKDROP_H_
