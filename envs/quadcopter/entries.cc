#include "envs/quadcopter/entries.h"

#include <string>

namespace flyball::quadcopter {
namespace {

constexpr double kPi = 3.14159265358979323846;

Entry Of(std::string name, int size, std::string unit, std::string doc, double low = -kInfinity,
         double high = kInfinity) {
  return {.name = std::move(name),
          .size = size,
          .unit = std::move(unit),
          .low = low,
          .high = high,
          .doc = std::move(doc)};
}
Entry Share(std::string name, int size, std::string doc) {
  return Of(std::move(name), size, "1", std::move(doc), -1, 1);
}

const char* const kRpyDoc = "roll pitch yaw: R = Rz(yaw) Ry(pitch) Rx(roll)";

// As the peer's first version scales it.
std::vector<Entry> ScaledEntries() {
  return {Share("position_level", 2, "x y over 15 m, clipped"),
          Of("height", 1, "1", "over 5 m, clipped", 0, 1),
          Share("rpy", 3, "roll pitch yaw over pi"),
          Share("velocity_level", 2, "over 3 m/s, clipped"),
          Share("climb", 1, "clipped at 1 m/s, over 3 m/s"),
          Share("axis", 3, "direction of the angular velocity, world; 0 at rest")};
}

std::vector<Entry> PeerEntries(const Config& config) {
  std::vector<Entry> entries = {
      Of("position", 3, "m", "in the world"), Of("rpy", 3, "rad", kRpyDoc, -kPi, kPi),
      Of("velocity", 3, "m/s", "in the world"), Of("angular_velocity", 3, "rad/s", "in the world")};
  const int count = config.history() * ActionSize(config.action);
  if (count > 0) {
    entries.push_back(Of("actions", count, "1",
                         "as given, of the last half second, oldest first; 0 before the start"));
  }
  return entries;
}

Entry RotorEntry(const Config& config) {
  const double most = config.airframe.max_rpm() / config.airframe.hover_rpm();
  const double unit = config.rpm_range;
  return Of("rotor_speed", 4, "1",
            "the rpm action that would hold each rotor's present speed: relative distance from "
            "hover speed over rpm_range",
            -1 / unit - 1e-6, (most - 1) / unit + 1e-6);
}

std::vector<Entry> OwnEntries(const Config& config) {
  const Entry rates = Of("angular_velocity", 3, "rad/s", "in the body, as a gyroscope has it");
  const Entry velocity = Of("velocity", 3, "m/s", "in the world");
  const Entry error = Of("position_error", 3, "m", "goal less position, world");
  if (config.observation == ObservationKind::kKin) {
    return {error, Of("rpy", 3, "rad", kRpyDoc, -kPi, kPi), velocity, rates, RotorEntry(config)};
  }
  std::vector<Entry> entries = {
      Of("position", 3, "m", "in the world"),
      Of("quaternion", 4, "1", "attitude x y z w, body to world", -1.000001, 1.000001),
      velocity,
      rates,
      RotorEntry(config),
      error,
      Of("variation", 3, "1",
         "of mass, inertia and thrust factor: this drone's over the airframe's")};
  if (config.wind.blows()) {
    entries.push_back(Of("wind", 3, "m/s", "velocity of the air over this step, world"));
  }
  if (config.battery.on) {
    entries.push_back(Of("charge", 1, "1", "of the battery, a share of its capacity", 0, 1));
    entries.push_back(Of("voltage", 1, "V", "of the battery under load", 0, kInfinity));
  }
  return entries;
}

std::vector<Entry> SensorEntries() {
  return {
      Of("gyroscope", 3, "rad/s", "turning rates in the body, with noise and wandering bias"),
      Of("accelerometer", 3, "m/s^2",
         "in the body, without gravity's part, mean over the step, with noise and wandering bias"),
      Of("barometer", 1, "m", "height, with noise"),
      Of("position", 3, "m", "in the world, with noise"),
      Of("goal", 3, "m", "where the drone is to be, world")};
}

}  // namespace

std::vector<Entry> KinematicsEntries(const Config& config) {
  const double max_rpm = config.airframe.max_rpm();
  // The peer's learning actions are not clipped, so neither is what they ask of the rotors.
  const bool open = config.gpd() && config.action != ActionKind::kRaw;
  return {Of("position", 3, "m", "x y z in the world, z up from the ground"),
          Of("quaternion", 4, "1", "attitude x y z w, body to world", -1, 1),
          Of("rpy", 3, "rad", kRpyDoc, -kPi, kPi),
          Of("velocity", 3, "m/s", "in the world"),
          Of("angular_velocity", 3, "rad/s", "in the world"),
          Of("rpm", 4, "rpm", config.gpd() ? "rotor speeds last commanded" : "rotor speeds",
             open ? -kInfinity : 0.0, open ? kInfinity : max_rpm)};
}

std::vector<Entry> ActionEntries(const Config& config) {
  const std::string range = std::to_string(config.rpm_range);
  const Entry thrust = Share("thrust", 1, "of all rotors: weight times 1 + this");
  const Entry yaw_rate = Share("yaw_rate", 1, "turning rate about the body's z over 3 rad/s");
  switch (config.action) {
    case ActionKind::kRaw:
      return {Of("rpm", 4, "rpm", "speed asked of each rotor", 0, config.airframe.max_rpm())};
    case ActionKind::kRpm:
      return {Share(
          "rpm", 4,
          "each rotor's speed: hover speed times 1 + rpm_range times this; rpm_range is " + range)};
    case ActionKind::kOneDRpm:
      return {Share(
          "rpm", 1,
          "all rotors' speed: hover speed times 1 + rpm_range times this; rpm_range is " + range)};
    case ActionKind::kPid:
      return {Of("target", 3, "m", "position to fly to, world; approached by at most 1 m at a time",
                 -1, 1)};
    case ActionKind::kOneDPid:
      return {Of("climb", 1, "dm",
                 "height to gain over the present one; level position is held where it is", -1, 1)};
    case ActionKind::kGains:
      return {Share("position_gains", 3,
                    "relative changes of the proportional, integral and derivative gains of the "
                    "position loop"),
              Share("attitude_gains", 3, "the same of the attitude loop")};
    case ActionKind::kPosition:
      return {Of("position", 3, "m", "to fly to, world", -kMostPosition, kMostPosition),
              Of("yaw", 1, "rad", "heading", -kPi, kPi)};
    case ActionKind::kVelocity:
      return {Share("velocity", 3, "world, over 2 m/s"), yaw_rate};
    case ActionKind::kAcceleration:
      return {Share("acceleration", 3, "world, over 4 m/s^2; the heading is held along x")};
    case ActionKind::kAttitude:
      return {thrust, Share("roll", 1, "over 0.6 rad"), Share("pitch", 1, "over 0.6 rad"),
              yaw_rate};
    case ActionKind::kRates:
      return {thrust, Share("rates", 2, "turning rates about the body's x and y over 6 rad/s"),
              yaw_rate};
    default: {
      const bool learning = config.about().learning;
      return {
          Share("direction", 3, "of the velocity asked for, world; only its direction counts"),
          Of("speed", 1, "1",
             "its magnitude, as a share of 3 % of the airframe's top speed; the sign is ignored",
             learning ? -1 : 0, 1)};
    }
  }
}

std::vector<Entry> ObservationEntries(const Config& config) {
  const Task& task = config.about();
  if (config.gpd() && task.old) return ScaledEntries();
  if (config.gpd() && task.learning) return PeerEntries(config);
  std::vector<Entry> entries = config.observation == ObservationKind::kSensor
                                   ? SensorEntries()
                                   : (config.observation == ObservationKind::kKin && !task.learning
                                          ? KinematicsEntries(config)
                                          : OwnEntries(config));
  if (task.learning && (config.path().moves() || config.has_partner())) {
    entries.push_back(Of("goal_velocity", 3, "m/s", "of the goal, world"));
  }
  if (task.stages && !config.gpd()) {
    entries.push_back(Of("stage", 1, "1", "goals reached so far", 0, kInfinity));
  }
  if (task.learning && config.has_partner()) {
    entries.push_back(
        Of("partner_position", 3, "m", "of the drone that this one goes by, from this one, world"));
    entries.push_back(Of("partner_velocity", 3, "m/s", "likewise"));
  }
  for (int k = 0; k < config.neighbours; ++k) {
    const std::string name = "neighbour_" + std::to_string(k);
    entries.push_back(Of(name + "_position", 3, "m", "from this drone, world; 0 if there is none"));
    entries.push_back(Of(name + "_velocity", 3, "m/s", "likewise"));
  }
  if (config.neighbourhood > 0) {
    entries.push_back(Of("adjacency", config.num_drones, "1",
                         "1 for each drone within neighbourhood_radius and for itself", 0, 1));
  }
  // What is still to be earned depends on it: a learner that is not shown it finds the same view
  // worth anything from nothing to a whole episode (Pardo et al., Time limits in reinforcement
  // learning, 2018).
  if (task.learning && !config.gpd()) {
    entries.push_back(Of("time_left", 1, "1", "share of the episode that is left", 0, 1));
  }
  return entries;
}

}  // namespace flyball::quadcopter
