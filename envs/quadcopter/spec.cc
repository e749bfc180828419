// Names, units, bounds and text of every number of the quadcopter environments.
#include <string>
#include <utility>
#include <vector>

#include "envs/quadcopter/config.h"

namespace flyball::quadcopter {
namespace {

constexpr double kPi = 3.14159265358979323846;

// The numbers of one drone in an array of one drone or many.
Field DroneField(std::string name, DType dtype, std::vector<Entry> entries, bool agent_axis,
                 int drones, std::string doc) {
  Field field = VectorField(std::move(name), dtype, std::move(entries), std::move(doc));
  if (agent_axis) field.shape.insert(field.shape.begin(), drones);
  return field;
}

Field DroneScalar(std::string name, DType dtype, std::string unit, std::string doc, double low,
                  double high, const Config& config) {
  Field field = ScalarField(std::move(name), dtype, std::move(unit), std::move(doc), low, high);
  if (config.num_drones > 1) field.shape = {config.num_drones};
  return field;
}

std::vector<Entry> KinematicsEntries(const Config& config) {
  const double max_rpm = config.airframe.max_rpm();
  // The peer's learning actions are not clipped, so neither is what they ask of the rotors.
  const double high = config.gpd() && config.task != Task::kControl ? kInfinity : max_rpm;
  const double low = config.gpd() && config.task != Task::kControl ? -kInfinity : 0.0;
  return {
      {.name = "position",
       .size = 3,
       .unit = "m",
       .doc = "x y z in the world, z up from the ground"},
      {.name = "quaternion",
       .size = 4,
       .unit = "1",
       .low = -1,
       .high = 1,
       .doc = "attitude x y z w, body to world"},
      {.name = "rpy",
       .size = 3,
       .unit = "rad",
       .low = -kPi,
       .high = kPi,
       .doc = "roll pitch yaw: R = Rz(yaw) Ry(pitch) Rx(roll)"},
      {.name = "velocity", .size = 3, .unit = "m/s", .doc = "in the world"},
      {.name = "angular_velocity", .size = 3, .unit = "rad/s", .doc = "in the world"},
      {.name = "rpm",
       .size = 4,
       .unit = "rpm",
       .low = low,
       .high = high,
       .doc = config.gpd() ? "rotor speeds last commanded" : "rotor speeds"},
  };
}

std::vector<Entry> ActionEntries(const Config& config) {
  const std::string range = std::to_string(config.rpm_range);
  switch (config.action) {
    case ActionKind::kRaw:
      return {{.name = "rpm",
               .size = 4,
               .unit = "rpm",
               .low = 0,
               .high = config.airframe.max_rpm(),
               .doc = "speed asked of each rotor"}};
    case ActionKind::kRpm:
      return {
          {.name = "rpm",
           .size = 4,
           .unit = "1",
           .low = -1,
           .high = 1,
           .doc = "each rotor's speed: hover speed times 1 + rpm_range times this; rpm_range is " +
                  range}};
    case ActionKind::kOneDRpm:
      return {
          {.name = "rpm",
           .size = 1,
           .unit = "1",
           .low = -1,
           .high = 1,
           .doc = "all rotors' speed: hover speed times 1 + rpm_range times this; rpm_range is " +
                  range}};
    case ActionKind::kPid:
      return {{.name = "target",
               .size = 3,
               .unit = "m",
               .low = -1,
               .high = 1,
               .doc = "position to fly to, world; approached by at most 1 m at a time"}};
    case ActionKind::kOneDPid:
      return {{.name = "climb",
               .size = 1,
               .unit = "dm",
               .low = -1,
               .high = 1,
               .doc = "height to gain over the present one; level position is held where it is"}};
    default:
      return {{.name = "direction",
               .size = 3,
               .unit = "1",
               .low = -1,
               .high = 1,
               .doc = "of the velocity asked for, world; only its direction counts"},
              {.name = "speed",
               .size = 1,
               .unit = "1",
               .low = -1,
               .high = 1,
               .doc = "its magnitude, as a share of 3 % of the airframe's top speed; the sign is "
                      "ignored"}};
  }
}

std::vector<Entry> HoverEntries(const Config& config) {
  const Entry rpy{.name = "rpy",
                  .size = 3,
                  .unit = "rad",
                  .low = -kPi,
                  .high = kPi,
                  .doc = "roll pitch yaw: R = Rz(yaw) Ry(pitch) Rx(roll)"};
  const Entry velocity{.name = "velocity", .size = 3, .unit = "m/s", .doc = "in the world"};
  if (!config.gpd()) {
    const double unit = config.rpm_range;
    const double most = config.airframe.max_rpm() / config.airframe.hover_rpm();
    return {{.name = "position_error", .size = 3, .unit = "m", .doc = "goal less position, world"},
            rpy,
            velocity,
            {.name = "angular_velocity",
             .size = 3,
             .unit = "rad/s",
             .doc = "in the body, as a gyroscope has it"},
            {.name = "rotor_speed",
             .size = 4,
             .unit = "1",
             .low = -1 / unit - 1e-6,
             .high = (most - 1) / unit + 1e-6,
             .doc = "the rpm action that would hold each rotor's present speed: relative distance "
                    "from hover speed over rpm_range"}};
  }
  std::vector<Entry> entries = {
      {.name = "position", .size = 3, .unit = "m", .doc = "in the world"},
      rpy,
      velocity,
      {.name = "angular_velocity", .size = 3, .unit = "rad/s", .doc = "in the world"}};
  const int count = config.history() * ActionSize(config.action);
  if (count > 0) {
    entries.push_back(
        {.name = "actions",
         .size = count,
         .unit = "1",
         .doc = "as given, of the last half second, oldest first; 0 before the start"});
  }
  return entries;
}

std::string TaskDoc(const Config& config) {
  std::string doc;
  if (config.task == Task::kControl) {
    doc =
        "Quadcopters under raw rotor speeds, for work on controllers. Nothing ends an episode but "
        "its time limit of 14400 steps. ";
    doc += config.gpd()
               ? "The reward is -1, as the peer's."
               : "The reward tells how well each drone holds the place 1 m above its start.";
  } else {
    doc =
        "Bring a quadcopter 1 m above the ground and hold it there for 8 s. Truncated more than "
        "1.5 m aside of the goal, above 2 m, or with roll or pitch beyond 0.4 rad. ";
    doc += config.gpd()
               ? "Reward of a step: max(0, 2 - d^4), d the distance (m) from the goal."
               : "Episodes start up to 0.2 m aside of the place under the goal, 0.3 to 0.7 m "
                 "high, tilted and moving a little.";
  }
  if (!config.gpd()) {
    doc +=
        " Reward of a step: 1 / (1 + 4 d^2) - 0.1 min(v^2, 1) - 0.05 min(w^2 / 25, 1), with d the "
        "distance from the goal (m), v the speed (m/s) and w the turning rate (rad/s); drones' "
        "rewards add up. Rotors follow commands with a first-order lag (72 ms for the Crazyflies); "
        "drag acts on airspeed in body axes; ground effect and downwash are smooth and bounded; "
        "the ground at z = 0 stops drones.";
  } else if (config.preset == Preset::kGpdDyn) {
    doc += " Motion: gym-pybullet-drones' explicit dynamics; drones fall through the ground.";
  } else {
    doc +=
        " Motion: gym-pybullet-drones' flight in Bullet, with its hidden damping and thrust along "
        "the attitude one step ago.";
  }
  return doc;
}

}  // namespace

EnvSpec MakeSpec(const Config& config, const Options& resolved) {
  const int drones = config.num_drones;
  const bool agent_axis = config.gpd() || drones > 1;
  const bool control = config.task == Task::kControl;
  const DType dtype = ObservationDType(resolved);
  EnvSpec spec;
  spec.doc = TaskDoc(config);
  spec.observation = {
      DroneField("observation", dtype, control ? KinematicsEntries(config) : HoverEntries(config),
                 agent_axis, drones, control ? "the state of each drone" : "each drone's view")};
  // Rotor speeds as such need all their digits.
  spec.action.field = DroneField("action", control ? DType::kFloat64 : dtype, ActionEntries(config),
                                 agent_axis, drones, "each drone's command");
  // The peer clips rotor speeds as such, but not the actions of its learning tasks.
  spec.action.clip = control || !config.gpd();

  spec.info = {
      DroneScalar("is_success", DType::kBool, "1",
                  "within 0.1 m of the goal and slower than 0.2 m/s at this moment", 0, 1, config),
      DroneScalar("distance", DType::kFloat64, "m", "distance from the goal", 0, kInfinity, config),
      DroneScalar("cost_tilt", DType::kFloat64, "rad", "roll or pitch, the larger, beyond 0.4 rad",
                  0, kPi, config),
      DroneScalar("cost_altitude", DType::kFloat64, "m", "height above 2 m, or below 0.1 m", 0,
                  kInfinity, config),
      DroneScalar("cost_geofence", DType::kFloat64, "m",
                  "level distance from the goal beyond 1.5 m", 0, kInfinity, config),
      DroneField(
          "applied_action", DType::kFloat64,
          {{.name = "rpm", .size = 4, .unit = "rpm", .doc = "speed commanded to each rotor"}},
          drones > 1, drones, "what the rotors were told in this step"),
  };
  spec.state = {
      DroneField("kinematics", DType::kFloat64, KinematicsEntries(config), true, drones,
                 "position, quaternion, rpy, velocity, angular velocity, rotor speeds"),
      DroneField(
          "goal", DType::kFloat64,
          {{.name = "goal", .size = 3, .unit = "m", .doc = "where the drone is to be, world"}},
          true, drones, "the place of the reward")};
  const auto reset = [&](const char* name, int size, const char* unit, double low, double high,
                         const char* doc) {
    return DroneField(
        name, DType::kFloat64,
        {{.name = name, .size = size, .unit = unit, .low = low, .high = high, .doc = doc}}, true,
        drones, doc);
  };
  spec.reset = {
      reset("position", 3, "m", -kInfinity, kInfinity, "in the world"),
      reset("rpy", 3, "rad", -kInfinity, kInfinity, "roll pitch yaw; or give quat"),
      reset("quat", 4, "1", -1, 1, "attitude x y z w, of unit length; or give rpy"),
      reset("vel", 3, "m/s", -kInfinity, kInfinity, "velocity in the world"),
      reset("angvel", 3, "rad/s", -kInfinity, kInfinity, "angular velocity in the world"),
      reset("rpm", 4, "rpm", 0, config.airframe.max_rpm(), "rotor speeds"),
      reset("goal", 3, "m", -kInfinity, kInfinity, "where the drone is to be, world"),
  };
  spec.control_period = config.control_period();
  spec.max_episode_steps = config.episode_steps();
  spec.num_agents = drones;
  spec.smooth = true;
  if (config.gpd()) {
    spec.reward_low = control ? -1.0 : 0.0;
    spec.reward_high = control ? -1.0 : 2.0 * drones;
  } else {
    spec.reward_low = -0.15 * drones;
    spec.reward_high = 1.0 * drones;
  }
  spec.options = resolved;
  return spec;
}

}  // namespace flyball::quadcopter
