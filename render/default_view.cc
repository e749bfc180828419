#include "render/default_view.h"

#include <mujoco/mujoco.h>

namespace flyball {

CameraView ViewOf(const World& world, const std::string& camera) {
  CameraView view;
  if (!camera.empty()) {
    world.scene().Id(Element::kCamera, camera);  // throws if there is none
    view.camera = camera;
    return view;
  }
  const mjModel& model = world.model();
  if (model.ncam > 0) {
    view.camera = world.scene().Names(Element::kCamera)[0];
    if (!view.camera.empty()) return view;
  }
  // As MuJoCo's own free camera starts.
  for (int i = 0; i < 3; ++i) view.lookat_W[i] = model.stat.center[i];
  view.distance = 1.5 * model.stat.extent;
  view.azimuth_deg = model.vis.global.azimuth;
  view.elevation_deg = model.vis.global.elevation;
  view.fovy_deg = model.vis.global.fovy;
  return view;
}

}  // namespace flyball
