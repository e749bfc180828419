// The baselines of the drive tasks: which controller drives which.
#ifndef FLYBALL_ENVS_MOTOR_BASELINES_H_
#define FLYBALL_ENVS_MOTOR_BASELINES_H_

#include <vector>

#include "envs/core/registry.h"
#include "envs/motor/task.h"

namespace flyball::motor {

std::vector<PolicyRegistration> Baselines(const Task& task);

}  // namespace flyball::motor

#endif  // FLYBALL_ENVS_MOTOR_BASELINES_H_
