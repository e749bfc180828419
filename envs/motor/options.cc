#include <algorithm>
#include <cmath>

#include "envs/motor/option_reader.h"
#include "envs/motor/settings.h"
#include "physics/drive/check.h"
#include "physics/numeric/error.h"

namespace flyball::motor {
namespace {

std::vector<double> ReadTable(const Value& value, int num_states, bool one_row);

std::vector<int> QuantitiesNamed(const DriveSettings& settings, const Value& value,
                                 const std::string& where) {
  if (!value.is_text() && !value.is_list()) {
    throw InputError(where + ": a list of state names expected, got " + value.ToJson());
  }
  std::vector<int> states;
  for (const std::string& name : value.AsTexts()) states.push_back(settings.Named(name, where));
  return states;
}

Ratings ReadRatings(const std::string& name, const Value& value, const Ratings& fallback) {
  OptionReader reader(name, value);
  Ratings ratings = {.omega = reader.Number("omega", fallback.omega),
                     .i = reader.Number("i", fallback.i),
                     .i_e = fallback.i_e,
                     .u = reader.Number("u", fallback.u),
                     .torque = reader.Number("torque", fallback.torque)};
  if (fallback.i_e > 0) {
    ratings.i_e = reader.Number("i_e", fallback.i_e);
    RequirePositive(name + " i_e", ratings.i_e, "A");
  }
  reader.Finish();
  RequirePositive(name + " omega", ratings.omega, "rad/s");
  RequirePositive(name + " i", ratings.i, "A");
  RequirePositive(name + " u", ratings.u, "V");
  RequireNotNegative(name + " torque", ratings.torque, "N m (0: from the currents)");
  return ratings;
}

double Leakage(const Machine& machine) {
  const Eesm* eesm = std::get_if<Eesm>(&machine);
  return eesm ? eesm->leakage() : 1.0;
}

void ReadMotor(const Value& value, DriveSettings& settings) {
  OptionReader reader("motor", value);
  const double preset = Leakage(settings.machine);
  std::visit(
      [&](auto& m) {
        using M = std::decay_t<decltype(m)>;
        for (const Parameter<M>& parameter : M::Parameters()) {
          m.*parameter.value = reader.Number(parameter.name, m.*parameter.value);
        }
      },
      settings.machine);
  const Value& limits = reader.Any("limits");
  const Value& nominal = reader.Any("nominal");
  reader.Finish();
  // The peer's own EESM is coupled more than wholly: in its preset, and only as it comes, it may be.
  CheckMachine(settings.machine, settings.gem() && Leakage(settings.machine) == preset);
  settings.limits = ReadRatings("motor limits", limits, settings.limits);
  settings.nominal = ReadRatings("motor nominal", nominal, settings.nominal);
  CompleteRatings(settings);
  const auto not_below = [](const char* key, double limit, double nominal_value) {
    if (limit >= nominal_value) return;
    throw InputError(std::string("motor limits ") + key + " = " + Describe(limit) +
                     ": must not be below the nominal value " + Describe(nominal_value));
  };
  not_below("omega", settings.limits.omega, settings.nominal.omega);
  not_below("i", settings.limits.i, settings.nominal.i);
  not_below("i_e", settings.limits.i_e, settings.nominal.i_e);
  not_below("u", settings.limits.u, settings.nominal.u);
  not_below("torque", settings.limits.torque, settings.nominal.torque);
}

constexpr const char* kLoads[] = {"constant_speed", "polynomial_static", "external_speed",
                                  "ornstein_uhlenbeck"};
constexpr const char* kSupplies[] = {"ideal", "rc", "ac1", "ac3"};
constexpr const char* kBridges[] = {"1qc", "2qc", "4qc", "b6"};
constexpr const char* kSolvers[] = {"exact", "rk4", "euler", "dopri5"};

// One of a list of names, as the enumeration that lists them in this order.
template <class E, size_t n>
E Choice(OptionReader& reader, const char* const (&names)[n], E fallback) {
  const std::vector<std::string> choices(names, names + n);
  const std::string name = reader.Text("type", names[static_cast<int>(fallback)], choices);
  return static_cast<E>(std::find(choices.begin(), choices.end(), name) - choices.begin());
}

void ReadLoad(const Value& value, DriveSettings& settings) {
  OptionReader reader("load", value);
  MechanicalLoad& load = settings.load;
  const bool held = load.constant_speed();
  load.kind = Choice(reader, kLoads, load.kind);
  switch (load.kind) {
    case MechanicalLoad::Kind::kConstantSpeed:
      break;
    case MechanicalLoad::Kind::kPolynomialStatic:
      if (held) load.omega = 0;  // a free shaft starts at rest
      load.a = reader.Number("a", load.a);
      load.b = reader.Number("b", load.b);
      load.c = reader.Number("c", load.c);
      load.j_load = reader.Number("j_load", load.j_load);
      load.tau_decay = reader.Number("tau_decay", load.tau_decay);
      break;
    case MechanicalLoad::Kind::kExternalSpeed: {
      const Value& profile = reader.Any("profile");
      if (profile.is_null()) throw InputError("load profile: needed by this type of load");
      load.profile = profile.AsNumbers();
      load.lag = reader.Number("lag", settings.gem() ? settings.tau : 0.0);
      break;
    }
    case MechanicalLoad::Kind::kOrnsteinUhlenbeck: {
      load.mu = reader.Number("mu", load.omega);
      load.theta = reader.Number("theta", load.theta);
      load.sigma = reader.Number("sigma", load.sigma);
      const Range range = reader.RangeOf("omega_range", {load.low, load.high});
      load.low = range.low;
      load.high = range.high;
    }
  }
  if (load.kind != MechanicalLoad::Kind::kExternalSpeed) {
    load.omega = reader.Number("omega", load.omega);
  }
  reader.Finish();
  CheckLoad(load);
  const double limit = settings.limits.omega;
  RequireBetween("load omega", load.omega, -limit, limit, "rad/s");
  for (const double omega : load.profile) {
    RequireBetween("load profile", omega, -limit, limit, "rad/s");
  }
}

void ReadSupply(const Value& value, DriveSettings& settings) {
  OptionReader reader("supply", value);
  Supply& supply = settings.supply;
  supply.kind = Choice(reader, kSupplies, supply.kind);
  // Household voltages, unless given: root mean square of a phase, or between phase and neutral.
  if (supply.kind == Supply::Kind::kAc1) supply.u_nominal = 230;
  if (supply.kind == Supply::Kind::kAc3Rectified) supply.u_nominal = 400;
  supply.u_nominal = reader.Number("u_nominal", supply.u_nominal);
  if (supply.kind == Supply::Kind::kRc) {
    supply.r = reader.Number("r", supply.r);
    supply.c = reader.Number("c", supply.c);
  }
  if (supply.alternating()) {
    supply.frequency = reader.Number("frequency", supply.frequency);
    supply.random_phase = !reader.has("phase");
    supply.phase = reader.Number("phase", 0.0);
  }
  reader.Finish();
  CheckSupply(supply);
}

void ReadConverter(const Value& value, DriveSettings& settings) {
  OptionReader reader("converter", value);
  Converter& converter = settings.converter;
  const Value& type = reader.Any("type");
  converter.interlocking_time = reader.Number("interlocking_time", converter.interlocking_time);
  reader.Finish();
  RequireBetween("converter interlocking_time", converter.interlocking_time, 0, settings.tau, "s");
  if (type.is_null()) return;

  if (!type.is_text() && !type.is_list()) {
    throw InputError("converter type: a name, or a list of names, expected, got " + type.ToJson());
  }
  const std::vector<std::string> names = type.AsTexts();
  if (static_cast<int>(names.size()) != converter.num_bridges) {
    throw InputError("converter type: this machine has " + std::to_string(converter.num_bridges) +
                     (converter.num_bridges == 1 ? " bridge" : " bridges") + ", got " +
                     std::to_string(names.size()));
  }
  for (int k = 0; k < converter.num_bridges; ++k) {
    // Three phases take a B6 and nothing else does.
    std::vector<std::string> choices(kBridges, kBridges + 3);
    if (converter.bridges[k] == Bridge::kB6) choices = {"b6"};
    const auto found = std::find(choices.begin(), choices.end(), names[k]);
    if (found == choices.end()) {
      throw InputError("converter type: " + UnknownName("bridge", names[k], choices));
    }
    if (choices.size() > 1) converter.bridges[k] = static_cast<Bridge>(found - choices.begin());
  }
}

void ReadSolver(const Value& value, DriveSettings& settings) {
  OptionReader reader("solver", value);
  SolverSettings& solver = settings.solver;
  if (settings.gem() && settings.load.a > 0) {
    // A shaft that crosses the kink of its Coulomb friction: found by the estimated error.
    solver.kind = SolverSettings::Kind::kDormandPrince;
    solver.tolerance.relative = 1e-11;
    solver.tolerance.absolute = 1e-14;
  }
  solver.kind = Choice(reader, kSolvers, solver.kind);
  if (solver.kind == SolverSettings::Kind::kDormandPrince) {
    solver.tolerance.relative = reader.Number("relative", solver.tolerance.relative);
    solver.tolerance.absolute = reader.Number("absolute", solver.tolerance.absolute);
    const int64_t steps = reader.Integer("max_steps", solver.tolerance.max_steps);
    RequireBetween("solver relative", solver.tolerance.relative, 1e-14, 1, "1");
    RequirePositive("solver absolute", solver.tolerance.absolute, "1 (of the limits)");
    RequireBetween("solver max_steps", static_cast<double>(steps), 1, 1e6, "1");
    solver.tolerance.max_steps = static_cast<int>(steps);
  } else {
    const int64_t substeps = reader.Integer("substeps", solver.substeps);
    RequireBetween("solver substeps", static_cast<double>(substeps), 0, 1000, "1");
    solver.substeps = static_cast<int>(substeps);
    if (solver.kind != SolverSettings::Kind::kEuler) {
      solver.accuracy = reader.Number("accuracy", solver.accuracy);
      RequireBetween("solver accuracy", solver.accuracy, 1e-14, 1, "1");
    }
  }
  reader.Finish();
}

void ReadDelaysAndNoise(const Options& options, DriveSettings& settings) {
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
  std::vector<int> noisy = settings.shown;
  if (!states.is_null()) noisy = QuantitiesNamed(settings, states, "noise states");
  if (settings.noise.sigma > 0) settings.noise.states = noisy;

  OptionReader start("start", options.at("start"));
  StartSettings& begin = settings.start;
  const auto part = [&](const char* key, double& to) {
    to = start.Number(key, to);
    RequireBetween(start.Where(key), to, 0, 1, "1");
  };
  part("current", begin.current);
  if (settings.limits.i_e > 0) part("exciting", begin.exciting);
  if (settings.task.induction()) part("flux", begin.flux);
  if (!settings.task.direct_current()) begin.any_angle = start.Truth("any_angle", begin.any_angle);
  if (settings.task.control == Control::kSpeed) {
    // What nominal torque makes of 20 ms.
    if (!settings.gem()) {
      begin.speed = SpeedPace(settings) / settings.tau * 0.02 * settings.limits.omega;
    }
    begin.speed = start.Number("speed", begin.speed);
    RequireBetween("start speed", begin.speed, 0, settings.limits.omega, "rad/s");
  }
  start.Finish();
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

// Where a state's references keep to, unless a margin is given: the nominal values.
Range DefaultBounds(const DriveSettings& settings, int state) {
  const Quantity& quantity = settings.quantities[state];
  const Ratings &limits = settings.limits, &nominal = settings.nominal;
  double most = 0;
  switch (quantity.role) {
    case Role::kSpeed:
      most = nominal.omega / limits.omega;
      break;
    case Role::kTorque:
      most = nominal.torque / limits.torque;
      break;
    case Role::kExcitingCurrent:
      most = nominal.i_e / limits.i_e;
      break;
    default:
      most = nominal.i / limits.i;
  }
  Range bounds = {quantity.one_sided ? 0.0 : -most, most};
  const Task& task = settings.task;
  if (settings.gem()) {
    if (task.finite) return bounds;
    if (quantity.name == "i_e" && task.machine == MachineKind::kEesm) return {0, 1};
    if (task.machine == MachineKind::kShuntDc && task.control == Control::kTorque) return {0, 0.8};
    return bounds;
  }
  // Together the currents stay inside their circle, exciting currents keep a distance, and the flux
  // of a cage has no other side to go to.
  const int n = settings.reference.num_states();
  if (quantity.role == Role::kCurrent && n > 1 && !task.direct_current()) {
    const double share = 0.9 / std::sqrt(task.machine == MachineKind::kEesm ? n - 1.0 : n);
    bounds = {-std::min(most, share), std::min(most, share)};
    if (task.machine == MachineKind::kScim && quantity.name == "i_sd") bounds.low = 0.1;
  }
  if (quantity.name == "i_e") bounds = {0.1, std::min(most, 0.8)};
  // The flux of a shunt machine is what its supply makes it: below zero it is that of another.
  if (task.machine == MachineKind::kShuntDc && task.control != Control::kSpeed) {
    bounds = {0.05, most};
  }
  return bounds;
}

constexpr const char* kSignals[] = {"wiener",   "laplace",  "constant", "sinus",
                                    "sawtooth", "triangle", "step"};
std::vector<std::string> ReferenceTypes() {
  std::vector<std::string> types(std::begin(kSignals), std::end(kSignals));
  types.insert(types.end(), {"zero", "recorded", "switched", "multiple"});
  return types;
}

void RequireInside(const std::string& where, const Range& range, double low, double high,
                   const char* unit) {
  RequireBetween(where, range.low, low, high, unit);
  RequireBetween(where, range.high, low, high, unit);
}

// One signal of state `state`; `type` one of kSignals, or zero.
Signal ReadSignal(OptionReader& reader, const std::string& type, const DriveSettings& settings,
                  int state) {
  Signal signal;
  const std::string name = type == "zero" ? "constant" : type;
  signal.kind = static_cast<Signal::Kind>(
      std::find(std::begin(kSignals), std::end(kSignals), name) - std::begin(kSignals));
  if (signal.kind == Signal::Kind::kConstant) {
    signal.bounds = {-1, 1};
    return signal;  // its value is read with those of the other states
  }
  const Value& margin = reader.Any("limit_margin");
  signal.bounds = reader.RangeOf("limit_margin", DefaultBounds(settings, state));
  if (margin.is_number()) signal.bounds = {-signal.bounds.high, signal.bounds.high};
  CheckRange(reader.Where("limit_margin"), signal.bounds);
  RequireInside(reader.Where("limit_margin"), signal.bounds, -1, 1, "1 (of the limit)");
  const double low = signal.bounds.low, high = signal.bounds.high;
  if (signal.walks()) {
    if (!settings.gem()) {
      // Steps of a walk grow with the square root of time. Currents move by up to a hundredth of
      // their limit in 0.1 ms, speeds by half of what nominal torque can do.
      const bool speed = settings.quantities[state].role == Role::kSpeed;
      const double pace = speed ? 0.5 * SpeedPace(settings) : 1e-2 * std::sqrt(settings.tau / 1e-4);
      signal.sigma = {0.1 * pace, pace};
    }
    signal.sigma = reader.RangeOf("sigma_range", signal.sigma);
    RequireNotNegative(reader.Where("sigma_range"), signal.sigma.low, "1");
    if (signal.sigma.low < signal.sigma.high) {
      RequirePositive(reader.Where("sigma_range"), signal.sigma.low, "1");
    }
    signal.start = reader.RangeOf("initial_range", signal.bounds);
    RequireInside(reader.Where("initial_range"), signal.start, low, high, "1");
    return signal;
  }
  const double half = 0.5 * (high - low), middle = 0.5 * (high + low);
  signal.amplitude = reader.RangeOf("amplitude", {0, half});
  signal.offset = reader.RangeOf("offset", {middle - half / 2, middle + half / 2});
  signal.frequency = reader.RangeOf("frequency", signal.frequency);
  signal.phase = reader.RangeOf("phase", signal.phase);
  RequireNotNegative(reader.Where("frequency"), signal.frequency.low, "Hz");
  if (signal.kind == Signal::Kind::kStep || signal.kind == Signal::Kind::kTriangle) {
    signal.duty = reader.RangeOf("duty", signal.duty);
    RequireInside(reader.Where("duty"), signal.duty, 0, 1, "1");
  }
  return signal;
}

// A dictionary that describes one signal, for one state.
Signal ReadWholeSignal(const std::string& where, const Value& value, const DriveSettings& settings,
                       int state) {
  OptionReader reader(where, value);
  std::vector<std::string> types(std::begin(kSignals), std::end(kSignals));
  types.push_back("zero");
  const std::string type = reader.Text("type", "wiener", types);
  Signal signal = ReadSignal(reader, type, settings, state);
  if (type == "constant") {
    signal.constant = ReadTable(reader.Any("values"), 1, true)[0];
  }
  reader.Finish();
  return signal;
}

Range ReadLengths(OptionReader& reader, const char* key, const Range& fallback) {
  const Range range = reader.RangeOf(key, fallback);
  RequireInside(reader.Where(key), range, 0, 1e9, "steps");
  return range;
}

// {"type": "multiple", "references": {state: signal}}: which states, and what each follows.
void ReadMultiple(OptionReader& reader, DriveSettings& settings) {
  const Value& given = reader.Any("references");
  if (!given.is_dict() || given.AsDict().empty() ||
      static_cast<int>(given.AsDict().size()) > kMaxReferences) {
    throw InputError("reference references: a dictionary of 1 to " +
                     std::to_string(kMaxReferences) + " states expected, got " + given.ToJson());
  }
  settings.reference.guides.clear();
  for (const auto& [name, value] : given.AsDict()) {
    const int state = settings.Named(name, "reference references");
    settings.reference.guides.push_back({.state = state, .signals = {}, .weights = {1}});
  }
  for (Guide& guide : settings.reference.guides) {
    const std::string& name = settings.quantities[guide.state].name;
    guide.signals = {
        ReadWholeSignal("reference " + name, given.AsDict().at(name), settings, guide.state)};
  }
  const double count = settings.reference.num_states();
  settings.reward.weights.assign(settings.reference.guides.size(), 1 / count);
}

// {"type": "switched", "signals": [...], "weights": [...]}: one signal after the other.
void ReadSwitched(OptionReader& reader, DriveSettings& settings) {
  const Value& given = reader.Any("signals");
  if (!given.is_list() || given.AsList().empty()) {
    throw InputError("reference signals: a list of signals expected, got " + given.ToJson());
  }
  const size_t count = given.AsList().size();
  const Value& weights = reader.Any("weights");
  std::vector<double> chances(count, 1.0);
  if (!weights.is_null()) chances = weights.AsNumbers();
  if (chances.size() != count) {
    throw InputError("reference weights: one for each of " + std::to_string(count) +
                     " signals expected, got " + std::to_string(chances.size()));
  }
  for (const double chance : chances) RequirePositive("reference weights", chance, "1");
  for (Guide& guide : settings.reference.guides) {
    guide.signals.clear();
    guide.weights = chances;
    for (size_t k = 0; k < count; ++k) {
      guide.signals.push_back(ReadWholeSignal("reference signals [" + std::to_string(k) + "]",
                                              given.AsList()[k], settings, guide.state));
    }
  }
  settings.reference.super_lengths =
      ReadLengths(reader, "super_episode_length", settings.reference.super_lengths);
  RequirePositive("reference super_episode_length", settings.reference.super_lengths.low, "steps");
}

void ReadReference(const Value& value, DriveSettings& settings) {
  ReferenceSettings& reference = settings.reference;
  OptionReader reader("reference", value);
  const std::string type = reader.Text("type", "wiener", ReferenceTypes());
  if (type == "multiple") {
    ReadMultiple(reader, settings);
  } else if (type == "switched") {
    ReadSwitched(reader, settings);
  } else if (type == "recorded") {
    reference.table = ReadTable(reader.Any("values"), reference.num_states(), false);
  } else {
    for (Guide& guide : reference.guides) {
      guide.signals = {ReadSignal(reader, type, settings, guide.state)};
    }
    if (type == "constant") {
      const std::vector<double> constants =
          ReadTable(reader.Any("values"), reference.num_states(), true);
      for (int j = 0; j < reference.num_states(); ++j) {
        reference.guides[j].signals[0].constant = constants[j];
      }
    }
  }
  if (type != "recorded" && type != "constant" && type != "zero") {
    reference.episode_lengths = ReadLengths(reader, "episode_lengths", reference.episode_lengths);
  } else {
    reference.episode_lengths = {0, 0};
  }
  reader.Finish();
}

void ReadReward(const Value& value, DriveSettings& settings) {
  OptionReader reader("reward", value);
  RewardSettings& reward = settings.reward;
  OptionReader weights("reward weights", reader.Any("weights"));
  double sum = 0;
  for (int j = 0; j < settings.reference.num_states(); ++j) {
    const std::string& name = settings.quantities[settings.reference.guides[j].state].name;
    reward.weights[j] = weights.Number(name, reward.weights[j]);
    RequireNotNegative("reward weights " + name, reward.weights[j], "1");
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
      if (item.AsText() == "all_states") {
        for (int k = 0; k < NumPeerQuantities(settings.task.machine); ++k)
          limits.states.push_back(k);
      } else {
        limits.states.push_back(settings.Named(item.AsText(), "constraints"));
      }
      continue;
    }
    OptionReader reader("constraints", item);
    const bool squared = reader.Text("type", "limit", {"limit", "squared"}) == "squared";
    settings.constraints.push_back(
        {.squared = squared,
         .states = QuantitiesNamed(settings, reader.Any("states"), "constraints states")});
    reader.Finish();
  }
  if (!limits.states.empty()) settings.constraints.push_back(limits);
}

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
  return doc + " (A), u (V of the supply), torque (N m, 0: from the currents)";
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
              "given)"},
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
       .doc = "weights by state, power, bias (number or 'positive'), violation_reward or gamma"},
      {.name = "constraints",
       .kind = Kind::kList,
       .doc = "what ends an episode: names of states, 'all_states', or dictionaries of type limit "
              "or squared and states; [] for nothing; by default the currents"},
      {.name = "noise",
       .kind = Kind::kDict,
       .doc = "states (default: all shown), sigma: normal noise on the scaled states"},
      {.name = "dead_time",
       .kind = Kind::kDict,
       .doc = "steps (0 to 16) between action and voltage"},
      {.name = "start",
       .kind = Kind::kDict,
       .doc = "where episodes begin: current, exciting, flux (parts of limits, of nominal for the "
              "flux), any_angle, speed (rad/s from the reference)"},
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
  return schema;
}

DriveSettings ParseSettings(const Task& task, const Options& options) {
  DriveSettings settings = PresetSettings(task, options.at("preset").AsText());
  settings.tau = options.at("tau").AsNumber();
  const auto space = options.find("control_space");
  settings.rotor_actions = space != options.end() && space->second.AsText() == "dq";
  settings.dict_observation = options.at("observation").AsText() == "dict";
  ReadMotor(options.at("motor"), settings);
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
  ReadDelaysAndNoise(options, settings);
  ReadReference(options.at("reference"), settings);
  ReadReward(options.at("reward"), settings);
  ReadConstraints(options.at("constraints"), settings);
  SetScales(settings);
  return settings;
}

namespace {

Dict DescribeLoad(const MechanicalLoad& l) {
  Dict load = {{"type", kLoads[static_cast<int>(l.kind)]}, {"omega", l.omega}};
  switch (l.kind) {
    case MechanicalLoad::Kind::kConstantSpeed:
      break;
    case MechanicalLoad::Kind::kPolynomialStatic:
      load["a"] = l.a;
      load["b"] = l.b;
      load["c"] = l.c;
      load["j_load"] = l.j_load;
      load["tau_decay"] = l.tau_decay;
      break;
    case MechanicalLoad::Kind::kExternalSpeed:
      load.erase("omega");
      load["profile"] = List(l.profile.begin(), l.profile.end());
      load["lag"] = l.lag;
      break;
    case MechanicalLoad::Kind::kOrnsteinUhlenbeck:
      load["mu"] = l.mu;
      load["theta"] = l.theta;
      load["sigma"] = l.sigma;
      load["omega_range"] = List{l.low, l.high};
  }
  return load;
}

Dict DescribeSupply(const Supply& s) {
  Dict supply = {{"type", kSupplies[static_cast<int>(s.kind)]}, {"u_nominal", s.u_nominal}};
  if (s.kind == Supply::Kind::kRc) {
    supply["r"] = s.r;
    supply["c"] = s.c;
  }
  if (s.alternating()) {
    supply["frequency"] = s.frequency;
    if (!s.random_phase) supply["phase"] = s.phase;
  }
  return supply;
}

}  // namespace

Options CompleteOptions(const DriveSettings& settings, const Options& given) {
  const auto ratings = [](const Ratings& r) {
    Dict dict = {{"omega", r.omega}, {"i", r.i}, {"u", r.u}, {"torque", r.torque}};
    if (r.i_e > 0) dict["i_e"] = r.i_e;
    return dict;
  };
  Options options = given;
  Dict motor;
  std::visit(
      [&](const auto& m) {
        for (const auto& parameter : std::decay_t<decltype(m)>::Parameters()) {
          motor[parameter.name] = m.*parameter.value;
        }
      },
      settings.machine);
  motor["limits"] = ratings(settings.limits);
  motor["nominal"] = ratings(settings.nominal);
  options["motor"] = motor;
  options["load"] = DescribeLoad(settings.load);
  options["supply"] = DescribeSupply(settings.supply);
  List bridges;
  for (int k = 0; k < settings.converter.num_bridges; ++k) {
    bridges.push_back(kBridges[static_cast<int>(settings.converter.bridges[k])]);
  }
  options["converter"] = Dict{{"type", bridges.size() == 1 ? bridges[0] : Value(bridges)},
                              {"interlocking_time", settings.converter.interlocking_time}};
  return options;
}

}  // namespace flyball::motor
