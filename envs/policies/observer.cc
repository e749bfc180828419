#include "envs/policies/observer.h"

#include <algorithm>
#include <string>

#include "physics/numeric/error.h"

namespace flyball {

ObserverPolicy::ObserverPolicy(const ObserverController& controller, bool waits,
                               const EnvSpec& spec)
    : controller_(controller), waits_(waits), low_(spec.action.field.low()),
      high_(spec.action.field.high()) {
  const size_t inputs = static_cast<size_t>(controller.k.rows());
  if (controller.c.rows() != spec.observation_size() || inputs > low_.size()) {
    throw InputError(spec.id + ": an observer of " + std::to_string(controller.c.rows()) +
                     " measurements and " + std::to_string(inputs) + " inputs does not fit " +
                     std::to_string(spec.observation_size()) + " observations and " +
                     std::to_string(low_.size()) + " actions");
  }
  if (!spec.action.clip) {
    std::fill(low_.begin(), low_.end(), -kInfinity);
    std::fill(high_.begin(), high_.end(), kInfinity);
  }
}

void ObserverPolicy::Resize(int num_rows) {
  estimates_.assign(static_cast<size_t>(num_rows) * controller_.a.rows(), 0.0);
}

void ObserverPolicy::Act(int row, const PolicyInput& input, std::span<double> action) {
  const Eigen::Index states = controller_.a.rows(), inputs = controller_.k.rows();
  Eigen::Map<Eigen::VectorXd> estimate(estimates_.data() + row * states, states);
  if (input.step == 0) estimate.setZero();

  const Eigen::Map<const Eigen::VectorXd> seen(input.observation.data(),
                                               static_cast<Eigen::Index>(input.observation.size()));
  Eigen::VectorXd error = seen - controller_.c * estimate;
  if (waits_ && input.step == 0) error.setZero();
  Eigen::VectorXd u = controller_.k * estimate + controller_.f * error;
  for (Eigen::Index i = 0; i < inputs; ++i) u[i] = std::clamp(u[i], low_[i], high_[i]);
  estimate = (controller_.a * estimate + controller_.b * u + controller_.l * error).eval();

  std::fill(action.begin(), action.end(), 0.0);
  std::copy(u.begin(), u.end(), action.begin());
}

void ObserverPolicy::VisitState(int row, StateVisitor& visitor) {
  const size_t states = static_cast<size_t>(controller_.a.rows());
  visitor("estimate", std::span(estimates_).subspan(row * states, states));
}

}  // namespace flyball
