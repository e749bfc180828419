#include <algorithm>
#include <cmath>

#include "envs/motor/option_reader.h"
#include "envs/motor/parse.h"
#include "physics/drive/check.h"
#include "physics/drive/datasheet.h"
#include "physics/numeric/describe.h"
#include "physics/numeric/error.h"

namespace flyball::motor {
namespace {

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

constexpr const char* kLoads[] = {"constant_speed", "polynomial_static", "external_speed",
                                  "ornstein_uhlenbeck"};
constexpr const char* kSupplies[] = {"ideal", "rc", "ac1", "ac3", "battery"};
constexpr const char* kBridges[] = {"1qc", "2qc", "4qc", "b6"};
constexpr const char* kSolvers[] = {"exact", "rk4", "euler", "dopri5"};

// One of a list of names, as the enumeration that lists them in this order.
template <class E, size_t n>
E Choice(OptionReader& reader, const char* const (&names)[n], E fallback) {
  const std::vector<std::string> choices(names, names + n);
  const std::string name = reader.Text("type", names[static_cast<int>(fallback)], choices);
  return static_cast<E>(std::find(choices.begin(), choices.end(), name) - choices.begin());
}

// A maker's sheet in place of the preset's machine and ratings.
void ReadDatasheet(const Value& value, DriveSettings& settings) {
  OptionReader reader("motor datasheet", value);
  constexpr double kRpm = std::numbers::pi / 30;
  Datasheet sheet;
  const auto number = [&](const char* key, double& to) { to = reader.Number(key, to); };
  const auto choice = [&](const char* key, std::vector<std::string> names, auto& to) {
    const std::string name = reader.Text(key, names[static_cast<int>(to)], names);
    to = static_cast<std::decay_t<decltype(to)>>(std::find(names.begin(), names.end(), name) -
                                                 names.begin());
  };
  number("kv", sheet.kv);
  number("ke", sheet.ke);
  number("kt", sheet.kt);
  // Volts per thousand turns a minute, as sheets have them.
  if (reader.has("ke_krpm")) sheet.ke = reader.Number("ke_krpm", 0) / (1000 * kRpm);
  const bool brushless = settings.task.machine == MachineKind::kPmsm;
  if (brushless) {
    choice("kv_of", {"line_peak", "line_rms", "phase_peak", "phase_rms", "block"}, sheet.kv_of);
    choice("ke_of", {"line_peak", "line_rms", "phase_peak", "phase_rms", "block"}, sheet.ke_of);
    choice("current_of", {"peak", "rms", "block"}, sheet.current_of);
    choice("winding", {"terminals", "star", "delta"}, sheet.winding);
    if (reader.has("poles")) sheet.pole_pairs = 0.5 * reader.Number("poles", 0);
  }
  number("pole_pairs", sheet.pole_pairs);
  number("resistance", sheet.resistance);
  const Range inductance = reader.RangeOf("inductance", {Datasheet::kNone, Datasheet::kNone});
  sheet.inductance_d = inductance.low;
  sheet.inductance_q = inductance.high;
  for (const auto& [key, to] : {std::pair{"inertia", &sheet.inertia},
                                {"voltage", &sheet.voltage},
                                {"current", &sheet.current},
                                {"torque", &sheet.torque},
                                {"power", &sheet.power},
                                {"max_current", &sheet.max_current},
                                {"no_load_current", &sheet.no_load_current},
                                {"stall_current", &sheet.stall_current},
                                {"stall_torque", &sheet.stall_torque},
                                {"tolerance", &sheet.tolerance}}) {
    number(key, *to);
  }
  for (const auto& [key, to] : {std::pair{"speed", &sheet.speed},
                                {"max_speed", &sheet.max_speed},
                                {"no_load_speed", &sheet.no_load_speed}}) {
    number(key, *to);
    const std::string rpm = std::string(key) + "_rpm";
    if (reader.has(rpm)) *to = reader.Number(rpm, 0) * kRpm;
  }
  reader.Finish();

  SheetRatings ratings;
  if (brushless) {
    settings.machine = BrushlessFromDatasheet(sheet, ratings);
  } else {
    settings.machine = BrushedFromDatasheet(sheet, ratings);
  }
  settings.limits = {.omega = ratings.omega_limit, .i = ratings.i_limit, .u = ratings.u};
  settings.nominal = {.omega = ratings.omega, .i = ratings.i, .u = ratings.u};
  settings.supply.u_nominal = ratings.u;
}

}  // namespace

void ReadMotor(const Value& value, DriveSettings& settings) {
  OptionReader reader("motor", value);
  const double preset = Leakage(settings.machine);
  const MachineKind kind = settings.task.machine;
  if (kind == MachineKind::kPmsm || kind == MachineKind::kPermExDc) {
    const Value& sheet = reader.Any("datasheet");
    if (!sheet.is_null()) ReadDatasheet(sheet, settings);
  }
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
  if (supply.kind == Supply::Kind::kBattery) {
    // Cells that at the limit current drop a twentieth at once and half of that in a minute, and
    // last for a quarter of an hour.
    supply.r = 0.05 * supply.u_nominal / settings.limits.i;
    supply.r_slow = 0.5 * supply.r;
    supply.c_slow = 60 / supply.r_slow;
    supply.c = 2e-3 / supply.r;
    supply.capacity = 900 * settings.limits.i;
    supply.u_empty = reader.Number("u_empty", 0.8 * supply.u_nominal);
    supply.capacity = reader.Number("capacity", supply.capacity);
    supply.charge = reader.Number("charge", supply.charge);
    supply.r_slow = reader.Number("r_slow", supply.r_slow);
    supply.c_slow = reader.Number("c_slow", supply.c_slow);
  }
  if (supply.has_capacitor()) {
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
  if (s.kind == Supply::Kind::kBattery) {
    supply["u_empty"] = s.u_empty;
    supply["capacity"] = s.capacity;
    supply["charge"] = s.charge;
    supply["r_slow"] = s.r_slow;
    supply["c_slow"] = s.c_slow;
  }
  if (s.has_capacitor()) {
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
