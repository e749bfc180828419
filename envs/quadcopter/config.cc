#include "envs/quadcopter/config.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "physics/numeric/error.h"

namespace flyball::quadcopter {
namespace {

Option Text(std::string name, Value value, std::vector<std::string> choices, std::string doc) {
  return {.name = std::move(name),
          .kind = Option::Kind::kText,
          .default_value = std::move(value),
          .choices = std::move(choices),
          .unit = "",
          .doc = std::move(doc)};
}
Option Integer(std::string name, Value value, double low, double high, std::string unit,
               std::string doc) {
  return {.name = std::move(name),
          .kind = Option::Kind::kInteger,
          .default_value = std::move(value),
          .choices = {},
          .low = low,
          .high = high,
          .unit = std::move(unit),
          .doc = std::move(doc)};
}
Option Number(std::string name, double value, double low, double high, std::string unit,
              std::string doc) {
  return {.name = std::move(name),
          .kind = Option::Kind::kNumber,
          .default_value = value,
          .choices = {},
          .low = low,
          .high = high,
          .unit = std::move(unit),
          .doc = std::move(doc)};
}

ActionKind KindOf(const std::string& name) {
  if (name == "rpm") return ActionKind::kRpm;
  if (name == "one_d_rpm") return ActionKind::kOneDRpm;
  if (name == "pid") return ActionKind::kPid;
  if (name == "one_d_pid") return ActionKind::kOneDPid;
  return ActionKind::kVel;
}

}  // namespace

int ActionSize(ActionKind kind) {
  switch (kind) {
    case ActionKind::kOneDRpm:
    case ActionKind::kOneDPid:
      return 1;
    case ActionKind::kPid:
      return 3;
    default:
      return 4;
  }
}

int Config::episode_steps() const {
  // A minute of raw rotor speeds at the usual rate; eight seconds of hovering. The peer's clock is
  // read before it is set forward, so its episodes last a step and a bit longer.
  if (task == Task::kControl) return 14400;
  return static_cast<int>(kHoverSeconds) * control_hz + (gpd() ? 2 : 0);
}

int Config::observation_size() const {
  if (task == Task::kControl) return 20;
  return gpd() ? 12 + history() * ActionSize(action) : 16;
}

Home HomeOf(const Config& config, int drone) {
  if (config.gpd()) {
    // The peer's diagonal, and its height of 0.1 m above a body that stands on the ground.
    const double place = 4 * config.airframe.arm * drone;
    return {place, place, config.airframe.collision_height / 2 + 0.1};
  }
  const int side = static_cast<int>(std::ceil(std::sqrt(static_cast<double>(config.num_drones))));
  const double spacing = std::max(0.5, 12 * config.airframe.arm);
  return {spacing * (drone % side), spacing * (drone / side), 0.5};
}

OptionSchema OptionsOf(Task task) {
  const bool control = task == Task::kControl;
  OptionSchema options = {
      Text("preset", "default", {"default", "gpd_dyn", "gpd_pyb"},
           "default: the task as it should be. gpd_dyn, gpd_pyb: as gym-pybullet-drones with "
           "Physics.DYN or Physics.PYB, number for number"),
      Text("engine", "analytic", {"analytic"}, "what moves the drones: flyball's own equations"),
      Text("drone", "cf2x", rotorcraft::AirframeNames(), "the airframe, one for all drones"),
      Integer("num_drones", 1, 1, 1000, "1", "how many drones fly together"),
      {.name = "effects",
       .kind = Option::Kind::kList,
       .default_value = Value(),
       .choices = {"ground", "drag", "downwash"},
       .unit = "",
       .doc =
           "aerodynamic effects beside thrust: thrust gained near the ground, drag of the frame, "
           "wakes of drones above. Default: all of them; none in the presets gpd_*; gpd_dyn has "
           "none to offer"},
  };
  if (!control) {
    options.push_back(
        Text("action", "rpm", {"rpm", "one_d_rpm", "pid", "one_d_pid", "vel"},
             "rpm: change of each rotor's speed from hover; one_d_rpm: the same of all four; pid: "
             "target "
             "position (m), flown to by a controller; one_d_pid: climb; vel: direction and speed"));
    options.push_back(Text("observation", "kin", {"kin"}, "kin: kinematics"));
    options.push_back(
        Number("rpm_range", 0.05, 1e-3, 0.5, "1",
               "change of rotor speed, as a share of hover speed, that an action of 1 "
               "stands for (rpm, one_d_rpm)"));
  }
  options.push_back(Integer("physics_hz", 240, 1, 100000, "Hz", "steps of physics per second"));
  options.push_back(Integer("control_hz", control ? 240 : 30, 1, 100000, "Hz",
                            "actions per second; divides physics_hz. Under gymnasium.make the "
                            "registered time limit stays: "
                            "pass max_episode_steps along with a higher rate"));
  options.push_back({.name = "wind",
                     .kind = Option::Kind::kList,
                     .default_value = List{0.0, 0.0, 0.0},
                     .choices = {},
                     .unit = "m/s",
                     .doc = "velocity of the air, world x y z (default preset, with drag)"});
  options.push_back(Number("start_spread", 1.0, 0.0, 4.0, "1",
                           "factor on the random offsets of start states (default preset)"));
  options.push_back(Number("randomise", 0.0, 0.0, 0.5, "1",
                           "largest relative change of mass, inertia and thrust factor, each drawn "
                           "anew for every episode (default preset)"));
  return options;
}

Config MakeConfig(Task task, const Options& resolved) {
  Config config;
  config.task = task;
  const std::string& preset = resolved.at("preset").AsText();
  if (preset == "gpd_dyn") config.preset = Preset::kGpdDyn;
  if (preset == "gpd_pyb") config.preset = Preset::kGpdPyb;
  config.airframe = rotorcraft::FindAirframe(resolved.at("drone").AsText());
  config.action =
      task == Task::kControl ? ActionKind::kRaw : KindOf(resolved.at("action").AsText());
  config.num_drones = static_cast<int>(resolved.at("num_drones").AsInteger());
  config.physics_hz = static_cast<int>(resolved.at("physics_hz").AsInteger());
  config.control_hz = static_cast<int>(resolved.at("control_hz").AsInteger());
  if (config.physics_hz % config.control_hz != 0) {
    throw InputError("physics_hz is " + std::to_string(config.physics_hz) + " and control_hz is " +
                     std::to_string(config.control_hz) +
                     "; physics_hz must be a multiple of control_hz");
  }
  if (task != Task::kControl) config.rpm_range = resolved.at("rpm_range").AsNumber();
  config.start_spread = resolved.at("start_spread").AsNumber();
  config.randomise = resolved.at("randomise").AsNumber();
  const std::vector<double> wind = resolved.at("wind").AsNumbers();
  if (wind.size() != 3) {
    throw InputError("wind has " + std::to_string(wind.size()) +
                     " numbers; it must have 3: x, y, z");
  }
  std::copy_n(wind.begin(), 3, config.wind);

  const Value& effects = resolved.at("effects");
  std::vector<std::string> names;
  if (!effects.is_null()) {
    names = effects.AsTexts();
  } else if (!config.gpd()) {
    names = {"ground", "drag", "downwash"};
  }
  for (const std::string& name : names) {
    (name == "ground" ? config.ground : name == "drag" ? config.drag : config.downwash) = true;
  }

  // What a preset has no formula for is refused, not ignored.
  if (config.preset == Preset::kGpdDyn && !names.empty()) {
    throw InputError(
        "effects are given with preset gpd_dyn, which has none; use gpd_pyb or default");
  }
  if (config.gpd() && config.randomise != 0.0) {
    throw InputError("randomise is not 0 with preset " + preset + "; only default takes it");
  }
  if (config.gpd() && (wind[0] != 0.0 || wind[1] != 0.0 || wind[2] != 0.0)) {
    throw InputError("wind is not 0 with preset " + preset + "; only default takes it");
  }
  if (config.uses_pid() && config.airframe.name == "race") {
    throw InputError("action '" + resolved.at("action").AsText() +
                     "' needs a position controller, which is made for cf2x and cf2p, not race");
  }
  return config;
}

}  // namespace flyball::quadcopter
