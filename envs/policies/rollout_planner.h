// Model predictive control of any plant that has an adjoint: plans are improved along the gradient of
// the return of a rollout.
#ifndef FLYBALL_ENVS_POLICIES_ROLLOUT_PLANNER_H_
#define FLYBALL_ENVS_POLICIES_ROLLOUT_PLANNER_H_

#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "envs/core/adjoint.h"
#include "envs/core/policy.h"
#include "envs/core/registry.h"

namespace flyball {

struct RolloutPlan {
  int horizon;   // control steps that are planned
  int hold;      // of these, how many are applied before the next plan, at most all
  int rollouts;  // that a plan may take, each forward and back
};

// From the full state: maximises the sum of the rewards over the horizon within the bounds of the
// actions (MaximizeInBox), starting from what is left of the last plan, and applies the first `hold`
// actions of it. What noise does is not foreseen. Where a rollout leaves the numbers the plan stays as
// it was.
class RolloutPlanner final : public Policy {
 public:
  using MakeAdjoint = std::function<std::unique_ptr<Adjoint>()>;
  RolloutPlanner(const EnvSpec& spec, MakeAdjoint make_adjoint, const RolloutPlan& plan);

  void Resize(int num_rows) override;
  void Act(int row, const PolicyInput& input, std::span<double> action) override;
  void VisitState(int row, StateVisitor& visitor) override;

 private:
  struct Row {
    std::vector<double> plan;  // (horizon, action size)
    int used = 0;              // actions of it that have been applied
    std::unique_ptr<Adjoint> adjoint;
  };
  void Improve(Row& row, std::span<const double> state) const;

  EnvSpec spec_;
  MakeAdjoint make_adjoint_;
  RolloutPlan plan_;
  std::vector<double> low_, high_, rest_;  // (horizon, action size)
  std::vector<Row> rows_;
};

// The policy "mpc" of an environment, with the options horizon, hold and rollouts, by default `usual`.
PolicyRegistration PlanByRollouts(
    const RolloutPlan& usual,
    std::function<std::unique_ptr<Adjoint>(const EnvSpec& spec)> make_adjoint);

}  // namespace flyball

#endif  // FLYBALL_ENVS_POLICIES_ROLLOUT_PLANNER_H_
