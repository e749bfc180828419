// Heat of a machine in two nodes: the windings, and all that is around them, which gives it to the
// air. Warm windings resist more, warm magnets give less flux.
#ifndef FLYBALL_PHYSICS_DRIVE_THERMAL_H_
#define FLYBALL_PHYSICS_DRIVE_THERMAL_H_

#include <vector>

#include "physics/drive/machines.h"

namespace flyball {

struct Thermal {
  double c_winding = 0, c_housing = 0;  // J/K, > 0
  double r_winding = 0, r_housing = 0;  // K/W, > 0: winding to housing, housing to air
  double ambient = 20;                  // degrees Celsius
  double reference = 20;                // degrees Celsius at which the machine's parameters hold
  double copper = 3.93e-3;              // 1/K: resistance grows
  double magnet = -1.0e-3;  // 1/K: flux of magnets shrinks; NdFeB: -1.2e-3, ferrite: -2e-3

  // Windings are 40 K above the housing and that 40 K above the air at `power` (W) for ever, with
  // time constants of a minute and of twenty.
  static Thermal For(double power);
};

// Throws InputError naming the parameter.
void CheckThermal(const Thermal& thermal);

// The exact step of the two temperatures (winding, housing) under constant powers (W): heat of the
// windings, and of iron and friction.
class ThermalStep {
 public:
  ThermalStep(const Thermal& thermal, double duration);
  void Advance(double winding_power, double housing_power, double* temperature) const;

 private:
  double ambient_;
  std::vector<double> step_;  // as DiscretizeFlow
};

// The machine with its windings and magnets at these temperatures.
Machine AtTemperature(Machine machine, const Thermal& thermal, const double* temperature);

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_DRIVE_THERMAL_H_
