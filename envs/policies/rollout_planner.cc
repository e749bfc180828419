#include "envs/policies/rollout_planner.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "envs/core/option_makers.h"
#include "physics/numeric/box_ascent.h"
#include "physics/numeric/error.h"

namespace flyball {

RolloutPlanner::RolloutPlanner(const EnvSpec& spec, MakeAdjoint make_adjoint,
                               const RolloutPlan& plan)
    : spec_(spec), make_adjoint_(std::move(make_adjoint)), plan_(plan) {
  plan_.hold = std::min(plan_.hold, plan_.horizon);
  const std::vector<double> low = spec.action.field.low(), high = spec.action.field.high();
  for (int k = 0; k < plan_.horizon; ++k) {
    for (size_t i = 0; i < low.size(); ++i) {
      low_.push_back(spec.action.clip ? low[i] : -kInfinity);
      high_.push_back(spec.action.clip ? high[i] : kInfinity);
      rest_.push_back(std::clamp(0.0, low_.back(), high_.back()));
    }
  }
}

void RolloutPlanner::Resize(int num_rows) {
  rows_.resize(num_rows);
  for (Row& row : rows_) row.plan = rest_;
}

void RolloutPlanner::Act(int row, const PolicyInput& input, std::span<double> action) {
  Row& r = rows_[row];
  if (input.step == 0) r.plan = rest_;
  if (input.step == 0 || r.used >= plan_.hold) Improve(r, input.state);
  std::copy_n(r.plan.begin() + static_cast<std::ptrdiff_t>(r.used * action.size()), action.size(),
              action.begin());
  ++r.used;
}

void RolloutPlanner::Improve(Row& row, std::span<const double> state) const {
  // What has not been applied comes first, and rest after it.
  const auto unused =
      row.plan.begin() + static_cast<std::ptrdiff_t>(row.used * row.plan.size() / plan_.horizon);
  const auto end = std::copy(unused, row.plan.end(), row.plan.begin());
  std::copy(rest_.begin() + (end - row.plan.begin()), rest_.end(), end);
  row.used = 0;

  if (!row.adjoint) row.adjoint = make_adjoint_();
  const auto rollout = [&](std::span<const double> actions, std::span<double> slope) {
    try {
      const RolloutGradient gradient =
          DifferentiateRollout(spec_, *row.adjoint, {.state = state, .actions = actions});
      std::copy(gradient.by_actions.begin(), gradient.by_actions.end(), slope.begin());
      return gradient.value;
    } catch (const PhysicsError&) {
      return -kInfinity;
    }
  };
  MaximizeInBox(rollout, low_, high_, plan_.rollouts, row.plan);
}

void RolloutPlanner::VisitState(int row, StateVisitor& visitor) {
  visitor("plan", std::span(rows_[row].plan));
  visitor("used", rows_[row].used);
}

PolicyRegistration PlanByRollouts(
    const RolloutPlan& usual,
    std::function<std::unique_ptr<Adjoint>(const EnvSpec& spec)> make_adjoint) {
  return {"mpc",
          "plans ahead from the full field, along the gradient of the return of a rollout",
          nullptr,
          {CountOption("horizon", usual.horizon, 1, 1000, "control steps that are planned"),
           CountOption("hold", usual.hold, 1, 1000,
                       "actions of a plan that are applied before the next one is made"),
           CountOption("rollouts", usual.rollouts, 1, 10000,
                       "forward and back, that a plan may take; time goes with them")},
          [make_adjoint = std::move(make_adjoint)](const EnvSpec& spec, const Options& options) {
            const auto number = [&options](const char* name) {
              return static_cast<int>(options.at(name).AsInteger());
            };
            return std::make_unique<RolloutPlanner>(
                spec, [make_adjoint, spec] { return make_adjoint(spec); },
                RolloutPlan{number("horizon"), number("hold"), number("rollouts")});
          }};
}

}  // namespace flyball
