// Model predictive control of a linear plant as a policy of its full state.
#ifndef FLYBALL_ENVS_POLICIES_PREDICTIVE_H_
#define FLYBALL_ENVS_POLICIES_PREDICTIVE_H_

#include <span>
#include <vector>

#include "envs/core/policy.h"
#include "physics/linear/predictive_control.h"

namespace flyball {

// te + ts sin(w k) + tc cos(w k) in step k, each of the plant's states; all empty: the origin.
struct HarmonicTarget {
  std::vector<double> constant, sine, cosine;
  double frequency = 0.0;  // w, rad a step
};

// Solves the program of the row's state in every step and applies the first input of the plan. It
// has no memory: every solution starts anew. Entries of the action beyond the inputs are zero.
class PredictivePolicy final : public Policy {
 public:
  PredictivePolicy(PredictiveProgram program, HarmonicTarget target, int horizon);

  void Resize(int) override {}
  void Act(int row, const PolicyInput& input, std::span<double> action) override;
  void VisitState(int, StateVisitor&) override {}

 private:
  PredictiveProgram program_;
  HarmonicTarget target_;
  int horizon_;
};

}  // namespace flyball

#endif  // FLYBALL_ENVS_POLICIES_PREDICTIVE_H_
