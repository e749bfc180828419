// Where drones start and where they are to go.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "envs/quadcopter/config.h"
#include "physics/numeric/lanes.h"

namespace flyball::quadcopter {
namespace {

constexpr double kSpacing = 0.5;        // m, between drones at the start, at least
constexpr double kMeetupSpacing = 1.0;  // m

// Side by side on a square grid.
Place GridPlace(const Config& config, int drone) {
  const int side = static_cast<int>(std::ceil(std::sqrt(static_cast<double>(config.num_drones))));
  const double apart = config.task == TaskId::kMeetup ? kMeetupSpacing : kSpacing;
  const double spacing = std::max(apart, 12 * config.airframe.arm);
  return {spacing * (drone % side), spacing * (drone / side), 0.5};
}

// On a ring in which neighbours are at least kSpacing apart, or `scale` times that.
Place RingPlace(const Config& config, int drone, double scale) {
  const int n = config.num_drones;
  const double spacing = std::max(kSpacing, 12 * config.airframe.arm);
  const double radius = scale * std::max(spacing, spacing * n / (2 * std::numbers::pi));
  const double angle = 2 * std::numbers::pi * drone / n;
  return {radius * Cos(angle), radius * Sin(angle), 1.0};
}

Place BehindFirstGate(const Config& config) {
  const Gate& gate = GatesOf(config.task)[0];
  return {gate.x + kGateBehind * Cos(gate.yaw), gate.y + kGateBehind * Sin(gate.yaw), gate.z};
}

}  // namespace

Path Config::path() const {
  Path path = about().path;
  if (gpd() && !path.moves()) return {};
  // The peer moves its goal with its steps, whatever their length.
  if (gpd()) path.rate[1] = 0.006 * control_hz;
  if (task == TaskId::kLanding && pad_speed > 0.0) {
    constexpr double kRadius = 0.5;  // m, of the circle the pad drives
    const double rate = pad_speed / kRadius;
    path = {.amplitude = {kRadius, kRadius, 0},
            .rate = {rate, rate, 0},
            .phase = {0, std::numbers::pi / 2, 0}};
  }
  return path;
}

Place HomeOf(const Config& config, int drone) {
  if (config.gpd()) {
    // The peer's diagonal, and its height of 0.1 m above a body that stands on the ground.
    const double place = 4 * config.airframe.arm * drone;
    return {place, place, config.airframe.rest_height() + 0.1};
  }
  Place home = GridPlace(config, drone);
  switch (config.task) {
    case TaskId::kTakeoff:
      home.z = config.airframe.rest_height();
      break;
    case TaskId::kFlyThruGate:
      home.z = 0.75;
      break;
    case TaskId::kTune:
      home.y += 4.0;
      home.z = 1.0;
      break;
    case TaskId::kGates:
      home.x += 1.5, home.y -= 1.0, home.z = 1.0;
      break;
    case TaskId::kLanding:
    case TaskId::kWaypoints:
    case TaskId::kFigureEight:
    case TaskId::kDocking:
      home.z = 1.0;
      break;
    case TaskId::kFormation:
      home = RingPlace(config, drone, 1.5);
      break;
    default:
      break;
  }
  return home;
}

int PartnerOf(const Config& config, int drone) {
  switch (config.about().partner) {
    case Partner::kPrevious:
      return drone - 1;
    case Partner::kFirst:
      return drone > 0 ? 0 : -1;
    case Partner::kOpposite: {
      const int other = config.num_drones - 1 - drone;
      return other == drone ? -1 : other;
    }
    case Partner::kPair:
      return drone % 2 == 1 ? drone - 1 : -1;
    default:
      return -1;
  }
}

Place GoalOf(const Config& config, int drone) {
  const Place home = HomeOf(config, drone);
  const bool follows = PartnerOf(config, drone) >= 0;
  switch (config.task) {
    case TaskId::kMultiHover:
      return {home.x, home.y, home.z + 1.0 / (drone + 1)};
    case TaskId::kFlyThruGate:
      return config.gpd() ? Place{0, 0, 0.75} : BehindFirstGate(config);
    case TaskId::kTune:
      return config.gpd() ? Place{0, 0, 1} : Place{home.x, home.y - 4.0, 1};
    case TaskId::kFlock:
      if (follows) return {home.x, home.y, 0};
      return config.gpd() ? Place{0, 0, 1} : Place{home.x, home.y, 1};
    case TaskId::kLeaderFollower:
      if (follows) return {home.x, home.y, 0};
      return config.gpd() ? Place{0, 0, 0.5} : Place{home.x, home.y, 0.5};
    case TaskId::kMeetup: {
      if (!follows) return home;
      if (config.gpd()) return {0, 0, 0};
      // 0.4 m from the other, on the way between their starts.
      const Place other = HomeOf(config, PartnerOf(config, drone));
      const double x = home.x - other.x, y = home.y - other.y, length = std::sqrt(x * x + y * y);
      return {0.4 * x / length, 0.4 * y / length, 0};
    }
    case TaskId::kLanding:
      return {home.x, home.y, config.airframe.rest_height()};
    case TaskId::kGates:
      return BehindFirstGate(config);
    case TaskId::kFormation:
      return RingPlace(config, drone, 1.0);
    case TaskId::kDocking:
      return follows ? Place{0.2, 0, 0} : Place{home.x, home.y, 1.0};
    default:
      return {home.x, home.y, 1.0};
  }
}

rotorcraft::Surfaces SurfacesOf(const Config& config) {
  rotorcraft::Surfaces surfaces;
  if (config.task == TaskId::kLanding) surfaces.pad = {kPadRadius, kPadThickness};
  // From above a gate shows the top of its frame over all of its width, and inside of the hole the beam
  // below.
  for (const Gate& gate : GatesOf(config.task)) {
    double sine, cosine;
    SinCos(gate.yaw, sine, cosine);
    const double depth = kFrameDepth / 2;
    const auto add = [&](double top, double half) {
      surfaces.slabs.push_back({gate.x, gate.y, top, cosine, sine, depth, half});
    };
    add(gate.z + gate.frame, gate.frame);
    add(gate.z - gate.hole, gate.hole);
  }
  return surfaces;
}

}  // namespace flyball::quadcopter
