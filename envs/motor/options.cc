#include <algorithm>
#include <cmath>

#include "envs/motor/option_reader.h"
#include "envs/motor/settings.h"
#include "physics/drive/check.h"
#include "physics/numeric/error.h"

namespace flyball::motor {
namespace {

std::vector<Quantity> QuantitiesNamed(const Value& value, const std::string& where) {
  if (!value.is_text() && !value.is_list()) {
    throw InputError(where + ": a list of state names expected, got " + value.ToJson());
  }
  std::vector<Quantity> states;
  for (const std::string& name : value.AsTexts()) states.push_back(QuantityNamed(name, where));
  return states;
}

Ratings ReadRatings(const std::string& name, const Value& value, const Ratings& fallback) {
  OptionReader reader(name, value);
  const Ratings ratings = {.omega = reader.Number("omega", fallback.omega),
                           .i = reader.Number("i", fallback.i),
                           .u = reader.Number("u", fallback.u),
                           .torque = reader.Number("torque", fallback.torque)};
  reader.Finish();
  RequirePositive(name + " omega", ratings.omega, "rad/s");
  RequirePositive(name + " i", ratings.i, "A");
  RequirePositive(name + " u", ratings.u, "V");
  RequireNotNegative(name + " torque", ratings.torque, "N m (0: from the currents)");
  return ratings;
}

void ReadMotor(const Value& value, DriveSettings& settings) {
  OptionReader reader("motor", value);
  Pmsm& machine = settings.machine;
  machine.r_s = reader.Number("r_s", machine.r_s);
  machine.l_d = reader.Number("l_d", machine.l_d);
  machine.l_q = reader.Number("l_q", machine.l_q);
  machine.psi_p = reader.Number("psi_p", machine.psi_p);
  machine.p = reader.Number("p", machine.p);
  machine.j_rotor = reader.Number("j_rotor", machine.j_rotor);
  const Value& limits = reader.Any("limits");
  const Value& nominal = reader.Any("nominal");
  reader.Finish();
  CheckPmsm(machine);
  settings.limits = ReadRatings("motor limits", limits, settings.limits);
  settings.nominal = ReadRatings("motor nominal", nominal, settings.nominal);

  // Torque 0 stands for what the machine gives: at the most efficient point of the nominal current
  // in the peer, of the limit current (so that nothing exceeds it) by default.
  const auto most = [&](double amplitude) {
    return machine.Torque(MaxTorqueCurrent(machine, amplitude));
  };
  const double peers =
      machine.l_d == machine.l_q ? most(settings.limits.i) : most(settings.nominal.i);
  if (settings.limits.torque == 0) {
    settings.limits.torque = settings.quirks.unclipped ? peers : most(settings.limits.i);
  }
  if (settings.nominal.torque == 0)
    settings.nominal.torque = std::min(peers, settings.limits.torque);
  const auto not_below = [](const char* key, double limit, double nominal_value) {
    if (limit >= nominal_value) return;
    throw InputError(std::string("motor limits ") + key + " = " + Describe(limit) +
                     ": must not be below the nominal value " + Describe(nominal_value));
  };
  not_below("omega", settings.limits.omega, settings.nominal.omega);
  not_below("i", settings.limits.i, settings.nominal.i);
  not_below("u", settings.limits.u, settings.nominal.u);
  not_below("torque", settings.limits.torque, settings.nominal.torque);
}

void ReadLoad(const Value& value, DriveSettings& settings) {
  OptionReader reader("load", value);
  MechanicalLoad& load = settings.load;
  const std::string type =
      reader.Text("type", load.constant_speed() ? "constant_speed" : "polynomial_static",
                  {"constant_speed", "polynomial_static"});
  if (type == "polynomial_static") {
    if (load.constant_speed()) load.omega = 0;  // a free shaft starts at rest
    load.kind = MechanicalLoad::Kind::kPolynomialStatic;
    load.a = reader.Number("a", load.a);
    load.b = reader.Number("b", load.b);
    load.c = reader.Number("c", load.c);
    load.j_load = reader.Number("j_load", load.j_load);
    load.tau_decay = reader.Number("tau_decay", load.tau_decay);
  }
  load.omega = reader.Number("omega", load.omega);
  reader.Finish();
  CheckLoad(load);
  RequireBetween("load omega", load.omega, -settings.limits.omega, settings.limits.omega, "rad/s");
}

void ReadConverter(const Options& options, DriveSettings& settings) {
  OptionReader supply("supply", options.at("supply"));
  supply.Text("type", "ideal", {"ideal"});
  settings.supply.u_nominal = supply.Number("u_nominal", settings.supply.u_nominal);
  supply.Finish();
  RequirePositive("supply u_nominal", settings.supply.u_nominal, "V");

  OptionReader converter("converter", options.at("converter"));
  converter.Text("type", "b6", {"b6"});
  settings.interlocking_time = converter.Number("interlocking_time", settings.interlocking_time);
  converter.Finish();
  RequireBetween("converter interlocking_time", settings.interlocking_time, 0, settings.tau, "s");

  OptionReader dead_time("dead_time", options.at("dead_time"));
  const int64_t steps = dead_time.Integer("steps", settings.dead_time_steps);
  dead_time.Finish();
  RequireBetween("dead_time steps", static_cast<double>(steps), 0, 16, "1");
  settings.dead_time_steps = static_cast<int>(steps);

  OptionReader noise("noise", options.at("noise"));
  const Value& states = noise.Any("states");
  settings.noise.sigma = noise.Number("sigma", 0.0);
  noise.Finish();
  RequireNotNegative("noise sigma", settings.noise.sigma, "1");
  if (settings.noise.sigma > 0) {
    settings.noise.states =
        states.is_null() ? settings.shown : QuantitiesNamed(states, "noise states");
  } else if (!states.is_null()) {
    QuantitiesNamed(states, "noise states");
  }
}

// The rows of a table of references: (rows, states), or a plain list where one state or one row.
std::vector<double> ReadTable(const Value& value, int num_states, bool one_row) {
  const std::string where = "reference values";
  if (value.is_null()) throw InputError(where + ": needed by this type of reference");
  if (!value.is_list() && !value.is_number()) {
    throw InputError(where + ": numbers expected, got " + value.ToJson());
  }
  std::string shape = one_row ? "one number, or one per referenced state: " : "rows of numbers: ";
  shape += std::to_string(num_states);
  if (!one_row && value.is_list() && num_states > 1) {
    for (const Value& row : value.AsList()) {
      if (!row.is_list() || static_cast<int>(row.AsList().size()) != num_states) {
        throw InputError(where + ": " + shape + " expected, got a row " + row.ToJson());
      }
    }
  }
  std::vector<double> table = value.AsNumbers();
  if (one_row && table.size() == 1) table.resize(num_states, table[0]);
  if (table.empty() || table.size() % num_states != 0 ||
      (one_row && static_cast<int>(table.size()) != num_states)) {
    throw InputError(where + ": " + shape + " expected, got " + std::to_string(table.size()) +
                     " numbers");
  }
  for (const double x : table) RequireBetween(where, x, -1, 1, "1 (of the limit)");
  return table;
}

void ReadReference(const Value& value, DriveSettings& settings) {
  using Kind = ReferenceSettings::Kind;
  ReferenceSettings& reference = settings.reference;
  OptionReader reader("reference", value);
  const std::string type =
      reader.Text("type", "wiener", {"wiener", "constant", "recorded", "sinus", "step"});
  reference.kind = type == "constant"   ? Kind::kConstant
                   : type == "recorded" ? Kind::kRecorded
                   : type == "sinus"    ? Kind::kSinus
                   : type == "step"     ? Kind::kStep
                                        : Kind::kWiener;

  // References keep to the nominal values unless a margin is given.
  const double margin = settings.nominal.i / settings.limits.i;
  Range bounds = {-margin, margin};
  const bool free = reference.kind != Kind::kConstant && reference.kind != Kind::kRecorded;
  if (free) {
    const Value& given = reader.Any("limit_margin");
    bounds = reader.RangeOf("limit_margin", bounds);
    if (given.is_number()) bounds = {-bounds.high, bounds.high};
    CheckRange(reader.Where("limit_margin"), bounds);
    RequireBetween("reference limit_margin", bounds.low, -1, 1, "1 (of the limit)");
    RequireBetween("reference limit_margin", bounds.high, -1, 1, "1 (of the limit)");
  } else {
    reference.values =
        ReadTable(reader.Any("values"), reference.num_states(), reference.kind == Kind::kConstant);
    bounds = {-1, 1};
  }
  reference.bounds.assign(reference.num_states(), bounds);

  if (reference.kind == Kind::kWiener) {
    reference.sigma = reader.RangeOf("sigma_range", reference.sigma);
    RequireNotNegative("reference sigma_range", reference.sigma.low, "1");
    if (reference.sigma.low < reference.sigma.high) {
      RequirePositive("reference sigma_range", reference.sigma.low, "1");
    }
    const Range start = reader.RangeOf("initial_range", bounds);
    RequireBetween("reference initial_range", start.low, bounds.low, bounds.high, "1");
    RequireBetween("reference initial_range", start.high, bounds.low, bounds.high, "1");
    reference.start.assign(reference.num_states(), start);
  } else if (free) {
    const double half = 0.5 * (bounds.high - bounds.low), middle = 0.5 * (bounds.high + bounds.low);
    reference.amplitude = reader.RangeOf("amplitude", {0, half});
    reference.offset = reader.RangeOf("offset", {middle - half / 2, middle + half / 2});
    reference.frequency = reader.RangeOf("frequency", reference.frequency);
    reference.phase = reader.RangeOf("phase", reference.phase);
    RequireNotNegative("reference frequency", reference.frequency.low, "Hz");
    if (reference.kind == Kind::kStep) {
      reference.duty = reader.RangeOf("duty", reference.duty);
      RequireBetween("reference duty", reference.duty.low, 0, 1, "1");
      RequireBetween("reference duty", reference.duty.high, 0, 1, "1");
    }
  }
  reader.Finish();
}

void ReadReward(const Value& value, DriveSettings& settings) {
  OptionReader reader("reward", value);
  RewardSettings& reward = settings.reward;
  OptionReader weights("reward weights", reader.Any("weights"));
  double sum = 0;
  for (int j = 0; j < settings.reference.num_states(); ++j) {
    const QuantityInfo& info = kQuantities[static_cast<int>(settings.reference.states[j])];
    reward.weights[j] = weights.Number(std::string(info.name), reward.weights[j]);
    RequireNotNegative("reward weights " + std::string(info.name), reward.weights[j], "1");
    sum += reward.weights[j];
  }
  weights.Finish();
  reward.power = reader.Number("power", reward.power);
  RequirePositive("reward power", reward.power, "1");
  const Value& bias = reader.Any("bias");
  const bool positive = bias.is_text();
  if (positive) {
    reader.Text("bias", "", {"positive"});
    reward.bias = sum;
  } else {
    reward.bias = reader.Number("bias", reward.bias);
  }
  RequireFinite("reward bias", reward.bias, "1");
  const bool punished = reader.has("gamma");
  const double gamma = reader.Number("gamma", 0.9);
  RequireBetween("reward gamma", gamma, 0, 1 - 1e-9, "1");
  // The worst step for ever, unless a number is given.
  if (punished) reward.violation = std::min((reward.bias - sum) / (1 - gamma), 0.0);
  reward.violation = reader.Number("violation_reward", reward.violation);
  RequireFinite("reward violation_reward", reward.violation, "1");
  reader.Finish();
}

void ReadConstraints(const Value& value, DriveSettings& settings) {
  if (value.is_null()) return;
  settings.constraints.clear();
  Constraint limits;  // names without a type
  for (const Value& item : value.AsList()) {
    if (item.is_text()) {
      limits.states.push_back(QuantityNamed(item.AsText(), "constraints"));
      continue;
    }
    OptionReader reader("constraints", item);
    const bool squared = reader.Text("type", "limit", {"limit", "squared"}) == "squared";
    settings.constraints.push_back(
        {.squared = squared,
         .states = QuantitiesNamed(reader.Any("states"), "constraints states")});
    reader.Finish();
  }
  if (!limits.states.empty()) settings.constraints.push_back(limits);
}

}  // namespace

OptionSchema DriveOptions(bool finite) {
  using Kind = Option::Kind;
  OptionSchema schema = {
      {.name = "preset",
       .kind = Kind::kText,
       .default_value = "default",
       .choices = {"default", "gem"},
       .doc = "default: as it should be; gem: gym-electric-motor 3.0.3, number for number"},
      {.name = "tau",
       .kind = Kind::kNumber,
       .default_value = finite ? 1e-5 : 1e-4,
       .low = 1e-9,
       .high = 1,
       .unit = "s",
       .doc = "control period"},
      {.name = "motor",
       .kind = Kind::kDict,
       .doc = "r_s (Ohm), l_d, l_q (H), psi_p (Wb), p, j_rotor (kg m^2); limits and nominal: omega "
              "(rad/s), i (A), u (V of the supply), torque (N m, 0: from the currents)"},
      {.name = "load",
       .kind = Kind::kDict,
       .doc = "type constant_speed: omega (rad/s); polynomial_static: a, b, c, j_load, tau_decay, "
              "omega at reset"},
      {.name = "supply", .kind = Kind::kDict, .doc = "type ideal: u_nominal (V)"},
      {.name = "converter", .kind = Kind::kDict, .doc = "type b6: interlocking_time (s)"},
      {.name = "reference",
       .kind = Kind::kDict,
       .doc = "type wiener: sigma_range, initial_range, limit_margin; constant: values; recorded: "
              "values (T+1, k), row 0 shown at reset; sinus, step: amplitude, frequency, offset, "
              "phase, duty, limit_margin; all of the limit"},
      {.name = "reward",
       .kind = Kind::kDict,
       .doc = "weights by state, power, bias (number or 'positive'), violation_reward or gamma"},
      {.name = "constraints",
       .kind = Kind::kList,
       .doc = "what ends an episode: names of states, or dictionaries of type limit or squared and "
              "states; [] for nothing; by default the squared currents"},
      {.name = "noise",
       .kind = Kind::kDict,
       .doc = "states (default: all shown), sigma: normal noise on the scaled states"},
      {.name = "dead_time",
       .kind = Kind::kDict,
       .doc = "steps (0 to 16) between action and voltage"},
      {.name = "states", .kind = Kind::kList, .doc = "names of the states to show, in order"},
      {.name = "observation",
       .kind = Kind::kText,
       .default_value = "flat",
       .choices = {"flat", "dict"},
       .doc = "flat: state and reference in one array; dict: {state, reference}"}};
  if (!finite) {
    schema.push_back({.name = "control_space",
                      .kind = Kind::kText,
                      .default_value = "abc",
                      .choices = {"abc", "dq"},
                      .doc = "abc: one duty per phase; dq: duties in the rotor's frame"});
  }
  return schema;
}

DriveSettings ParseSettings(bool finite, const Options& options) {
  DriveSettings settings = PresetSettings(finite, options.at("preset").AsText());
  settings.tau = options.at("tau").AsNumber();
  settings.rotor_actions = !finite && options.at("control_space").AsText() == "dq";
  settings.dict_observation = options.at("observation").AsText() == "dict";
  if (!options.at("states").is_null()) {
    settings.shown = QuantitiesNamed(options.at("states"), "states");
    if (settings.shown.empty()) throw InputError("states: at least one state must be shown");
  }
  ReadMotor(options.at("motor"), settings);
  ReadLoad(options.at("load"), settings);
  ReadConverter(options, settings);
  ReadReference(options.at("reference"), settings);
  ReadReward(options.at("reward"), settings);
  ReadConstraints(options.at("constraints"), settings);
  SetScales(settings);
  return settings;
}

Options CompleteOptions(const DriveSettings& settings, const Options& given) {
  const auto ratings = [](const Ratings& r) {
    return Dict{{"omega", r.omega}, {"i", r.i}, {"u", r.u}, {"torque", r.torque}};
  };
  Options options = given;
  const Pmsm& m = settings.machine;
  options["motor"] = Dict{{"r_s", m.r_s},
                          {"l_d", m.l_d},
                          {"l_q", m.l_q},
                          {"psi_p", m.psi_p},
                          {"p", m.p},
                          {"j_rotor", m.j_rotor},
                          {"limits", ratings(settings.limits)},
                          {"nominal", ratings(settings.nominal)}};
  const MechanicalLoad& l = settings.load;
  options["load"] = l.constant_speed() ? Dict{{"type", "constant_speed"}, {"omega", l.omega}}
                                       : Dict{{"type", "polynomial_static"},
                                              {"omega", l.omega},
                                              {"a", l.a},
                                              {"b", l.b},
                                              {"c", l.c},
                                              {"j_load", l.j_load},
                                              {"tau_decay", l.tau_decay}};
  options["supply"] = Dict{{"type", "ideal"}, {"u_nominal", settings.supply.u_nominal}};
  options["converter"] = Dict{{"type", "b6"}, {"interlocking_time", settings.interlocking_time}};
  return options;
}

}  // namespace flyball::motor
