// What each preset is. "gem" is gym-electric-motor 3.0.3 within an episode, quirks included;
// "default" is the same machine, control rate and goal with the physics and the scaling as they
// should be, and with episodes an agent can learn from.
#include <algorithm>
#include <cmath>

#include "envs/motor/settings.h"

namespace flyball::motor {
namespace {

constexpr double kRpm = std::numbers::pi / 30;  // rad/s

// What a machine is: the peer's figures.
struct Plant {
  Machine machine;
  Ratings limits, nominal;
};

Plant PlantOf(MachineKind kind) {
  const Ratings dc_limits = {.omega = 400, .i = 210, .i_e = 0, .u = 60, .torque = 38};
  const Ratings dc_nominal = {.omega = 300, .i = 97, .i_e = 0, .u = 60, .torque = 16};
  const auto two_windings = [](Ratings ratings) {
    ratings.i_e = ratings.i;
    return ratings;
  };
  const auto three_phase = [](double rpm, double i, double u) {
    return Ratings{.omega = rpm * kRpm, .i = i, .i_e = 0, .u = u, .torque = 0};
  };
  switch (kind) {
    case MachineKind::kPermExDc:
      return {PermExDc(), dc_limits, dc_nominal};
    case MachineKind::kExtExDc:
      return {ExtExDc(), two_windings(dc_limits), two_windings(dc_nominal)};
    case MachineKind::kSeriesDc:
      return {SeriesDc(), dc_limits, dc_nominal};
    case MachineKind::kShuntDc:
      return {ShuntDc(), two_windings(dc_limits), two_windings(dc_nominal)};
    case MachineKind::kPmsm:
      return {Pmsm(), three_phase(4000, 400, 300), three_phase(3000, 240, 300)};
    case MachineKind::kSynRm:
      return {
          Pmsm{.r_s = 0.57, .l_d = 10.1e-3, .l_q = 4.1e-3, .psi_p = 0, .p = 4, .j_rotor = 0.8e-3},
          three_phase(4300, 18, 80), three_phase(3000, 10, 80)};
    case MachineKind::kEesm: {
      Plant plant = {Eesm(), three_phase(12000, 150, 320), three_phase(4300, 120, 320)};
      plant.limits.i_e = plant.nominal.i_e = 150;
      return plant;
    }
    case MachineKind::kScim:
      return {Scim(), three_phase(4000, 5.5, 560), three_phase(3000, 3.9, 560)};
    case MachineKind::kDfim:
      return {Dfim(), three_phase(1800, 9, 720), three_phase(1650, 7.5, 720)};
    case MachineKind::kSixPmsm:
      break;
  }
  return {SixPhasePmsm(), three_phase(4000, 400, 300), three_phase(3000, 240, 300)};
}

Converter ConverterOf(MachineKind kind) {
  switch (kind) {
    case MachineKind::kExtExDc:
      return {.num_bridges = 2, .bridges = {Bridge::k4Q, Bridge::k4Q}};
    case MachineKind::kEesm:
      return {.num_bridges = 2, .bridges = {Bridge::kB6, Bridge::k4Q}};
    case MachineKind::kDfim:
    case MachineKind::kSixPmsm:
      return {.num_bridges = 2, .bridges = {Bridge::kB6, Bridge::kB6}};
    default:
      return {.num_bridges = 1,
              .bridges = {kind <= MachineKind::kShuntDc ? Bridge::k4Q : Bridge::kB6}};
  }
}

// Free shafts, as the peer loads them.
MechanicalLoad SpeedLoad(const Task& task) {
  MechanicalLoad load = {.kind = MechanicalLoad::Kind::kPolynomialStatic, .omega = 0};
  load.j_load = task.direct_current() ? 1e-4 : 1e-5;
  load.a = load.b = task.direct_current() ? 0 : 0.01;
  if (task.machine == MachineKind::kPermExDc && task.finite) load.j_load = 1e-3;
  if (task.machine == MachineKind::kSeriesDc) load.a = task.finite ? 0.15 : 0.01, load.b = 0.05;
  if (task.machine == MachineKind::kShuntDc) load.a = 0.05, load.b = 0.01;
  if (task.machine == MachineKind::kEesm && task.finite) load.a = load.b = 0;
  return load;
}

// What the peer feeds its drives from. It follows no rule.
double PeerSupply(const Task& task) {
  const bool current = task.control == Control::kCurrent;
  if (task.machine == MachineKind::kSeriesDc && task.finite && task.control != Control::kSpeed) {
    return 420;
  }
  if (task.direct_current()) return 60;
  if (task.machine == MachineKind::kSixPmsm) return 300;
  const bool low = task.machine == MachineKind::kPmsm || task.machine == MachineKind::kEesm;
  return low && current && !task.finite ? 300 : 420;
}

std::vector<std::string> Currents(MachineKind kind) {
  switch (kind) {
    case MachineKind::kPermExDc:
    case MachineKind::kSeriesDc:
      return {"i"};
    case MachineKind::kExtExDc:
    case MachineKind::kShuntDc:
      return {"i_a", "i_e"};
    case MachineKind::kEesm:
      return {"i_sd", "i_sq", "i_e"};
    case MachineKind::kSixPmsm:
      return {"i_sd", "i_sq", "i_sx", "i_sy"};
    default:
      return {"i_sd", "i_sq"};
  }
}

std::vector<std::string> Referenced(const Task& task) {
  if (task.control == Control::kTorque) return {"torque"};
  if (task.control == Control::kSpeed) return {"omega"};
  // The exciting current of a shunt machine follows from the armature's.
  if (task.machine == MachineKind::kShuntDc) return {"i_a"};
  return Currents(task.machine);
}

std::vector<int> Indices(const DriveSettings& settings, const std::vector<std::string>& names) {
  std::vector<int> indices;
  for (const std::string& name : names) indices.push_back(settings.Named(name, "preset"));
  return indices;
}

DriveSettings Common(const Task& task) {
  const Plant plant = PlantOf(task.machine);
  DriveSettings settings;
  settings.task = task;
  settings.tau = task.tau();
  settings.machine = plant.machine;
  settings.limits = plant.limits;
  settings.nominal = plant.nominal;
  settings.converter = ConverterOf(task.machine);
  settings.quantities = QuantitiesOf(task.machine);
  if (task.control == Control::kSpeed) settings.load = SpeedLoad(task);
  for (const int state : Indices(settings, Referenced(task))) {
    settings.reference.guides.push_back({.state = state, .signals = {Signal()}, .weights = {1}});
  }
  // The peer never cuts an episode; Gymnasium registers one limit for an id, whatever its preset.
  settings.max_episode_steps = task.max_episode_steps();

  const std::vector<std::string> currents = Currents(task.machine);
  std::vector<int> circle;
  for (const int state : Indices(settings, currents)) {
    const bool straight =
        task.direct_current() || settings.quantities[state].role == Role::kExcitingCurrent;
    if (straight) {
      settings.constraints.push_back({.squared = false, .states = {state}});
    } else {
      circle.push_back(state);
    }
  }
  if (!circle.empty()) settings.constraints.push_back({.squared = true, .states = circle});
  return settings;
}

DriveSettings Gem(const Task& task) {
  DriveSettings settings = Common(task);
  settings.quirks = {.frozen_voltage = true,
                     .stale_angle = true,
                     .midpoint_voltages = true,
                     .open_for_whole_step = true,
                     .late_supply = true,
                     .rotor_legs_in_stator = true,
                     .noise_is_real = true,
                     .unclipped = true};
  settings.converter.same_current_in_both_legs = !task.finite;
  settings.solver.accuracy = 1e-11;
  settings.supply.u_nominal = PeerSupply(task);
  if (task.machine == MachineKind::kShuntDc && task.control == Control::kTorque && !task.finite) {
    settings.load.omega = 230;
  }
  if (auto* six = std::get_if<SixPhasePmsm>(&settings.machine)) {
    six->mechanical_emf = true;
    settings.limits.torque = settings.nominal.torque = 10;
  }
  for (int k = 0; k < NumPeerQuantities(task.machine); ++k) settings.shown.push_back(k);
  const size_t count = settings.reference.guides.size();
  settings.reward.weights.assign(count, count == 4 ? 0.5 : 1.0 / static_cast<double>(count));
  settings.reference.episode_lengths = {500, 2000};
  // A punishment of the worst reward / (1 - gamma) for gamma = 0.9, as the peer computes it.
  settings.reward.violation = -(count == 4 ? 2.0 : 1.0) / (1 - 0.9);
  return settings;
}

std::vector<std::string> DefaultShown(const Task& task) {
  // Enough to control the machine with a linear policy at constant speed: where the rotor (or its
  // flux) is, what flows, and the error as the phases see it.
  std::vector<std::string> names;
  switch (task.machine) {
    case MachineKind::kPermExDc:
    case MachineKind::kSeriesDc:
      return {"omega", "torque", "i", "u"};
    case MachineKind::kExtExDc:
      return {"omega", "torque", "i_a", "i_e", "u_a", "u_e"};
    case MachineKind::kShuntDc:
      return {"omega", "torque", "i_a", "i_e", "u"};
    case MachineKind::kPmsm:
    case MachineKind::kSynRm:
      names = {"omega", "torque", "i_a",  "i_b",         "i_c",        "i_sd",
               "i_sq",  "u_sd",   "u_sq", "cos_epsilon", "sin_epsilon"};
      break;
    case MachineKind::kEesm:
      names = {"omega", "torque", "i_a",  "i_b", "i_c",         "i_sd",       "i_sq",
               "i_e",   "u_sd",   "u_sq", "u_e", "cos_epsilon", "sin_epsilon"};
      break;
    case MachineKind::kScim:
      names = {"omega", "torque", "i_sa", "i_sb",      "i_sc",     "i_sd",
               "i_sq",  "u_sd",   "u_sq", "cos_field", "sin_field"};
      break;
    case MachineKind::kDfim:
      names = {"omega", "torque",      "i_sa",        "i_sb",      "i_sc",     "i_sd",
               "i_sq",  "i_rd",        "i_rq",        "u_sd",      "u_sq",     "u_rd",
               "u_rq",  "cos_epsilon", "sin_epsilon", "cos_field", "sin_field"};
      break;
    case MachineKind::kSixPmsm:
      names = {"omega", "torque", "i_sd", "i_sq", "i_sx",        "i_sy",
               "u_sd",  "u_sq",   "u_sx", "u_sy", "cos_epsilon", "sin_epsilon"};
  }
  if (task.control == Control::kCurrent) {
    names.insert(names.end(), {"error_alpha", "error_beta"});
    if (task.machine == MachineKind::kSixPmsm) names.insert(names.end(), {"error_x", "error_y"});
  }
  return names;
}

// Where the peer's machine cannot be, or cannot do what is asked of it.
void MakePhysical(DriveSettings& settings) {
  if (auto* eesm = std::get_if<Eesm>(&settings.machine)) {
    // The peer's exciting inductance lacks the 1.5 of the stator's three phases: with it the
    // windings share 87 percent of their flux, without it more than all.
    eesm->l_e *= 1.5;
  }
  if (auto* six = std::get_if<SixPhasePmsm>(&settings.machine)) {
    // The second plane is leakage: no direction of the rotor is special in it.
    six->l_x = six->l_y = 37e-6;
  }
  if (settings.task.machine == MachineKind::kSynRm) {
    // 80 V drive 10 A up to 100 rad/s only; the peer feeds it from 420 V all the same.
    settings.limits.u = settings.nominal.u = 420;
  }
  settings.limits.torque = settings.nominal.torque = 0;  // from the currents
  settings.supply.u_nominal = settings.limits.u;
}

DriveSettings Default(const Task& task) {
  DriveSettings settings = Common(task);
  MakePhysical(settings);
  settings.shown = Indices(settings, DefaultShown(task));
  if (task.machine == MachineKind::kDfim) {
    settings.constraints.push_back(
        {.squared = true, .states = Indices(settings, {"i_rd", "i_rq"})});
  }
  // Between 0 and 1 at each step, so that it never pays to end an episode early.
  const size_t count = settings.reference.guides.size();
  settings.reward.weights.assign(count, 1.0 / static_cast<double>(count));
  settings.reward.bias = 1;
  settings.reward.violation = 0;
  if (task.machine == MachineKind::kShuntDc && task.control == Control::kTorque) {
    // Slower, its back-EMF is so low that the armature is at its limit at a few volts.
    settings.load.omega = 230;
  }
  settings.start = {.current = 0.25, .exciting = 0.25, .flux = 0.5, .any_angle = true};
  return settings;
}

}  // namespace

bool DriveSettings::Shows(std::string_view name) const {
  return std::any_of(shown.begin(), shown.end(), [&](int k) { return quantities[k].name == name; });
}

int DriveSettings::action_size() const {
  if (task.finite) return converter.num_bridges;
  if (!rotor_actions) return converter.num_outputs();
  switch (task.machine) {
    case MachineKind::kEesm:
      return 3;
    case MachineKind::kDfim:
    case MachineKind::kSixPmsm:
      return 4;
    default:
      return task.direct_current() ? converter.num_outputs() : 2;
  }
}

DriveSettings PresetSettings(const Task& task, const std::string& preset) {
  return preset == "gem" ? Gem(task) : Default(task);
}

}  // namespace flyball::motor
