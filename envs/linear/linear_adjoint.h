// The step of a linear environment and its transpose, for gradients of rollouts.
#ifndef FLYBALL_ENVS_LINEAR_LINEAR_ADJOINT_H_
#define FLYBALL_ENVS_LINEAR_LINEAR_ADJOINT_H_

#include <memory>

#include "envs/core/adjoint.h"
#include "envs/linear/linear_config.h"
#include "envs/linear/linear_model.h"

namespace flyball {

// `config` is of that plant and step. Where the disturbance is part of the action it is
// differentiated too; otherwise w = 0.
std::unique_ptr<Adjoint> MakeLinearAdjoint(const LinearConfig& config, const LinearPlant& plant,
                                           const LinearStep& step);

}  // namespace flyball

#endif  // FLYBALL_ENVS_LINEAR_LINEAR_ADJOINT_H_
