#include "envs/policies/predictive.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace flyball {

PredictivePolicy::PredictivePolicy(PredictiveProgram program, HarmonicTarget target, int horizon)
    : program_(std::move(program)), target_(std::move(target)), horizon_(horizon) {}

void PredictivePolicy::Act(int, const PolicyInput& input, std::span<double> action) {
  const Eigen::Index n = static_cast<Eigen::Index>(input.state.size());
  const Eigen::Map<const Eigen::VectorXd> x(input.state.data(), n);
  Eigen::VectorXd target;
  if (program_.by_target.size()) {
    // The program counts the wave from the end of its horizon.
    const double phase = target_.frequency * (static_cast<double>(input.step) + horizon_);
    const double c = std::cos(phase), d = std::sin(phase);
    target.resize(3 * n);
    for (Eigen::Index i = 0; i < n; ++i) {
      target[i] = target_.constant[i];
      target[n + i] = c * target_.sine[i] - d * target_.cosine[i];
      target[2 * n + i] = d * target_.sine[i] + c * target_.cosine[i];
    }
  }
  const Eigen::VectorXd u = program_.Solve(x, target);
  std::fill(action.begin(), action.end(), 0.0);
  std::copy(u.begin(), u.end(), action.begin());
}

}  // namespace flyball
