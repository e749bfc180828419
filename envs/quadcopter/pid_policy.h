// The baseline of the quadcopter tasks: a cascaded PID that flies each drone to its goal.
#ifndef FLYBALL_ENVS_QUADCOPTER_PID_POLICY_H_
#define FLYBALL_ENVS_QUADCOPTER_PID_POLICY_H_

#include <memory>

#include "envs/core/policy.h"
#include "envs/core/spec.h"
#include "envs/quadcopter/config.h"

namespace flyball::quadcopter {

// In the peer's presets with rotor speeds as actions: the peer's controller (dsl_pid.h), if it
// knows the airframe. Otherwise a cascade tuned for the control rate (cascade.h).
std::unique_ptr<Policy> MakePidPolicy(const Config& config);

}  // namespace flyball::quadcopter

#endif  // FLYBALL_ENVS_QUADCOPTER_PID_POLICY_H_
