#include "envs/quadcopter/config.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "envs/policies/dsl_pid.h"
#include "envs/quadcopter/dict_options.h"
#include "physics/numeric/error.h"

namespace flyball::quadcopter {
namespace {

constexpr std::pair<std::string_view, ActionKind> kActions[] = {
    {"rpm", ActionKind::kRpm},
    {"one_d_rpm", ActionKind::kOneDRpm},
    {"pid", ActionKind::kPid},
    {"one_d_pid", ActionKind::kOneDPid},
    {"vel", ActionKind::kVel},
    {"gains", ActionKind::kGains},
    {"position", ActionKind::kPosition},
    {"velocity", ActionKind::kVelocity},
    {"acceleration", ActionKind::kAcceleration},
    {"attitude", ActionKind::kAttitude},
    {"rates", ActionKind::kRates}};

ActionKind ActionOf(const Task& task, const Options& resolved) {
  const std::string& name = resolved.at("action").AsText();
  if (task.id == TaskId::kControl && name == "rpm") return ActionKind::kRaw;
  for (const auto& [known, kind] : kActions) {
    if (known == name) return kind;
  }
  return ActionKind::kRpm;
}

// What a preset has no formula for is refused, not ignored.
void CheckPreset(const Config& config, const Options& resolved) {
  const std::string& preset = resolved.at("preset").AsText();
  const auto refuse = [&preset](const char* option, bool differs) {
    if (!differs) return;
    throw InputError(std::string(option) + " is given with preset " + preset +
                     "; only default takes it");
  };
  refuse("randomise", config.randomise != 0.0);
  refuse("wind", config.wind.mean[0] != 0 || config.wind.mean[1] != 0 || config.wind.mean[2] != 0);
  refuse("wind_shear", config.wind.shear != 0.0);
  refuse("gusts", config.wind.gusts != 0.0);
  refuse("gust_length", config.wind.length != Wind().length);
  refuse("wind_grid", !config.wind.grid.empty());
  refuse("wind_field", static_cast<bool>(config.wind.function));
  refuse("residual", config.residual.acts());
  refuse("battery", config.battery.on);
  refuse("motor_noise", config.motor_noise != 0.0);
  refuse("sensor_noise", config.sensor_noise != 1.0);
  // No offsets is what the peer has.
  refuse("start_spread", config.start_spread != 1.0 && config.start_spread != 0.0);
  refuse("action_delay", config.action_delay != 0);
  refuse("neighbours", config.neighbours != 0);
  refuse("neighbourhood_radius", config.neighbourhood != 0.0);
  refuse("ends", !config.end_together);
  refuse("observation", config.observation != ObservationKind::kKin);
  const std::vector<std::string> known = {"cf2x", "cf2p", "race", "hb"};
  if (std::find(known.begin(), known.end(), config.airframe.name) == known.end()) {
    throw InputError("preset " + preset + ": " + UnknownName("drone", config.airframe.name, known));
  }
  if (config.action >= ActionKind::kPosition) {
    throw InputError("action '" + resolved.at("action").AsText() + "' is given with preset " +
                     preset + "; only default takes it");
  }
  if (config.uses_pid() && !policies::DslPid::Knows(config.airframe)) {
    throw InputError("preset " + preset + ", drone " + config.airframe.name + ": action '" +
                     resolved.at("action").AsText() +
                     "' needs a position controller, which is made for cf2x and cf2p");
  }
  if (config.mover == Mover::kMujoco && config.preset == Preset::kGpdPyb) {
    throw InputError(
        "engine is 'mujoco' with preset gpd_pyb, which is Bullet's flight; use gpd_dyn");
  }
  if (config.mover == Mover::kBullet && config.preset == Preset::kGpdDyn) {
    throw InputError("engine is 'bullet' with preset gpd_dyn, which is no engine's; use gpd_pyb");
  }
}

}  // namespace

int ActionSize(ActionKind kind) {
  switch (kind) {
    case ActionKind::kOneDRpm:
    case ActionKind::kOneDPid:
      return 1;
    case ActionKind::kPid:
    case ActionKind::kAcceleration:
      return 3;
    case ActionKind::kGains:
      return 6;
    default:
      return 4;
  }
}

int Config::episode_steps() const {
  // The peer's clock is read before it is set forward: its episodes last a step and a bit longer.
  const int steps = static_cast<int>(about().seconds * control_hz);
  // A minute of raw rotor speeds at the usual rate, whatever the rate.
  if (!about().learning) return 14400;
  return steps + (gpd() ? 2 : 0);
}

int Config::shown() const {
  const Task& task = about();
  if (gpd()) return task.learning ? 12 : 20;
  int size = observation == ObservationKind::kSensor ? 13 : task.learning ? 16 : 20;
  if (observation == ObservationKind::kFull) {
    size = 23 + (wind.blows() ? 3 : 0) + (battery.on ? 2 : 0);
  }
  if (task.learning && (path().moves() || has_partner())) size += 3;
  if (task.stages) size += 1;
  if (task.learning && has_partner()) size += 6;
  size += 6 * neighbours + (neighbourhood > 0 ? num_drones : 0);
  return task.learning ? size + 1 : size;
}

int Config::num_info() const { return 11 + (num_drones > 1 ? 1 : 0); }

int Config::num_noise() const {
  return (motor_noise > 0 ? 4 : 0) + (wind.gusts > 0 ? 3 : 0) +
         (observation == ObservationKind::kSensor ? 16 : 0);
}

Config MakeConfig(const Task& task, const Options& resolved) {
  Config config;
  config.task = task.id;
  const std::string& preset = resolved.at("preset").AsText();
  if (preset == "gpd_dyn") config.preset = Preset::kGpdDyn;
  if (preset == "gpd_pyb") config.preset = Preset::kGpdPyb;
  const std::string& engine = resolved.at("engine").AsText();
  if (engine == "mujoco") config.mover = Mover::kMujoco;
  if (engine == "bullet") config.mover = Mover::kBullet;
  config.airframe = rotorcraft::FindAirframe(resolved.at("drone").AsText());
  config.action = ActionOf(task, resolved);
  std::vector<std::string> numbers;
  config.pictures = PictureRequestOf(resolved, std::string(task.name), &numbers);
  if (numbers.size() > 1) {
    throw InputError(std::string(task.name) +
                     ", option 'observation': " + resolved.at("observation").ToJson() +
                     "; kin, full and sensor exclude each other");
  }
  const std::string observation = numbers.empty() ? "kin" : numbers[0];
  if (observation == "full") config.observation = ObservationKind::kFull;
  if (observation == "sensor") config.observation = ObservationKind::kSensor;
  config.num_drones = static_cast<int>(resolved.at("num_drones").AsInteger());
  for (int k = 0; k < config.num_drones; ++k) {
    config.pictures.cameras.push_back("drone" + std::to_string(k) + "_camera");
  }
  config.neighbours = static_cast<int>(resolved.at("neighbours").AsInteger());
  if (config.neighbours > 0 && config.num_drones == 1) {
    throw InputError("neighbours is " + std::to_string(config.neighbours) +
                     " with num_drones 1, where there are none");
  }
  if (!resolved.at("neighbourhood_radius").is_null()) {
    config.neighbourhood = resolved.at("neighbourhood_radius").AsNumber();
    if (config.num_drones == 1 || config.num_drones > kMostAdjacent) {
      throw InputError("neighbourhood_radius is given with num_drones " +
                       std::to_string(config.num_drones) + "; the adjacency of 2 to " +
                       std::to_string(kMostAdjacent) + " drones is shown");
    }
  }
  config.physics_hz = static_cast<int>(resolved.at("physics_hz").AsInteger());
  config.control_hz = static_cast<int>(resolved.at("control_hz").AsInteger());
  if (config.physics_hz % config.control_hz != 0) {
    throw InputError("physics_hz is " + std::to_string(config.physics_hz) + " and control_hz is " +
                     std::to_string(config.control_hz) +
                     "; physics_hz must be a multiple of control_hz");
  }
  config.end_together = config.num_drones == 1 || resolved.at("ends").AsText() == "any";
  if (task.learning) config.rpm_range = resolved.at("rpm_range").AsNumber();
  config.start_spread = resolved.at("start_spread").AsNumber();
  config.randomise = resolved.at("randomise").AsNumber();
  config.motor_noise = resolved.at("motor_noise").AsNumber();
  config.sensor_noise = resolved.at("sensor_noise").AsNumber();
  config.action_delay = static_cast<int>(resolved.at("action_delay").AsInteger());
  if (task.id == TaskId::kLanding) config.pad_speed = resolved.at("pad_speed").AsNumber();
  config.limits = ReadLimits(task, resolved);
  ReadSurroundings(resolved, config);

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
  if (config.preset == Preset::kGpdDyn && !names.empty()) {
    throw InputError(
        "effects are given with preset gpd_dyn, which has none; use gpd_pyb or default");
  }
  if (config.gpd()) CheckPreset(config, resolved);
  if (config.wind.blows() && !config.drag) {
    throw InputError("wind blows but effects have no drag, through which alone it acts");
  }
  return config;
}

}  // namespace flyball::quadcopter
