// Linear feedback of the full state: what linear-quadratic regulators come down to.
#ifndef FLYBALL_ENVS_POLICIES_LQR_H_
#define FLYBALL_ENVS_POLICIES_LQR_H_

#include <span>
#include <vector>

#include "envs/core/policy.h"

namespace flyball {

// u = gain state + offset, clipped to the action's bounds where the environment clips. Entries of
// the action beyond the gain's rows (a disturbance that is part of it) are zero.
class StateFeedbackPolicy final : public Policy {
 public:
  // `gain`: (rows, state size) row after row; `offset`: (rows). Throws InputError if they do not
  // fit the spec.
  StateFeedbackPolicy(std::vector<double> gain, std::vector<double> offset, const EnvSpec& spec);

  void Resize(int) override {}
  void Act(int row, const PolicyInput& input, std::span<double> action) override;
  void VisitState(int, StateVisitor&) override {}

 private:
  std::vector<double> gain_, offset_, low_, high_;
};

}  // namespace flyball

#endif  // FLYBALL_ENVS_POLICIES_LQR_H_
