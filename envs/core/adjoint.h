// Gradients of rollouts. A plant whose step is a differentiable map gives one step and its
// transpose; the core runs a rollout forward, keeps each control step's state, and goes back.
#ifndef FLYBALL_ENVS_CORE_ADJOINT_H_
#define FLYBALL_ENVS_CORE_ADJOINT_H_

#include <span>
#include <vector>

#include "envs/core/spec.h"

namespace flyball {

// One control step without noise, n = EnvSpec::state_size(), m = EnvSpec::action_size(). An object
// serves one rollout at a time and may keep working memory.
class Adjoint {
 public:
  virtual ~Adjoint() = default;
  // `next` (n) and the reward of the step that `action` (m, within the bounds) makes from `state`
  // (n): what the environment does without noise, and without ends of episodes.
  virtual void Step(std::span<const double> state, std::span<const double> action,
                    std::span<double> next, double& reward) = 0;
  // The transpose of that step's Jacobian: from the derivatives of some scalar by `next` and by the
  // reward, writes its derivatives by `state` (n) and by `action` (m). A plant of many substeps runs
  // them again from `state`.
  virtual void Pull(std::span<const double> state, std::span<const double> action,
                    std::span<const double> by_next, double by_reward, std::span<double> by_state,
                    std::span<double> by_action) = 0;
};

struct Rollout {
  std::span<const double> state;    // (n) where it starts: EnvSpec::state, flattened
  std::span<const double> actions;  // (T, m)
  // The scalar that is differentiated: sum_k reward_weights[k] reward_k + sum_k state_weights[k] .
  // state_k, of T rewards and T + 1 states. Empty: ones for the rewards, zeros for the states.
  std::span<const double> reward_weights = {};  // (T)
  std::span<const double> state_weights = {};   // (T + 1, n)
};

struct RolloutGradient {
  double value = 0.0;              // the scalar
  std::vector<double> rewards;     // (T)
  std::vector<double> states;      // (T + 1, n)
  std::vector<double> by_state;    // (n) derivative by the first state
  std::vector<double> by_actions;  // (T, m); zero where an action was clipped to its bounds
};

// Throws InputError if sizes do not fit or a number is not finite, PhysicsError naming the step at
// which the rollout stops being finite.
RolloutGradient DifferentiateRollout(const EnvSpec& spec, Adjoint& adjoint, const Rollout& rollout);

}  // namespace flyball

#endif  // FLYBALL_ENVS_CORE_ADJOINT_H_
