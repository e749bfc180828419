// The options that the detailed kernel serves: which there are, and what they ask for together.
#include "envs/motor/parse_detail.h"

#include "physics/numeric/error.h"

namespace flyball::motor {

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
