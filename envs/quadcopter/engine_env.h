// The quadcopter tasks over a World: a physics engine moves the drones, under the rotor forces that
// the analytic model computes.
#ifndef FLYBALL_ENVS_QUADCOPTER_ENGINE_ENV_H_
#define FLYBALL_ENVS_QUADCOPTER_ENGINE_ENV_H_

#include <memory>

#include "envs/core/batch.h"
#include "envs/quadcopter/config.h"

namespace flyball::quadcopter {

std::unique_ptr<Batch> MakeEngineBatch(const BatchContext& context, const Config& config);

}  // namespace flyball::quadcopter

#endif  // FLYBALL_ENVS_QUADCOPTER_ENGINE_ENV_H_
