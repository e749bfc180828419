#include "physics/drive/thermal.h"

#include <string_view>

#include "physics/drive/check.h"
#include "physics/drive/drive_step.h"

namespace flyball {

Thermal Thermal::For(double power) {
  Thermal thermal;
  thermal.r_winding = thermal.r_housing = 40 / power;
  thermal.c_winding = 60 / thermal.r_winding;
  thermal.c_housing = 1200 / thermal.r_housing;
  return thermal;
}

void CheckThermal(const Thermal& thermal) {
  RequirePositive("thermal c_winding", thermal.c_winding, "J/K");
  RequirePositive("thermal c_housing", thermal.c_housing, "J/K");
  RequirePositive("thermal r_winding", thermal.r_winding, "K/W");
  RequirePositive("thermal r_housing", thermal.r_housing, "K/W");
  RequireBetween("thermal ambient", thermal.ambient, -100, 300, "degC");
  RequireBetween("thermal reference", thermal.reference, -100, 300, "degC");
  RequireBetween("thermal copper", thermal.copper, 0, 0.01, "1/K");
  RequireBetween("thermal magnet", thermal.magnet, -0.01, 0, "1/K");
}

ThermalStep::ThermalStep(const Thermal& thermal, double duration) : ambient_(thermal.ambient) {
  // Above the air.
  step_ = DiscretizeFlow(
      2, 2,
      [&](const double* x, const double* u, double* dx) {
        const double out = (x[0] - x[1]) / thermal.r_winding;
        dx[0] = (u[0] - out) / thermal.c_winding;
        dx[1] = (u[1] + out - x[1] / thermal.r_housing) / thermal.c_housing;
      },
      {}, 0.0, duration);
}

void ThermalStep::Advance(double winding_power, double housing_power, double* temperature) const {
  const double x[2] = {temperature[0] - ambient_, temperature[1] - ambient_};
  for (int i = 0; i < 2; ++i) {
    temperature[i] = ambient_ + step_[2 * i] * x[0] + step_[2 * i + 1] * x[1] +
                     step_[4 + 2 * i] * winding_power + step_[4 + 2 * i + 1] * housing_power;
  }
}

Machine AtTemperature(Machine machine, const Thermal& thermal, const double* temperature) {
  const double resistance = 1 + thermal.copper * (temperature[0] - thermal.reference);
  const double flux = 1 + thermal.magnet * (temperature[1] - thermal.reference);
  std::visit(
      [&](auto& m) {
        for (const auto& parameter : std::decay_t<decltype(m)>::Parameters()) {
          const std::string_view unit = parameter.unit;
          if (unit == "Ohm") m.*parameter.value *= resistance;
          if (unit == "Wb") m.*parameter.value *= flux;
        }
      },
      machine);
  return machine;
}

}  // namespace flyball
