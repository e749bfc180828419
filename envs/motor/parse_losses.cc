// Losses, temperatures and harmonics of a drive, as options.
#include <cmath>

#include "envs/motor/parse_detail.h"
#include "physics/numeric/error.h"

namespace flyball::motor {
namespace {

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

}  // namespace

void ReadLosses(const Value& value, const DriveSettings& settings, DetailSettings& detail) {
  OptionReader reader("losses", value);
  OptionReader devices("losses devices", reader.Any("devices"));
  Devices& d = detail.devices;
  ReadNotNegative(devices, "u_transistor", "V", d.u_transistor);
  ReadNotNegative(devices, "r_transistor", "Ohm", d.r_transistor);
  ReadNotNegative(devices, "u_diode", "V", d.u_diode);
  ReadNotNegative(devices, "r_diode", "Ohm", d.r_diode);
  ReadNotNegative(devices, "e_on", "J", d.e_on);
  ReadNotNegative(devices, "e_off", "J", d.e_off);
  d.u_rated = settings.limits.u;
  d.i_rated = settings.nominal.i;
  ReadPositive(devices, "u_rated", "V", d.u_rated);
  ReadPositive(devices, "i_rated", "A", d.i_rated);
  d.frequency = detail.modulation.periods / settings.tau;
  ReadNotNegative(devices, "frequency", "Hz", d.frequency);
  devices.Finish();
  OptionReader iron("losses iron", reader.Any("iron"));
  ReadNotNegative(iron, "hysteresis", "W s/(rad Wb^2)", detail.iron.hysteresis);
  ReadNotNegative(iron, "eddy", "S", detail.iron.eddy);
  ReadNotNegative(iron, "pulses", "S", detail.iron.pulses);
  iron.Finish();
  OptionReader friction("losses friction", reader.Any("friction"));
  ReadNotNegative(friction, "a", "N m", detail.friction.a);
  ReadNotNegative(friction, "b", "N m s/rad", detail.friction.b);
  ReadNotNegative(friction, "c", "N m s^2/rad^2", detail.friction.c);
  friction.Finish();
  detail.audit = reader.Truth("audit", true);
  reader.Finish();
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
    ReadNotNegative(one, "amplitude", "N m", harmonics.cogging[k].amplitude);
    harmonics.cogging[k].phase = one.Number("phase", 0);
    RequireFinite("harmonics cogging phase", harmonics.cogging[k].phase, "rad");
    one.Finish();
  }
}

}  // namespace flyball::motor
