// The options that the detailed kernel serves.
#include <algorithm>
#include <cmath>

#include "envs/motor/detail.h"
#include "envs/motor/option_reader.h"
#include "physics/drive/check.h"
#include "physics/numeric/error.h"

namespace flyball::motor {
namespace {

void NotNegative(OptionReader& reader, const char* key, const char* unit, double& to) {
  to = reader.Number(key, to);
  RequireNotNegative(reader.Where(key), to, unit);
}
void Positive(OptionReader& reader, const char* key, const char* unit, double& to) {
  to = reader.Number(key, to);
  RequirePositive(reader.Where(key), to, unit);
}

void ReadLosses(const Value& value, const DriveSettings& settings, DetailSettings& detail) {
  OptionReader reader("losses", value);
  OptionReader devices("losses devices", reader.Any("devices"));
  Devices& d = detail.devices;
  NotNegative(devices, "u_transistor", "V", d.u_transistor);
  NotNegative(devices, "r_transistor", "Ohm", d.r_transistor);
  NotNegative(devices, "u_diode", "V", d.u_diode);
  NotNegative(devices, "r_diode", "Ohm", d.r_diode);
  NotNegative(devices, "e_on", "J", d.e_on);
  NotNegative(devices, "e_off", "J", d.e_off);
  d.u_rated = settings.limits.u;
  d.i_rated = settings.nominal.i;
  Positive(devices, "u_rated", "V", d.u_rated);
  Positive(devices, "i_rated", "A", d.i_rated);
  d.frequency = detail.modulation.periods / settings.tau;
  NotNegative(devices, "frequency", "Hz", d.frequency);
  devices.Finish();
  OptionReader iron("losses iron", reader.Any("iron"));
  NotNegative(iron, "hysteresis", "W s/(rad Wb^2)", detail.iron.hysteresis);
  NotNegative(iron, "eddy", "S", detail.iron.eddy);
  NotNegative(iron, "pulses", "S", detail.iron.pulses);
  iron.Finish();
  OptionReader friction("losses friction", reader.Any("friction"));
  NotNegative(friction, "a", "N m", detail.friction.a);
  NotNegative(friction, "b", "N m s/rad", detail.friction.b);
  NotNegative(friction, "c", "N m s^2/rad^2", detail.friction.c);
  friction.Finish();
  detail.audit = reader.Truth("audit", true);
  reader.Finish();
}

// Heat of the windings at nominal currents, W.
double NominalHeat(const DriveSettings& settings) {
  return std::visit(
      [&](const auto& m) {
        using M = std::decay_t<decltype(m)>;
        double x[4] = {};
        x[M::kHasAngle ? 1 : 0] = settings.nominal.i;
        if (settings.nominal.i_e > 0) x[M::kStates - 1] = settings.nominal.i_e;
        return m.CopperLoss(x);
      },
      settings.machine);
}

void ReadThermal(const Value& value, const DriveSettings& settings, DetailSettings& detail) {
  OptionReader reader("thermal", value);
  Thermal thermal = Thermal::For(NominalHeat(settings));
  for (const auto& [key, to] : {std::pair{"c_winding", &thermal.c_winding},
                                {"c_housing", &thermal.c_housing},
                                {"r_winding", &thermal.r_winding},
                                {"r_housing", &thermal.r_housing},
                                {"ambient", &thermal.ambient},
                                {"reference", &thermal.reference},
                                {"copper", &thermal.copper},
                                {"magnet", &thermal.magnet}}) {
    *to = reader.Number(key, *to);
  }
  CheckThermal(thermal);
  detail.start_temperature = reader.Number("start", thermal.ambient);
  RequireBetween("thermal start", detail.start_temperature, -100, 300, "degC");
  reader.Finish();
  detail.thermal = thermal;
}

void ReadHarmonics(const Value& value, DetailSettings& detail) {
  OptionReader reader("harmonics", value);
  Harmonics& harmonics = detail.harmonics;
  harmonics.flat_top = reader.Number("flat_top", 0);
  RequireBetween("harmonics flat_top", harmonics.flat_top, 0, 179, "deg");
  const Value& cogging = reader.Any("cogging");
  reader.Finish();
  if (cogging.is_null()) return;
  const List& list = cogging.AsList();
  if (list.size() > harmonics.cogging.size()) {
    throw InputError("harmonics cogging: at most " + std::to_string(harmonics.cogging.size()) +
                     " orders, got " + std::to_string(list.size()));
  }
  for (size_t k = 0; k < list.size(); ++k) {
    OptionReader one("harmonics cogging", list[k]);
    const int64_t order = one.Integer("order", 0);
    RequireWhole("harmonics cogging order", static_cast<double>(order), 1, 1000);
    harmonics.cogging[k].order = static_cast<int>(order);
    NotNegative(one, "amplitude", "N m", harmonics.cogging[k].amplitude);
    harmonics.cogging[k].phase = one.Number("phase", 0);
    RequireFinite("harmonics cogging phase", harmonics.cogging[k].phase, "rad");
    one.Finish();
  }
}

void ReadSensors(const Value& value, const DriveSettings& settings, DetailSettings& detail) {
  OptionReader reader("sensors", value);
  SensorSettings& sensors = detail.sensors;
  sensors.on = true;
  OptionReader current("sensors current", reader.Any("current"));
  NotNegative(current, "gain", "1", sensors.gain);
  NotNegative(current, "offset", "A", sensors.offset);
  NotNegative(current, "noise", "A", sensors.noise);
  NotNegative(current, "resolution", "A", sensors.resolution);
  const int64_t delay = current.Integer("delay", 0);
  RequireWhole("sensors current delay", static_cast<double>(delay), 0, 16);
  sensors.delay = static_cast<int>(delay);
  current.Finish();
  RequireBetween("sensors current gain", sensors.gain, 0, 1, "1");
  if (!settings.task.direct_current()) {
    OptionReader encoder("sensors encoder", reader.Any("encoder"));
    const int64_t lines = encoder.Integer("lines", 0);
    RequireWhole("sensors encoder lines", static_cast<double>(lines), 0, 1 << 24);
    sensors.lines = static_cast<int>(lines);
    NotNegative(encoder, "offset", "rad", sensors.angle_offset);
    encoder.Finish();
    sensors.hall = reader.Truth("hall", false);
    if (sensors.hall && sensors.lines > 0) {
      throw InputError("sensors hall: either Hall switches or an encoder, not both");
    }
    Positive(reader, "speed_filter", "s", sensors.speed_filter);
  }
  reader.Finish();
}

void ReadFaults(const Value& value, const DriveSettings& settings, DetailSettings& detail) {
  const List& list = value.AsList();
  if (list.size() > kMaxFaults) {
    throw InputError("faults: at most " + std::to_string(kMaxFaults) + ", got " +
                     std::to_string(list.size()));
  }
  const std::vector<std::string> outputs = OutputNames(settings, false);
  const bool angle = !settings.task.direct_current();
  for (const Value& item : list) {
    OptionReader reader("faults", item);
    std::vector<std::string> kinds = {"open_phase", "current_sensor"};
    if (angle) kinds.push_back("encoder");
    const std::string kind = reader.Text("type", "open_phase", kinds);
    Fault fault;
    fault.kind =
        static_cast<Fault::Kind>(std::find(kinds.begin(), kinds.end(), kind) - kinds.begin());
    fault.name = kind;
    if (fault.kind != Fault::Kind::kEncoder) {
      const std::string output = reader.Text("output", outputs[0], outputs);
      fault.output =
          static_cast<int>(std::find(outputs.begin(), outputs.end(), output) - outputs.begin());
      fault.name += "_" + output;
    }
    fault.time = reader.RangeOf("time", {0, 0});
    RequireNotNegative("faults time", fault.time.low, "s");
    fault.probability = reader.Number("probability", 1);
    RequireBetween("faults probability", fault.probability, 0, 1, "1");
    reader.Finish();
    for (const Fault& other : detail.faults) {
      if (other.name == fault.name) throw InputError("faults: " + fault.name + " given twice");
    }
    if (fault.kind != Fault::Kind::kOpenPhase) detail.sensors.on = true;
    detail.faults.push_back(fault);
  }
}

void ReadSpread(const Value& value, const DriveSettings& settings, DetailSettings& detail) {
  OptionReader reader("randomise", value);
  const double all = reader.Number("all", 0);
  RequireBetween("randomise all", all, 0, 0.9, "1");
  Machine worst = settings.machine;
  // Inductances that a curve of the main flux says are its own.
  const bool curve = detail.saturation.main_flux != nullptr;
  const bool excited = settings.task.machine == MachineKind::kEesm;
  for (const std::string& name : ParameterNames(settings.machine)) {
    double spread = 0;
    const bool said = curve && (name == "l_m" || (excited && (name == "l_d" || name == "l_e")));
    if (name != "p" && !said) {  // pole pairs are whole
      spread = reader.Number(name, all);
      RequireBetween("randomise " + name, spread, 0, 0.9, "1");
    }
    detail.spread.push_back(spread);
  }
  reader.Finish();
  // The corner at which windings are coupled most must be a machine too.
  if (auto* m = std::get_if<Eesm>(&worst)) {
    int k = 0;
    for (const auto& parameter : Eesm::Parameters()) {
      const double spread = detail.spread[k++];
      const bool mutual = std::string_view(parameter.name) == "l_m";
      m->*parameter.value *= mutual ? 1 + spread : 1 - spread;
    }
  }
  CheckMachine(worst);
}

}  // namespace

namespace {

std::vector<double> Numbers(OptionReader& reader, const char* key) {
  const Value& value = reader.Any(key);
  if (value.is_null()) throw InputError(std::string("saturation ") + key + ": needed");
  return value.AsNumbers();
}

std::shared_ptr<const MainFlux> ReadMainFlux(OptionReader& reader, DriveSettings& settings) {
  const std::vector<double> i_m = Numbers(reader, "i_m"), psi_m = Numbers(reader, "psi_m");
  reader.Finish();
  const auto curve = std::make_shared<MainFlux>(i_m, psi_m);
  if (auto* cage = std::get_if<Scim>(&settings.machine)) {
    cage->l_m = curve->unsaturated();
    CheckMachine(settings.machine);
  } else {
    CheckMainFlux(*curve, std::get<Eesm>(settings.machine));
  }
  return curve;
}

}  // namespace

Saturation ReadSaturation(const Options& options, DriveSettings& settings) {
  const auto found = options.find("saturation");
  if (found == options.end() || found->second.is_null()) return {};
  OptionReader reader("saturation", found->second);
  if (!std::holds_alternative<Pmsm>(settings.machine)) {
    return {.map = nullptr, .main_flux = ReadMainFlux(reader, settings)};
  }
  const auto numbers = [&](const char* key) { return Numbers(reader, key); };
  const std::vector<double> i_d = numbers("i_d"), i_q = numbers("i_q");
  const std::vector<double> psi_d = numbers("psi_d"), psi_q = numbers("psi_q");
  reader.Finish();
  const auto map = std::make_shared<FluxMap>(i_d, i_q, psi_d, psi_q);
  const double i = settings.limits.i;
  if (map->least_d() > -i || map->most_d() < i || map->least_q() > -i || map->most_q() < i) {
    throw InputError("saturation i_d, i_q: must reach the limit of the currents, " + Describe(i) +
                     " A, on both sides");
  }
  const FluxMap::Point rest = map->At(0, 0);
  Pmsm& m = std::get<Pmsm>(settings.machine);
  m.psi_p = std::max(0.0, rest.psi_d);
  m.l_d = rest.l_dd;
  m.l_q = rest.l_qq;
  CheckMachine(settings.machine);
  return {.map = map, .main_flux = nullptr};
}

std::shared_ptr<const DetailSettings> ReadDetail(const Options& options,
                                                 const DriveSettings& settings,
                                                 const Saturation& saturation) {
  const auto find = [&](const char* name) -> const Value& {
    static const Value kNothing;
    const auto found = options.find(name);
    return found == options.end() ? kNothing : found->second;
  };
  auto detail = std::make_shared<DetailSettings>();
  detail->exact = find("switching").AsText() == "exact";
  std::string asked = detail->exact ? "switching" : "";
  for (const char* name : {"losses", "thermal", "harmonics", "sensors", "faults", "randomise"}) {
    if (!find(name).is_null()) asked = name;
  }
  if (saturation.any()) asked = "saturation";
  detail->saturation = saturation;
  if (settings.supply.kind == Supply::Kind::kBattery) asked = "supply type battery";

  OptionReader pwm("pwm", find("pwm"));
  const bool space_vector =
      pwm.Text("type", "carrier", {"carrier", "space_vector"}) == "space_vector";
  detail->modulation.kind =
      space_vector ? Modulation::Kind::kSpaceVector : Modulation::Kind::kCarrier;
  const int64_t periods = pwm.Integer("periods", 1);
  pwm.Finish();
  RequireWhole("pwm periods", static_cast<double>(periods), 1, kMostPeriods);
  detail->modulation.periods = static_cast<int>(periods);
  if (!find("pwm").is_null() && !detail->exact) {
    throw InputError("pwm: only with switching='exact' are there pulses");
  }
  if (asked.empty()) return nullptr;
  if (settings.gem()) {
    throw InputError("options " + asked + ": preset 'gem' has no such thing; take 'default'");
  }
  if (settings.solver.kind != SolverSettings::Kind::kExact &&
      settings.solver.kind != SolverSettings::Kind::kDormandPrince) {
    throw InputError("solver type: with " + asked + " the solver is dopri5");
  }
  if (detail->exact) {
    RequireBetween("converter interlocking_time", settings.converter.interlocking_time, 0,
                   settings.tau / detail->modulation.periods, "s");
  }
  if (!find("losses").is_null()) ReadLosses(find("losses"), settings, *detail);
  if (!find("thermal").is_null()) ReadThermal(find("thermal"), settings, *detail);
  if (!find("harmonics").is_null()) ReadHarmonics(find("harmonics"), *detail);
  if (!find("sensors").is_null()) ReadSensors(find("sensors"), settings, *detail);
  if (!find("faults").is_null()) ReadFaults(find("faults"), settings, *detail);
  if (!find("randomise").is_null()) ReadSpread(find("randomise"), settings, *detail);
  return detail;
}

OptionSchema DetailOptions(const Task& task) {
  using Kind = Option::Kind;
  const char* plain = task.finite ? "held" : "averaged";
  OptionSchema schema = {
      {.name = "switching",
       .kind = Kind::kText,
       .default_value = plain,
       .choices = {plain, "exact"},
       .doc = task.finite
                  ? "exact: interlocking times and diode currents end at exact times, also "
                    "inside a step"
                  : "averaged: duties are mean voltages; exact: legs switch at the edges of "
                    "pulses, interlocking times and diode currents end at exact times"},
      {.name = "losses",
       .kind = Kind::kDict,
       .doc = "devices: u_transistor, u_diode (V), r_transistor, r_diode (Ohm), e_on, e_off (J at "
              "u_rated, i_rated), frequency (Hz, averaged); iron: hysteresis, eddy (per flux "
              "squared), pulses (per its rate squared); friction: a, b, c; audit (info `energy`)"},
      {.name = "thermal",
       .kind = Kind::kDict,
       .doc = "two nodes: c_winding, c_housing (J/K), r_winding, r_housing (K/W), ambient, "
              "reference, start (degC), copper, magnet (1/K); {} derives them from nominal heat"},
      {.name = "sensors",
       .kind = Kind::kDict,
       .doc =
           std::string("current: gain, offset (A; both drawn in +-), noise, resolution (A), "
                       "delay (steps)") +
           (task.direct_current() ? "" : "; encoder: lines, offset (rad); hall; speed_filter (s)")},
      {.name = "faults",
       .kind = Kind::kList,
       .doc = "each type open_phase, current_sensor (of an output) or encoder; time (s, or [low, "
              "high]), probability; labelled in info `fault`"},
      {.name = "randomise",
       .kind = Kind::kDict,
       .doc = "half-widths of the machine's parameters as parts of them, by name or all; drawn at "
              "each reset, told in info `parameters`"}};
  if (!task.finite) {
    schema.push_back(
        {.name = "pwm",
         .kind = Kind::kDict,
         .doc = "with exact switching: type carrier or space_vector, periods per step"});
  }
  if (task.machine == MachineKind::kPmsm || task.machine == MachineKind::kSynRm) {
    schema.push_back({.name = "saturation",
                      .kind = Kind::kDict,
                      .doc =
                          "i_d, i_q (A, ascending, to the limits), psi_d, psi_q (Wb, rows of one "
                          "i_d): flux maps in place of psi_p, l_d, l_q; from 0 on: mirrored"});
  }
  if (task.machine == MachineKind::kScim || task.machine == MachineKind::kEesm) {
    schema.push_back({.name = "saturation",
                      .kind = Kind::kDict,
                      .doc = "i_m (A, ascending from 0), psi_m (Wb, from 0): the main flux over "
                             "the current that magnetises, in place of l_m"});
  }
  if (task.machine == MachineKind::kPmsm) {
    schema.push_back(
        {.name = "harmonics",
         .kind = Kind::kDict,
         .doc = "flat_top (electrical degrees, 120: a brushless DC machine) of the back-EMF; "
                "cogging: list of order (per turn), amplitude (N m), phase (rad)"});
  }
  return schema;
}

}  // namespace flyball::motor
