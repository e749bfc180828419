// Controllers of drives, tuned from the data of machine, converter and load.
//
// Currents are controlled in the frame in which they stand still (that of the rotor, of the
// rotor's flux, or none): by PI controllers with decoupling and back-calculating anti-windup where
// the converter takes duties, and by the switching action whose predicted currents come nearest
// where it switches. Torques ask for the currents that make them with the least heat, less flux
// where the supply's voltage is used up; speeds ask for torques.
#ifndef FLYBALL_ENVS_POLICIES_DRIVE_CONTROL_H_
#define FLYBALL_ENVS_POLICIES_DRIVE_CONTROL_H_

#include <memory>
#include <vector>

#include "envs/core/policy.h"
#include "physics/drive/converter.h"
#include "physics/drive/drive_step.h"
#include "physics/drive/machines.h"

namespace flyball {

struct DriveControlSettings {
  Machine machine;
  Converter converter;
  enum class Actions {
    kDuties,        // one per output of the converter
    kVectorDuties,  // one per axis of a three-phase machine
    kSwitches,      // one action per bridge
  } actions = Actions::kDuties;
  double tau = 1e-4;        // control period, s
  double u_sup = 300;       // supply voltage, V
  int dead_time_steps = 0;  // between an action and its voltage
  VoltageHold hold = VoltageHold::kConverter;

  enum class Goal { kCurrents, kTorque, kSpeed } goal = Goal::kCurrents;
  // SI units per unit of each reference, which are the last numbers of the observation: currents in
  // the order of the machine's axes, a torque (N m), or a speed (rad/s).
  std::vector<double> reference_scale;
  double i_limit = 0, i_e_limit = 0;      // A, never to be exceeded
  double i_nominal = 0, i_e_nominal = 0;  // A, the most that torques are made with
  double torque = 0;                      // N m, the most that a speed asks for
  double inertia = 0;                     // kg m^2, rotor and load
  double friction = 0;                    // N m s/rad
  // What a phase's mean voltage lacks in the direction of its current, by interlocking and the
  // devices' forward voltages, V.
  double dropout = 0;
};

// Gains by the modulus optimum: the controller's zero cancels the winding's time constant, and the
// loop's time constant is twice that of its delays.
struct CurrentLoop {
  double proportional;  // V / A
  double integral;      // V / (A s)
};
CurrentLoop ModulusOptimum(double resistance, double inductance, double tau, int dead_time_steps);

// All read the plant's state (the ODE: omega, the machine's, the electrical angle) and the references.

// PI controllers along the axes; any actions but switches.
std::unique_ptr<Policy> MakeDutyControl(const DriveControlSettings& settings);

// The switching action that brings the predicted currents nearest to their targets in the next
// step; of a six-phase machine that is asked for a torque, the torque.
std::unique_ptr<Policy> MakeSwitchControl(const DriveControlSettings& settings);

// Switches at the edges of a band about the reference, for direct-current machines on a 4QC: up
// below it, down above it, and with `levels` = 3 freewheels inside. Outer loops as above.
std::unique_ptr<Policy> MakeHysteresisControl(const DriveControlSettings& settings, int levels);

// Keeps torque and stator flux in bands by a table of switching vectors: synchronous machines with
// one winding and induction machines with a cage, on a B6 that takes switches.
std::unique_ptr<Policy> MakeDirectTorqueControl(const DriveControlSettings& settings);

// Flux-vector control of a permanent-magnet machine (a Pmsm, duties per phase) by an observer of its
// flux, angle and speed, from the currents of its phases.
std::unique_ptr<Policy> MakeSensorlessControl(const DriveControlSettings& settings);

}  // namespace flyball

#endif  // FLYBALL_ENVS_POLICIES_DRIVE_CONTROL_H_
