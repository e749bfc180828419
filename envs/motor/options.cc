#include "envs/motor/detail.h"
#include "envs/motor/parse.h"
#include "physics/numeric/error.h"

namespace flyball::motor {
namespace {

std::string MotorDoc(const Task& task) {
  const DriveSettings settings = PresetSettings(task, "default");
  std::string doc;
  std::visit(
      [&](const auto& m) {
        for (const auto& parameter : std::decay_t<decltype(m)>::Parameters()) {
          if (!doc.empty()) doc += "; ";
          doc += std::string(parameter.name) + ": " + parameter.doc;
          if (std::string_view(parameter.unit) != "1")
            doc += std::string(" (") + parameter.unit + ")";
        }
      },
      settings.machine);
  doc += "; limits and nominal: omega (rad/s), i";
  if (settings.limits.i_e > 0) doc += ", i_e";
  doc += " (A), u (V of the supply), torque (N m, 0: from the currents)";
  if (task.machine == MachineKind::kPmsm || task.machine == MachineKind::kPermExDc) {
    doc += "; datasheet: a maker's figures instead (docs/drives.md)";
  }
  return doc;
}

std::string NamesOf(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

}  // namespace

OptionSchema DriveOptions(const Task& task) {
  using Kind = Option::Kind;
  OptionSchema schema = {
      {.name = "preset",
       .kind = Kind::kText,
       .default_value = "default",
       .choices = {"default", "gem"},
       .doc = "default: as it should be; gem: gym-electric-motor 3.0.3, number for number"},
      {.name = "tau",
       .kind = Kind::kNumber,
       .default_value = task.tau(),
       .low = 1e-9,
       .high = 1,
       .unit = "s",
       .doc = "control period"},
      {.name = "motor", .kind = Kind::kDict, .doc = MotorDoc(task)},
      {.name = "load",
       .kind = Kind::kDict,
       .doc = "type constant_speed: omega (rad/s); polynomial_static: a, b, c, j_load, tau_decay, "
              "omega at reset; external_speed: profile (rad/s at the start of each step), lag (s); "
              "ornstein_uhlenbeck: mu, theta, sigma, omega_range, omega"},
      {.name = "supply",
       .kind = Kind::kDict,
       .doc = "type ideal: u_nominal (V); rc: also r (Ohm), c (F); ac1, ac3 (three phases through "
              "six diodes): u_nominal root mean square, frequency (Hz), phase (rad; drawn if not "
              "given); battery: u_nominal when full, u_empty, capacity (A s), charge, r, r_slow, "
              "c_slow, and c at the converter"},
      {.name = "converter",
       .kind = Kind::kDict,
       .doc = "type of each bridge: b6 for three phases, else 4qc, 2qc or 1qc; interlocking_time "
              "(s)"},
      {.name = "solver",
       .kind = Kind::kDict,
       .doc = "type exact (where the speed is held; else rk4), rk4 (substeps, or accuracy), euler "
              "(substeps), dopri5 (relative, absolute, max_steps)"},
      {.name = "reference",
       .kind = Kind::kDict,
       .doc = "type wiener, laplace: sigma_range, initial_range; sinus, sawtooth, triangle, step: "
              "amplitude, frequency, offset, phase, duty; all with limit_margin and "
              "episode_lengths; constant: values; zero; switched: signals, weights, "
              "super_episode_length; multiple: references by state; recorded: values (T+1, k), row "
              "0 shown at reset. Of the limits"},
      {.name = "reward",
       .kind = Kind::kDict,
       .doc = "weights by state, power (a number, or by state), bias (number or 'positive'), "
              "violation_reward or gamma"},
      {.name = "constraints",
       .kind = Kind::kList,
       .doc = "what ends an episode: names of states, 'all_states', or dictionaries of type limit "
              "or squared, states, and from (the degree of violation rises from there to 1 at the "
              "limit); [] for nothing; by default the currents"},
      {.name = "merge_violations",
       .kind = Kind::kText,
       .default_value = "max",
       .choices = {"max", "product", "mean"},
       .doc = "what becomes of the degrees of several constraints; 1 ends the episode, less weighs "
              "the punishment in the reward"},
      {.name = "noise",
       .kind = Kind::kDict,
       .doc = "added to the scaled states: states (default: all shown), distribution (" +
              NamesOf(DistributionNames()) +
              ") and its parameters as numpy calls them (normal: sigma, mean); by the name of a "
              "state: a distribution of its own"},
      {.name = "dead_time",
       .kind = Kind::kDict,
       .doc = "steps (0 to 16) between action and voltage"},
      {.name = "start",
       .kind = Kind::kDict,
       .doc = "where episodes begin: current, exciting, flux (parts of limits, of nominal for the "
              "flux), any_angle, speed (rad/s from the reference); or a state of `ode` by name: a "
              "number, [low, high], or type uniform or normal with interval (default: nominal "
              "values), mean, std"},
      {.name = "states", .kind = Kind::kList, .doc = "names of the states to show, in order"},
      {.name = "observation",
       .kind = Kind::kText,
       .default_value = "flat",
       .choices = {"flat", "dict"},
       .doc = "flat: state and reference in one array; dict: {state, reference}"}};
  if (!task.finite && !task.direct_current()) {
    schema.push_back({.name = "control_space",
                      .kind = Kind::kText,
                      .default_value = "abc",
                      .choices = {"abc", "dq"},
                      .doc = "abc: one duty per phase; dq: duties of the vectors in the frame of "
                             "the rotor, or of the rotor's flux"});
  }
  const OptionSchema detail = DetailOptions(task);
  schema.insert(schema.end(), detail.begin(), detail.end());
  return schema;
}

DriveSettings ParseSettings(const Task& task, const Options& options) {
  DriveSettings settings = PresetSettings(task, options.at("preset").AsText());
  settings.tau = options.at("tau").AsNumber();
  const auto space = options.find("control_space");
  settings.rotor_actions = space != options.end() && space->second.AsText() == "dq";
  settings.dict_observation = options.at("observation").AsText() == "dict";
  ReadMotor(options.at("motor"), settings);
  const auto saturation = ReadSaturation(options, settings);
  ReadLoad(options.at("load"), settings);
  ReadSupply(options.at("supply"), settings);
  if (!options.at("states").is_null()) {
    settings.shown = QuantitiesNamed(settings, options.at("states"), "states");
    if (settings.shown.empty()) throw InputError("states: at least one state must be shown");
  } else if (!settings.gem() && settings.supply.kind != Supply::Kind::kIdeal) {
    settings.shown.push_back(settings.Named("u_sup", "states"));
  }
  ReadConverter(options.at("converter"), settings);
  ReadSolver(options.at("solver"), settings);
  ReadDeadTime(options.at("dead_time"), settings);
  ReadNoise(options.at("noise"), settings);
  ReadReference(options.at("reference"), settings);
  ReadReward(options.at("reward"), settings);
  ReadConstraints(options.at("constraints"), settings);
  const std::string merge = options.at("merge_violations").AsText();
  settings.merge = merge == "max"       ? Merge::kMax
                   : merge == "product" ? Merge::kProduct
                                        : Merge::kMean;
  ReadStart(options.at("start"), settings);
  SetScales(settings);
  settings.detail = ReadDetail(options, settings, saturation);
  return settings;
}

}  // namespace flyball::motor
