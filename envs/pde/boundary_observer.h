// Boundary feedback of what the sensor sees, through an observer of the whole field.
#ifndef FLYBALL_ENVS_PDE_BOUNDARY_OBSERVER_H_
#define FLYBALL_ENVS_PDE_BOUNDARY_OBSERVER_H_

#include <memory>
#include <vector>

#include "envs/core/policy.h"
#include "envs/pde/boundary_config.h"

namespace flyball {

// u = gain (num_actions, n) times the field that a Kalman predictor of the lumped plant estimates, of
// traffic linearised at the target; where the whole field is seen, that is the estimate. All are
// counted from the target, where the predictor starts. Throws InputError for a plant that its sensor
// does not tell about.
std::unique_ptr<Policy> MakeBoundaryObserver(const BoundaryConfig& config,
                                             const std::vector<double>& gain, const EnvSpec& spec);

}  // namespace flyball

#endif  // FLYBALL_ENVS_PDE_BOUNDARY_OBSERVER_H_
