#include "envs/pde/boundary_observer.h"

#include <Eigen/Core>
#include <algorithm>
#include <string>
#include <utility>

#include "physics/linear/riccati.h"
#include "physics/numeric/error.h"

namespace flyball {
namespace {

using Vector = Eigen::VectorXd;

Matrix Dense(const SparseRows& rows, int cols) {
  Matrix out = Matrix::Zero(rows.rows(), cols);
  for (int i = 0; i < rows.rows(); ++i) {
    for (int k = rows.begin[i]; k < rows.begin[i + 1]; ++k) out(i, rows.column[k]) = rows.value[k];
  }
  return out;
}

// The predictor's gain, (n, sensors). `observed`: how many of the first states it corrects.
Matrix FilterGain(const Matrix& a, const Matrix& c, double noise, Eigen::Index observed) {
  // A little noise everywhere in the field, and less in the sensor; the filter is the regulator of
  // the transposed plant.
  const Matrix seen = c.leftCols(observed);
  const Matrix inner = a.topLeftCorner(observed, observed);
  const QuadraticCost cost{Matrix::Identity(observed, observed),
                           std::max(noise, 1e-4) * Matrix::Identity(c.rows(), c.rows()),
                           Matrix::Zero(observed, c.rows())};
  Matrix gain = Matrix::Zero(a.rows(), c.rows());
  gain.topRows(observed) =
      -SolveDiscreteRiccati(inner.transpose(), seen.transpose(), cost).gain.transpose();
  return gain;
}

class BoundaryObserver final : public Policy {
 public:
  BoundaryObserver(const BoundaryConfig& config, std::vector<double> gain, const EnvSpec& spec)
      : n_(config.n), full_(config.num_sensors == config.n), low_(spec.action.field.low()[0]),
        high_(spec.action.field.high()[0]) {
    feedback_ = Eigen::Map<const Vector>(gain.data(), n_);
    if (full_) return;
    a_ = Dense(config.last.a, n_);
    b_ = Eigen::Map<const Vector>(config.last.b.data(), n_);
    if (!config.first.a.empty()) {
      b_ += a_ * Eigen::Map<const Vector>(config.first.b.data(), n_);
      a_ = (a_ * Dense(config.first.a, n_)).eval();
    }
    c_ = Dense(config.sensors, n_);
    const double noise = config.sensor_deviation * config.sensor_deviation;
    try {
      l_ = FilterGain(a_, c_, noise, n_);
    } catch (const InputError&) {
      // The last state is a place that no sensor sees: it is followed, and not corrected.
      l_ = FilterGain(a_, c_, noise, n_ - 1);
    }
  }

  void Resize(int num_rows) override {
    estimates_.assign(static_cast<size_t>(full_ ? 0 : num_rows) * n_, 0.0);
  }

  // After the step the observation is of the state the action is for.
  void Act(int row, const PolicyInput& input, std::span<double> action) override {
    const Eigen::Map<const Vector> seen(input.observation.data(),
                                        static_cast<Eigen::Index>(input.observation.size()));
    if (full_) {
      action[0] = std::clamp(feedback_.dot(seen), low_, high_);
      return;
    }
    Eigen::Map<Vector> estimate(estimates_.data() + static_cast<size_t>(row) * n_, n_);
    if (input.step == 0) estimate.setZero();
    const Vector error = seen - c_ * estimate;
    action[0] = std::clamp(feedback_.dot(estimate), low_, high_);
    estimate = (a_ * estimate + b_ * action[0] + l_ * error).eval();
  }

  void VisitState(int row, StateVisitor& visitor) override {
    if (full_) return;
    visitor("estimate", std::span(estimates_).subspan(static_cast<size_t>(row) * n_, n_));
  }

 private:
  int n_;
  bool full_;
  double low_, high_;
  Vector feedback_, b_;
  Matrix a_, c_, l_;
  std::vector<double> estimates_;  // (N, n)
};

}  // namespace

std::unique_ptr<Policy> MakeBoundaryObserver(const BoundaryConfig& config, std::vector<double> gain,
                                             const EnvSpec& spec) {
  if (static_cast<int>(gain.size()) != config.n) {
    throw InputError(spec.id + ": a gain of " + std::to_string(gain.size()) +
                     " numbers does not fit " + std::to_string(config.n) + " states");
  }
  return std::make_unique<BoundaryObserver>(config, std::move(gain), spec);
}

}  // namespace flyball
