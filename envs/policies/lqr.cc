#include "envs/policies/lqr.h"

#include <algorithm>
#include <string>
#include <utility>

#include "physics/numeric/error.h"

namespace flyball {

StateFeedbackPolicy::StateFeedbackPolicy(std::vector<double> gain, std::vector<double> offset,
                                         const EnvSpec& spec)
    : gain_(std::move(gain)), offset_(std::move(offset)), low_(spec.action.field.low()),
      high_(spec.action.field.high()) {
  const size_t rows = offset_.size(), states = static_cast<size_t>(spec.state_size());
  if (gain_.size() != rows * states || rows > low_.size()) {
    throw InputError(spec.id + ": a gain of " + std::to_string(gain_.size()) + " numbers for " +
                     std::to_string(rows) + " actions does not fit " + std::to_string(states) +
                     " states and " + std::to_string(low_.size()) + " actions");
  }
  if (!spec.action.clip) {
    std::fill(low_.begin(), low_.end(), -kInfinity);
    std::fill(high_.begin(), high_.end(), kInfinity);
  }
}

void StateFeedbackPolicy::Act(int, const PolicyInput& input, std::span<double> action) {
  const size_t states = input.state.size();
  for (size_t i = 0; i < action.size(); ++i) {
    double u = 0.0;
    if (i < offset_.size()) {
      for (size_t j = 0; j < states; ++j) u += gain_[i * states + j] * input.state[j];
      u += offset_[i];
    }
    action[i] = std::clamp(u, low_[i], high_[i]);
  }
}

}  // namespace flyball
