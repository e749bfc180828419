#include "envs/motor/baselines.h"

#include <algorithm>

#include "envs/motor/detail.h"
#include "envs/policies/drive_control.h"
#include "physics/numeric/error.h"

namespace flyball::motor {
namespace {

// Interlocking and, half of the time each, a transistor or a diode.
double Dropout(const DriveSettings& drive, double u_sup) {
  double periods = 1, devices = 0;
  if (drive.detail) {
    if (drive.detail->exact) periods = drive.detail->modulation.periods;
    devices = 0.5 * (drive.detail->devices.u_transistor + drive.detail->devices.u_diode);
  }
  return devices + u_sup * periods * drive.converter.interlocking_time / drive.tau;
}

DriveControlSettings ControlOf(const Task& task, const EnvSpec& spec) {
  const DriveSettings drive = ParseSettings(task, spec.options);
  using Actions = DriveControlSettings::Actions;
  using Goal = DriveControlSettings::Goal;
  DriveControlSettings control;
  control.machine = drive.machine;
  control.converter = drive.converter;
  control.actions = task.finite           ? Actions::kSwitches
                    : drive.rotor_actions ? Actions::kVectorDuties
                                          : Actions::kDuties;
  control.tau = drive.tau;
  control.u_sup = drive.supply.most();
  control.dead_time_steps = drive.dead_time_steps;
  control.hold = drive.hold();
  control.goal = task.control == Control::kCurrent  ? Goal::kCurrents
                 : task.control == Control::kTorque ? Goal::kTorque
                                                    : Goal::kSpeed;
  for (const Guide& guide : drive.reference.guides) {
    control.reference_scale.push_back(drive.quantities[guide.state].scale);
  }
  control.i_limit = drive.limits.i;
  control.i_e_limit = drive.limits.i_e;
  // What there is but for a margin: an overshoot of the loops is 5 percent, and more where one
  // winding drives another, or one voltage two windings, or where whole steps of full voltage do.
  const bool coupled = task.machine == MachineKind::kEesm || task.machine == MachineKind::kShuntDc;
  const bool coarse = task.finite && task.direct_current();
  const double margin = coupled || coarse ? 0.7 : 0.8;
  control.i_nominal = margin * drive.limits.i;
  control.i_e_nominal = margin * drive.limits.i_e;
  control.torque = MaxTorque(drive.machine, control.i_nominal, control.i_e_nominal);
  control.inertia = RotorInertia(drive.machine) + drive.load.j_load;
  control.friction = drive.load.constant_speed() ? 0.0 : drive.load.b;
  control.dropout = Dropout(drive, control.u_sup);
  return control;
}

PolicyRegistration Controlled(const Task& task, const char* name, const char* doc) {
  return {.name = name, .doc = doc, .make = [task](const EnvSpec& spec) {
            const DriveControlSettings control = ControlOf(task, spec);
            return task.finite ? MakeSwitchControl(control) : MakeDutyControl(control);
          }};
}
PolicyRegistration Switched(const Task& task, const char* name, const char* doc, int levels) {
  return {.name = name, .doc = doc, .make = [task, levels](const EnvSpec& spec) {
            return MakeHysteresisControl(ControlOf(task, spec), levels);
          }};
}

}  // namespace

std::vector<PolicyRegistration> Baselines(const Task& task) {
  if (task.finite && !task.direct_current()) {
    std::vector<PolicyRegistration> policies = {
        Controlled(task, "foc",
                   "field-oriented references, and the switching vector whose predicted currents "
                   "come nearest")};
    const bool one_winding = task.machine == MachineKind::kPmsm ||
                             task.machine == MachineKind::kSynRm ||
                             task.machine == MachineKind::kScim;
    if (one_winding && task.control != Control::kCurrent) {
      policies.push_back({.name = "dtc",
                          .doc = "direct torque control: torque and stator flux kept in bands by a "
                                 "table of switching vectors",
                          .make = [task](const EnvSpec& spec) {
                            return MakeDirectTorqueControl(ControlOf(task, spec));
                          }});
    }
    return policies;
  }
  if (!task.direct_current()) {
    std::vector<PolicyRegistration> policies = {
        Controlled(task, "foc",
                   "field-oriented control tuned from the machine's data: PI controllers with "
                   "decoupling, least-current torque and field weakening")};
    if (task.machine == MachineKind::kPmsm && task.control != Control::kCurrent) {
      policies.push_back({.name = "sensorless",
                          .doc = "flux-vector control by an observer of flux, angle and speed from "
                                 "the phases' currents",
                          .make = [task](const EnvSpec& spec) {
                            const DriveControlSettings control = ControlOf(task, spec);
                            if (control.actions != DriveControlSettings::Actions::kDuties) {
                              throw InputError(
                                  "policy sensorless: takes control_space='abc' only; vectors "
                                  "would need the angle it does without");
                            }
                            return MakeSensorlessControl(control);
                          }});
    }
    return policies;
  }
  if (!task.finite) {
    return {Controlled(task, "pi", "cascaded PI controllers tuned from the machine's data")};
  }
  return {Controlled(task, "mpc", "the switching action whose predicted currents come nearest"),
          Switched(task, "three_point", "switches at the edges of a band about the reference", 3),
          Switched(task, "on_off", "full voltage up or down, by the sign of the error", 2)};
}

}  // namespace flyball::motor
