// A drive with everything drive_step.h leaves out: devices that drop voltage and lose energy, legs
// that switch at exact times, diodes that stop where their current ends, iron, friction, a supply
// that gives way, and a book of all energies. One row at a time, by Dormand and Prince's method
// between events.
//
// A control step is cut where a leg is told something, where an interlocking time ends, and where a
// current that diodes or drops hold comes to zero or leaves it; those last instants are found to
// 1e-12 of the step.
#ifndef FLYBALL_PHYSICS_DRIVE_DETAILED_DRIVE_H_
#define FLYBALL_PHYSICS_DRIVE_DETAILED_DRIVE_H_

#include <memory>
#include <span>
#include <vector>

#include "physics/drive/drive_step.h"
#include "physics/drive/energy.h"
#include "physics/drive/flux_map.h"
#include "physics/drive/harmonics.h"
#include "physics/drive/load.h"
#include "physics/drive/losses.h"
#include "physics/drive/machines.h"
#include "physics/drive/main_flux.h"
#include "physics/drive/output_law.h"
#include "physics/drive/supply.h"
#include "physics/drive/switching.h"

namespace flyball {

struct DetailedDrive {
  MechanicalLoad load;
  Supply supply;
  Converter converter;
  Devices devices;
  Modulation modulation;
  IronLoss iron;
  Friction friction;
  Harmonics harmonics;
  // Of a Pmsm: its fluxes in place of l_d, l_q; null: there is no saturation. A psi_p that is not the
  // map's at no current (heat, drawn parameters) shifts psi_d by the difference.
  std::shared_ptr<const FluxMap> saturation;
  // Of a Scim or Eesm: the main flux in place of l_m; null: there is no saturation.
  std::shared_ptr<const MainFlux> main_flux;
  double tau = 1e-4;       // control period, s
  bool switched = false;   // legs are told what to do, once a step; else they have duties
  bool exact = false;      // legs switch (duties: as pulses, whose edges are found); else: averaged
  double arc_voltage = 0;  // V against the current of an output whose wire is cut
  Tolerance tolerance = {1e-10, 1e-12, 2000};
  std::vector<double> scale;        // typical sizes of the ODE's states
  double u_scale = 1, i_scale = 1;  // typical voltage and current, V and A
};

// What one row keeps between control steps besides its ODE. Plain numbers, all of them state.
struct DetailedState {
  double u_sup = 0;                     // V: of the capacitor, if there is one
  double u_slow = 0, charge = 1;        // of a battery: V, and part of its capacity
  double held[6] = {0, 0, 0, 0, 0, 0};  // 1: the current of this output is held at zero
  Leg leg[Converter::kMaxLegs] = {};
};
inline constexpr int kDetailedStateSize = sizeof(DetailedState) / sizeof(double);

struct DetailedStep {
  const double* command;  // (legs) duties in [0, 1] or gates
  double ramp = 0;        // see MechanicalLoad::Acceleration
  bool broken[6] = {};    // outputs whose wires are cut
  // Out:
  double voltage[6] = {};            // mean of each output over the step, V; B6: against the
                                     // supply's midpoint
  double energy[kNumEnergies] = {};  // J
  double torque = 0;                 // of the machine at the end, teeth included, N m
  int events = 0;                    // currents that came to zero or left it
};

// One control step of a row. `ode` as in drive_step.h. What cannot be followed (more than
// tolerance.max_steps pieces) comes out as not-a-number, which the core reports.
void AdvanceDetailed(const DetailedDrive& drive, const Machine& machine, DetailedState& state,
                     DetailedStep& step, double* ode);

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_DRIVE_DETAILED_DRIVE_H_
