#include "render/viewer/orbit_camera.h"

#include <mujoco/mujoco.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "render/default_view.h"

namespace flyball {
namespace {

constexpr double kDegrees = 180.0 / std::numbers::pi;

// The free view that shows what a fixed camera shows; its distance is that of the scene's middle.
CameraView FreeViewOf(const World& world, int camera) {
  const mjModel& model = world.model();
  const mjData& data = world.data();
  const mjtNum* eye = data.cam_xpos + 3 * camera;
  const mjtNum* rotation = data.cam_xmat + 9 * camera;
  const Vec3 forward = {-rotation[2], -rotation[5], -rotation[8]};

  CameraView view;
  double depth = 0.0;
  for (int i = 0; i < 3; ++i) depth += (model.stat.center[i] - eye[i]) * forward[i];
  view.distance = std::max(depth, 0.2 * model.stat.extent);
  for (int i = 0; i < 3; ++i) view.lookat_W[i] = eye[i] + view.distance * forward[i];
  view.azimuth_deg = std::atan2(forward[1], forward[0]) * kDegrees;
  view.elevation_deg = std::asin(std::clamp(forward[2], -1.0, 1.0)) * kDegrees;
  view.fovy_deg = model.cam_fovy[camera];
  return view;
}

// Aims at the middle of free bodies and goals, from as near as shows them all, where nothing else
// moves.
void ComeNear(const World& world, std::span<const Marker> goals, CameraView* view) {
  const mjModel& model = world.model();
  std::vector<Vec3> places;
  places.reserve(static_cast<size_t>(model.njnt) + goals.size());
  if (!OnlyFreeBodiesMove(world)) return;
  for (int joint = 0; joint < model.njnt; ++joint) {
    places.push_back(world.BodyPose(model.jnt_bodyid[joint]).p_W);
  }
  for (const Marker& goal : goals) places.push_back(goal.p_W);
  Vec3 middle = {};
  for (const Vec3& p : places) {
    for (int i = 0; i < 3; ++i) middle[i] += p[i] / static_cast<double>(places.size());
  }
  double spread = 0.0;
  for (const Vec3& p : places) {
    spread = std::max(spread, std::hypot(p[0] - middle[0], p[1] - middle[1], p[2] - middle[2]));
  }
  view->lookat_W = middle;
  view->distance = std::min(view->distance, 1.0 + 3.0 * spread);
}

}  // namespace

bool OnlyFreeBodiesMove(const World& world) {
  const mjModel& model = world.model();
  return model.njnt > 0 && std::all_of(model.jnt_type, model.jnt_type + model.njnt,
                                       [](int type) { return type == mjJNT_FREE; });
}

void OrbitCamera::Start(const World& world, const std::string& camera,
                        std::span<const Marker> goals) {
  following_ = false;
  const CameraView view = ViewOf(world, camera);
  view_ = view.camera.empty() ? view
                              : FreeViewOf(world, world.scene().Id(Element::kCamera, view.camera));
  if (camera.empty()) ComeNear(world, goals, &view_);
}

void OrbitCamera::Orbit(double dx, double dy, double height) {
  view_.azimuth_deg = std::remainder(view_.azimuth_deg - 180.0 * dx / height, 360.0);
  view_.elevation_deg = std::clamp(view_.elevation_deg - 180.0 * dy / height, -89.9, 89.9);
}

void OrbitCamera::Pan(double dx, double dy, double height) {
  const double azimuth = view_.azimuth_deg / kDegrees, elevation = view_.elevation_deg / kDegrees;
  const Vec3 right = {std::sin(azimuth), -std::cos(azimuth), 0.0};
  const Vec3 up = {-std::sin(elevation) * std::cos(azimuth),
                   -std::sin(elevation) * std::sin(azimuth), std::cos(elevation)};
  const double metres = 2.0 * view_.distance * std::tan(0.5 * view_.fovy_deg / kDegrees) / height;
  for (int i = 0; i < 3; ++i) view_.lookat_W[i] += metres * (dy * up[i] - dx * right[i]);
}

void OrbitCamera::Zoom(double notches) {
  view_.distance = std::clamp(view_.distance * std::pow(0.9, notches), 1e-3, 1e4);
}

void OrbitCamera::Follow(const Vec3& p_W) {
  for (int i = 0; i < 3 && following_; ++i) view_.lookat_W[i] += p_W[i] - last_W_[i];
  following_ = true;
  last_W_ = p_W;
}

}  // namespace flyball
