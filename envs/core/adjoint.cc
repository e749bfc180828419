#include "envs/core/adjoint.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "physics/numeric/error.h"

namespace flyball {
namespace {

bool Finite(std::span<const double> numbers) {
  return std::all_of(numbers.begin(), numbers.end(), [](double x) { return std::isfinite(x); });
}

void Check(const EnvSpec& spec, const char* name, std::span<const double> numbers, size_t size) {
  const std::string where = spec.id + ", gradient of a rollout: " + name;
  if (numbers.size() != size) {
    throw InputError(where + " holds " + std::to_string(numbers.size()) + " numbers; " +
                     std::to_string(size) + " needed");
  }
  if (!Finite(numbers)) throw InputError(where + " holds a number that is not finite");
}

}  // namespace

RolloutGradient DifferentiateRollout(const EnvSpec& spec, Adjoint& adjoint,
                                     const Rollout& rollout) {
  const size_t n = spec.state_size(), m = spec.action_size();
  const size_t steps = rollout.actions.size() / m;
  Check(spec, "state", rollout.state, n);
  Check(spec, "actions", rollout.actions, steps * m);
  if (!rollout.reward_weights.empty()) Check(spec, "reward_weights", rollout.reward_weights, steps);
  if (!rollout.state_weights.empty())
    Check(spec, "state_weights", rollout.state_weights, (steps + 1) * n);

  // Actions as the plant sees them.
  std::vector<double> actions(rollout.actions.begin(), rollout.actions.end());
  if (spec.action.clip) {
    const std::vector<double> low = spec.action.field.low(), high = spec.action.field.high();
    for (size_t i = 0; i < actions.size(); ++i) {
      actions[i] = std::clamp(actions[i], low[i % m], high[i % m]);
    }
  }
  const auto action = [&](size_t k) { return std::span<const double>(actions).subspan(k * m, m); };

  // Forward, keeping the state of each control step.
  RolloutGradient out;
  out.rewards.resize(steps);
  out.states.resize((steps + 1) * n);
  const auto state = [&](size_t k) { return std::span<double>(out.states).subspan(k * n, n); };
  std::copy(rollout.state.begin(), rollout.state.end(), out.states.begin());
  for (size_t k = 0; k < steps; ++k) {
    adjoint.Step(state(k), action(k), state(k + 1), out.rewards[k]);
    if (!Finite(state(k + 1)) || !std::isfinite(out.rewards[k])) {
      throw PhysicsError(spec.id + ": the rollout stops being finite in step " + std::to_string(k));
    }
  }

  const auto reward_weight = [&](size_t k) {
    return rollout.reward_weights.empty() ? 1.0 : rollout.reward_weights[k];
  };
  for (size_t k = 0; k < steps; ++k) out.value += reward_weight(k) * out.rewards[k];
  for (size_t i = 0; i < rollout.state_weights.size(); ++i) {
    out.value += rollout.state_weights[i] * out.states[i];
  }

  // Back: `by_state` is the derivative by the state at the end of what is still to be done.
  out.by_state.assign(n, 0.0);
  out.by_actions.assign(steps * m, 0.0);
  std::vector<double> by_next(n);
  const auto add_weights = [&](size_t k) {
    if (rollout.state_weights.empty()) return;
    for (size_t i = 0; i < n; ++i) out.by_state[i] += rollout.state_weights[k * n + i];
  };
  add_weights(steps);
  for (size_t k = steps; k-- > 0;) {
    by_next.swap(out.by_state);
    adjoint.Pull(state(k), action(k), by_next, reward_weight(k), out.by_state,
                 std::span<double>(out.by_actions).subspan(k * m, m));
    add_weights(k);
  }
  for (size_t i = 0; i < actions.size(); ++i) {
    if (actions[i] != rollout.actions[i]) out.by_actions[i] = 0.0;
  }
  return out;
}

}  // namespace flyball
