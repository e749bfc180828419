// A linear plant over one control step, and the plants of the assets folder. What follows from a
// plant takes seconds for the largest ones, so it is kept and shared: environments of one plant and
// one step time, their baselines and their gradients stand on the same model.
#ifndef FLYBALL_ENVS_LINEAR_LINEAR_MODEL_H_
#define FLYBALL_ENVS_LINEAR_LINEAR_MODEL_H_

#include <memory>
#include <string>

#include "physics/linear/generalized_plant.h"
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

// Its optimal regulator, kept likewise, and the cost it is optimal for: the plant's own, or that with
// faint weights where the plant's own leaves a mode on the unit circle or an input without any (ac1,
// ac2, umv). Throws what SolveDiscreteRiccati does.
struct LinearRegulator {
  QuadraticCost cost;
  RiccatiSolution solution;
};
std::shared_ptr<const LinearRegulator> SharedRegulator(
    const std::shared_ptr<const LinearPlant>& plant, double sample_time);

// The plant as designers see it, kept likewise. More than kLargePlant stable states are designed for
// on a balanced model of them with `states`; of all others that is empty.
inline constexpr Eigen::Index kLargePlant = 100;
struct DesignModel {
  GeneralizedPlant plant;
  Matrix states;  // (order, nx) from the plant's states to the model's
};
std::shared_ptr<const DesignModel> SharedDesignModel(
    const std::shared_ptr<const LinearPlant>& plant, double sample_time);

// What faint weights are, of the mean weight.
inline constexpr double kFaintShare = 1e-6;

}  // namespace flyball

#endif  // FLYBALL_ENVS_LINEAR_LINEAR_MODEL_H_
