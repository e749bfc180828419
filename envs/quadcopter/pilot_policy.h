// The baselines of the quadcopter tasks beside the PID: pilots, whose thrust and torque become
// whatever the task takes for an action.
#ifndef FLYBALL_ENVS_QUADCOPTER_PILOT_POLICY_H_
#define FLYBALL_ENVS_QUADCOPTER_PILOT_POLICY_H_

#include <memory>

#include "envs/core/policy.h"
#include "envs/quadcopter/config.h"

namespace flyball::quadcopter {

enum class PilotKind { kGeometric, kMellinger, kLqr, kMpc };
std::unique_ptr<Policy> MakePilotPolicy(PilotKind kind, const Config& config);

}  // namespace flyball::quadcopter

#endif  // FLYBALL_ENVS_QUADCOPTER_PILOT_POLICY_H_
