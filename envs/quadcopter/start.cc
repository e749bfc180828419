#include "envs/quadcopter/start.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "physics/numeric/error.h"

namespace flyball::quadcopter {
namespace {

using rotorcraft::Quat;
using rotorcraft::Vec3;

// Half widths of the uniform draws about a drone's home.
constexpr double kSideSpread = 0.2, kHeightSpread = 0.2;  // m
constexpr double kTiltSpread = 0.1, kYawSpread = 0.3;     // rad
constexpr double kSpeedSpread = 0.1;                      // m/s
constexpr double kRateSpread = 0.1;                       // rad/s
// How deep a drone that rests may be in the ground: engines' contacts are soft.
constexpr double kContactDepth = 2e-3;  // m

Vec3<double> Symmetric(Rng& rng, double x, double y, double z) {
  const double a = rng.Uniform(-x, x), b = rng.Uniform(-y, y), c = rng.Uniform(-z, z);
  return {a, b, c};
}

// Where a drone starts if nothing is in the way.
Vec3<double> DrawPlace(const Config& config, int drone, Rng& rng) {
  const Place home = HomeOf(config, drone);
  const double s = config.start_spread;
  Vec3<double> p = Vec3<double>{home.x, home.y, home.z} +
                   Symmetric(rng, s * kSideSpread, s * kSideSpread, s * kHeightSpread);
  if (config.task == TaskId::kTakeoff) p.z = home.z;  // on the ground
  return p;
}

// Whether the bodies of two level drones are in each other.
bool Touch(const Config& config, const Vec3<double>& a, const Vec3<double>& b) {
  const double apart = 2 * config.airframe.collision_radius, x = a.x - b.x, y = a.y - b.y;
  return x * x + y * y < apart * apart && std::abs(a.z - b.z) < config.airframe.collision_height;
}

// The part of a forced value that is this drone's.
const double* Part(const ResetValues& values, ResetField field, int drone, int size) {
  return values.has(field) ? values[field].data() + static_cast<size_t>(drone) * size : nullptr;
}

// A forced vector; beyond a bound that no drone comes near, squares would leave a float's range.
void Force(const ResetValues& values, ResetField field, const char* name, int drone,
           Vec3<double>& v) {
  constexpr double kMost = 1e6;  // m, m/s, rad/s, rad
  const double* given = Part(values, field, drone, 3);
  if (given == nullptr) return;
  for (int i = 0; i < 3; ++i) {
    if (std::abs(given[i]) <= kMost) continue;
    throw InputError(std::string(name) + " of drone " + std::to_string(drone) + " has " +
                     Value(given[i]).ToJson() + "; it must be within [-1e6, 1e6]");
  }
  v = {given[0], given[1], given[2]};
}

Quat<double> Attitude(const double* xyzw, int drone) {
  const double length2 =
      xyzw[0] * xyzw[0] + xyzw[1] * xyzw[1] + xyzw[2] * xyzw[2] + xyzw[3] * xyzw[3];
  const double length = std::sqrt(length2);
  if (std::abs(length - 1.0) > 1e-3) {
    throw InputError("quat of drone " + std::to_string(drone) + " has length " +
                     std::to_string(length) + "; it must be a unit quaternion, x y z w");
  }
  return {xyzw[0] / length, xyzw[1] / length, xyzw[2] / length, xyzw[3] / length};
}

}  // namespace

StartState DrawStart(const Config& config, int drone, Rng& rng, const ResetValues& values) {
  const Place home = HomeOf(config, drone);
  StartState start;
  start.p_W = {home.x, home.y, home.z};
  const Place goal = GoalOf(config, drone);
  start.goal = {goal.x, goal.y, goal.z};
  start.v_W = start.w_W = {0.0, 0.0, 0.0};
  start.variation = {1.0, 1.0, 1.0};
  Vec3<double> rpy = {0.0, 0.0, 0.0};
  std::fill_n(start.rpm, 4, 0.0);
  std::fill_n(start.waypoints, 3 * kNumWaypoints, 0.0);
  std::fill_n(start.bias, 6, 0.0);

  // The peer starts every episode alike, with its rotors still.
  if (!config.gpd()) {
    const double s = config.start_spread;
    const bool grounded = config.task == TaskId::kTakeoff;
    start.p_W = DrawPlace(config, drone, rng);
    rpy = Symmetric(rng, s * kTiltSpread, s * kTiltSpread, s * kYawSpread);
    start.v_W = Symmetric(rng, s * kSpeedSpread, s * kSpeedSpread, s * kSpeedSpread);
    start.w_W = Symmetric(rng, s * kRateSpread, s * kRateSpread, s * kRateSpread);
    std::fill_n(start.rpm, 4, config.airframe.hover_rpm());
    const double r = config.randomise;
    start.variation = start.variation + Symmetric(rng, r, r, r);
    if (grounded) {
      start.v_W = start.w_W = {0.0, 0.0, 0.0};
      rpy.x = rpy.y = 0.0;
      std::fill_n(start.rpm, 4, 0.0);
    }
    if (config.task == TaskId::kWaypoints) {
      for (int k = 0; k < kNumWaypoints; ++k) {
        const Vec3<double> offset = Symmetric(rng, 1.5, 1.5, 0.5);
        start.waypoints[3 * k] = home.x + offset.x;
        start.waypoints[3 * k + 1] = home.y + offset.y;
        start.waypoints[3 * k + 2] = 1.0 + offset.z;
      }
      start.goal = {start.waypoints[0], start.waypoints[1], start.waypoints[2]};
    }
    if (config.observation == ObservationKind::kSensor) {
      const double n = config.sensor_noise;
      for (int i = 0; i < 6; ++i) start.bias[i] = n * (i < 3 ? 0.01 : 0.1) * rng.Normal();
    }
  }

  if (values.has(kPosition)) {
    Force(values, kPosition, "position", drone, start.p_W);
    const double lowest = config.airframe.rest_height() - kContactDepth;
    if (!config.gpd() && start.p_W.z < lowest) {
      throw InputError("position of drone " + std::to_string(drone) +
                       " has z = " + std::to_string(start.p_W.z) +
                       " m, at which it is in the ground; z must be >= " + std::to_string(lowest) +
                       ", where " + config.airframe.name + " stands on it");
    }
  }
  if (values.has(kRpy) && values.has(kQuat)) {
    throw InputError("rpy and quat are both given; either says the attitude");
  }
  Force(values, kRpy, "rpy", drone, rpy);
  // Level is what the peer's episodes start at, and they may be a few steps long: no sines for it.
  const bool level = rpy.x == 0.0 && rpy.y == 0.0 && rpy.z == 0.0;
  start.q_WB = level ? Quat<double>{0.0, 0.0, 0.0, 1.0} : rotorcraft::FromRollPitchYaw(rpy);
  if (const double* q = Part(values, kQuat, drone, 4)) start.q_WB = Attitude(q, drone);
  Force(values, kVel, "vel", drone, start.v_W);
  Force(values, kAngvel, "angvel", drone, start.w_W);
  Force(values, kGoal, "goal", drone, start.goal);
  if (const double* rpm = Part(values, kRpm, drone, 4)) {
    for (int i = 0; i < 4; ++i) {
      if (rpm[i] < 0.0 || rpm[i] > config.airframe.max_rpm()) {
        throw InputError("rpm of drone " + std::to_string(drone) + " has " +
                         std::to_string(rpm[i]) + "; it must be within [0, " +
                         std::to_string(config.airframe.max_rpm()) + "]");
      }
      start.rpm[i] = rpm[i];
    }
  }
  return start;
}

void DrawApart(const Config& config, std::span<const Vec3<double>> others, Rng& rng,
               const ResetValues& values, StartState& start) {
  if (config.gpd() || values.has(kPosition)) return;
  const int drone = static_cast<int>(others.size());
  const auto fits = [&](const Vec3<double>& p) {
    if (p.z < config.airframe.rest_height()) return false;
    return std::none_of(others.begin(), others.end(),
                        [&](const Vec3<double>& other) { return Touch(config, p, other); });
  };
  constexpr int kMostDraws = 1000;
  for (int draw = 0; !fits(start.p_W); ++draw) {
    if (draw == kMostDraws) {
      throw InputError("start_spread is " + std::to_string(config.start_spread) +
                       "; no place was found for drone " + std::to_string(drone) +
                       " above ground and clear of the others: a smaller one is needed");
    }
    start.p_W = DrawPlace(config, drone, rng);
  }
}

void CheckApart(const Config& config, const ResetValues& values) {
  if (config.gpd() || !values.has(kPosition)) return;
  const double* p = values[kPosition].data();
  const double radius = config.airframe.collision_radius, height = config.airframe.collision_height;
  const auto place = [p](int drone) {
    return Vec3<double>{p[3 * drone], p[3 * drone + 1], p[3 * drone + 2]};
  };
  for (int a = 0; a < config.num_drones; ++a) {
    for (int b = 0; b < a; ++b) {
      if (!Touch(config, place(a), place(b))) continue;
      throw InputError("position: drones " + std::to_string(b) + " and " + std::to_string(a) +
                       " start inside each other; they must be " + std::to_string(2 * radius) +
                       " m apart level, or " + std::to_string(height) + " m in height");
    }
  }
}

}  // namespace flyball::quadcopter
