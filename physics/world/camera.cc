#include "physics/world/camera.h"

#include <mujoco/mujoco.h>

namespace flyball {

Vec3 CameraPosition(const Scene& scene, int camera) {
  const double* p = scene.model().cam_pos + 3 * camera;
  return {p[0], p[1], p[2]};
}

double CameraFovy(const Scene& scene, int camera) { return scene.model().cam_fovy[camera]; }

}  // namespace flyball
