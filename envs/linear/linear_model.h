// A linear plant over one control step, and the plants of the assets folder. What follows from a
// plant takes seconds for the largest ones, so it is kept and shared: environments of one plant and
// one step time, their baselines and their gradients stand on the same model.
#ifndef FLYBALL_ENVS_LINEAR_LINEAR_MODEL_H_
#define FLYBALL_ENVS_LINEAR_LINEAR_MODEL_H_

#include <memory>
#include <string>

#include "physics/linear/plant.h"

namespace flyball {

// x+ = a x + b1 w + b2 u, with w and u held over the step.
struct LinearStep {
  Matrix a, b1, b2;
};
// Exact; a plant of discrete time is its own step, whatever `sample_time` (s).
LinearStep Discretize(const LinearPlant& plant, double sample_time);

// The plant of an id ("he1") from the assets folder, read once. Throws DataError.
std::shared_ptr<const LinearPlant> SharedPlant(const std::string& name);
const LinearPlant& LoadPlant(const std::string& name);  // the same, never freed

// The step of a plant. The last few that were asked for are kept.
std::shared_ptr<const LinearStep> SharedStep(const std::shared_ptr<const LinearPlant>& plant,
                                             double sample_time);

// Its optimal regulator, kept likewise. Throws what SolveDiscreteRiccati does.
std::shared_ptr<const RiccatiSolution> SharedRegulator(
    const std::shared_ptr<const LinearPlant>& plant, double sample_time);

}  // namespace flyball

#endif  // FLYBALL_ENVS_LINEAR_LINEAR_MODEL_H_
