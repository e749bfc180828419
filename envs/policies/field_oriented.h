// Field-oriented current control of a permanent-magnet machine: what flows is controlled in the
// rotor's frame, where it is steady, and turned back to the phases.
#ifndef FLYBALL_ENVS_POLICIES_FIELD_ORIENTED_H_
#define FLYBALL_ENVS_POLICIES_FIELD_ORIENTED_H_

#include <memory>

#include "envs/core/policy.h"
#include "physics/drive/pmsm.h"
#include "physics/drive/pmsm_step.h"

namespace flyball {

struct FieldOrientedSettings {
  Pmsm machine;
  double tau = 1e-4;         // control period, s
  double u_sup = 300.0;      // supply voltage, V
  double current_scale = 1;  // A per unit of the references in the observation
  int dead_time_steps = 0;   // between an action and its voltage
  VoltageHold hold = VoltageHold::kStator;
  enum class Actions {
    kPhaseDuties,  // three in [-1, 1]: PI controllers with decoupling, back-calculating
                   // anti-windup, and a common part that makes the most of the supply
    kRotorDuties,  // two in [-1, 1]: the same in the rotor's frame
    kVectors,      // one of eight: the one whose predicted currents come nearest
  } actions = Actions::kPhaseDuties;
};

// Gains by the modulus optimum: the controller's zero cancels the winding's time constant, and the
// loop's time constant is twice that of its delays.
struct CurrentLoop {
  double proportional;  // V / A
  double integral;      // V / (A s)
};
CurrentLoop ModulusOptimum(double resistance, double inductance, double tau, int dead_time_steps);

// Reads the plant's state (omega, i_sd, i_sq, epsilon) and, as the last two numbers of the
// observation, the references of i_sd and i_sq.
std::unique_ptr<Policy> MakeFieldOrientedControl(const FieldOrientedSettings& settings);

}  // namespace flyball

#endif  // FLYBALL_ENVS_POLICIES_FIELD_ORIENTED_H_
