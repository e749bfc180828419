// The baselines of the quadcopter tasks beside the PID: pilots, whose thrust and torque become
// whatever the task takes for an action.
#ifndef FLYBALL_ENVS_QUADCOPTER_PILOT_POLICY_H_
#define FLYBALL_ENVS_QUADCOPTER_PILOT_POLICY_H_

#include <memory>

#include "envs/core/policy.h"
#include "envs/policies/rotor_range.h"
#include "envs/quadcopter/config.h"

namespace flyball::quadcopter {

// kDslPid: the controller that gym-pybullet-drones flies its Crazyflies with; it commands rotor
// speeds, so other set points than position and velocity are not for it (InputError), nor are other
// airframes than cf2x and cf2p.
enum class PilotKind { kDslPid, kGeometric, kMellinger, kLqr, kMpc };
// Of the actions rpm and one_d_rpm.
policies::RotorRange RangeOf(const Config& config);
std::unique_ptr<Policy> MakePilotPolicy(PilotKind kind, const Config& config);
// Whether such a policy can be made.
bool PilotFits(PilotKind kind, const Config& config);

}  // namespace flyball::quadcopter

#endif  // FLYBALL_ENVS_QUADCOPTER_PILOT_POLICY_H_
