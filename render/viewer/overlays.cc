#include "render/viewer/overlays.h"

#include <mujoco/mujoco.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace flyball {
namespace {

using Quaternion = std::array<double, 4>;  // w x y z

double Length(const Vec3& v) { return std::hypot(v[0], v[1], v[2]); }

// The shortest turn that takes z to a direction of length `length` > 0.
Quaternion TurnOfZ(const Vec3& direction, double length) {
  const Vec3 d = {direction[0] / length, direction[1] / length, direction[2] / length};
  if (d[2] < -1.0 + 1e-12) return {0.0, 1.0, 0.0, 0.0};
  // Half the way between z and d: (1 + z.d, z x d), normalised.
  const double w = 1.0 + d[2], norm = std::sqrt(w * w + d[0] * d[0] + d[1] * d[1]);
  return {w / norm, -d[1] / norm, d[0] / norm, 0.0};
}

Marker Arrow(const Vec3& p_W, const Vec3& direction, double length, double radius,
             const std::array<float, 4>& rgba) {
  Marker marker{.shape = Marker::Shape::kArrow, .p_W = p_W, .rgba = rgba};
  marker.q_W = TurnOfZ(direction, Length(direction));
  marker.size = {radius, radius, length};
  return marker;
}

void AddFrame(const Pose& pose, double size, std::vector<Marker>* markers) {
  const auto& [w, x, y, z] = pose.q_W;
  const std::array<Vec3, 3> axes = {
      Vec3{1 - 2 * (y * y + z * z), 2 * (x * y + w * z), 2 * (x * z - w * y)},
      Vec3{2 * (x * y - w * z), 1 - 2 * (x * x + z * z), 2 * (y * z + w * x)},
      Vec3{2 * (x * z + w * y), 2 * (y * z - w * x), 1 - 2 * (x * x + y * y)}};
  for (size_t i = 0; i < 3; ++i) {
    std::array<float, 4> rgba = {0.12f, 0.12f, 0.12f, 1.0f};
    rgba[i] = 0.9f;
    markers->push_back(Arrow(pose.p_W, axes[i], size, 0.03 * size, rgba));
  }
}

}  // namespace

std::vector<Marker> Overlays(const World& world, const OverlayOptions& options) {
  std::vector<Marker> markers;
  for (const Contact& contact : world.Contacts()) {
    if (options.contacts) {
      Marker point{.p_W = contact.p_WC, .rgba = {1.0f, 0.55f, 0.0f, 1.0f}};
      point.size.fill(0.08 * options.size);
      markers.push_back(point);
    }
    const double force = Length(contact.force_W);
    if (options.forces && force > 0.0 && options.force > 0.0) {
      const double length = options.size * force / options.force;
      markers.push_back(Arrow(contact.p_WC, contact.force_W, length, 0.04 * options.size,
                              {0.85f, 0.1f, 0.45f, 1.0f}));
    }
  }
  if (options.frames) {
    AddFrame({.p_W = {}, .q_W = {1.0, 0.0, 0.0, 0.0}}, 1.5 * options.size, &markers);
    for (const MovingBody& body : MovingBodies(world)) {
      AddFrame(world.BodyPose(body.id), options.size, &markers);
    }
  }
  return markers;
}

double LargestForce(const World& world) {
  double largest = 0.0;
  for (const Contact& contact : world.Contacts()) {
    largest = std::max(largest, Length(contact.force_W));
  }
  return largest;
}

std::vector<MovingBody> MovingBodies(const World& world) {
  const std::vector<std::string> names = world.scene().Names(Element::kBody);
  std::vector<MovingBody> bodies;
  for (int body = 1; body < world.model().nbody; ++body) {
    if (world.model().body_dofnum[body] == 0) continue;
    const std::string& name = names[static_cast<size_t>(body)];
    bodies.push_back({body, name.empty() ? "body " + std::to_string(body) : name});
  }
  return bodies;
}

}  // namespace flyball
