#include "envs/pde/boundary_observer.h"

#include <Eigen/Core>
#include <algorithm>
#include <string>
#include <vector>

#include "physics/linear/riccati.h"
#include "physics/numeric/dual.h"
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

// x+ = a x + b u over a control step, both counted from the target; of traffic for small waves.
struct ControlStep {
  Matrix a, b;
};
ControlStep StepOf(const BoundaryConfig& config) {
  if (config.traffic) {
    const int n = config.n, m = config.num_actions, nodes = config.road.cells + 1;
    ControlStep step{Matrix(n, n), Matrix(n, m)};
    std::vector<Dual> x(n), work(4 * nodes);
    for (int j = 0; j < n + m; ++j) {
      for (int i = 0; i < n; ++i) x[i] = {config.target[i], i == j ? 1.0 : 0.0};
      const auto flow = [&](int action) { return Dual{config.flow, j == n + action ? 1.0 : 0.0}; };
      const TrafficEnds<Dual> ends{config.meters_in ? flow(0) : Dual{config.flow, 0.0},
                                   config.meters_out ? flow(m - 1) : Dual{config.flow, 0.0}};
      for (int k = 0; k < config.substeps; ++k) {
        StepTraffic(config.road, ends, config.copy_ends, x.data(), x.data() + nodes, work.data());
      }
      for (int i = 0; i < n; ++i) (j < n ? step.a(i, j) : step.b(i, j - n)) = x[i].slope;
    }
    return step;
  }
  ControlStep step{Dense(config.last.a, config.n),
                   Eigen::Map<const Vector>(config.last.b.data(), config.n)};
  if (!config.first.a.empty()) {
    step.b += step.a * Eigen::Map<const Vector>(config.first.b.data(), config.n);
    step.a = (step.a * Dense(config.first.a, config.n)).eval();
  }
  return step;
}

class BoundaryObserver final : public Policy {
 public:
  BoundaryObserver(const BoundaryConfig& config, const std::vector<double>& gain,
                   const EnvSpec& spec)
      : n_(config.n), full_(config.num_sensors == config.n), rest_(config.action_target),
        low_(spec.action.field.low()[0]), high_(spec.action.field.high()[0]) {
    feedback_ = Eigen::Map<const Eigen::Matrix<double, -1, -1, Eigen::RowMajor>>(
        gain.data(), config.num_actions, n_);
    const Matrix sensors = Dense(config.sensors, n_);
    expected_ = sensors * Eigen::Map<const Vector>(config.target.data(), n_);
    if (full_) return;
    step_ = StepOf(config);
    c_ = sensors;
    const double noise = config.sensor_deviation * config.sensor_deviation;
    try {
      l_ = FilterGain(step_.a, c_, noise, n_);
    } catch (const InputError&) {
      // The last state is a place that no sensor sees: it is followed, and not corrected.
      l_ = FilterGain(step_.a, c_, noise, n_ - 1);
    }
  }

  void Resize(int num_rows) override {
    estimates_.assign(static_cast<size_t>(full_ ? 0 : num_rows) * n_, 0.0);
  }

  // After the step the observation is of the state the action is for.
  void Act(int row, const PolicyInput& input, std::span<double> action) override {
    const Vector seen =
        Eigen::Map<const Vector>(input.observation.data(),
                                 static_cast<Eigen::Index>(input.observation.size())) -
        expected_;
    if (full_) {
      Apply(feedback_ * seen, action);
      return;
    }
    Eigen::Map<Vector> estimate(estimates_.data() + static_cast<size_t>(row) * n_, n_);
    if (input.step == 0) estimate.setZero();
    const Vector error = seen - c_ * estimate;
    const Vector u = Apply(feedback_ * estimate, action);
    estimate = (step_.a * estimate + step_.b * u + l_ * error).eval();
  }

  void VisitState(int row, StateVisitor& visitor) override {
    if (full_) return;
    visitor("estimate", std::span(estimates_).subspan(static_cast<size_t>(row) * n_, n_));
  }

 private:
  // Returns what is applied, counted from what is applied at the target.
  Vector Apply(Vector u, std::span<double> action) const {
    for (size_t i = 0; i < action.size(); ++i) {
      action[i] = std::clamp(rest_ + u[i], low_, high_);
      u[i] = action[i] - rest_;
    }
    return u;
  }

  int n_;
  bool full_;
  double rest_, low_, high_;
  Vector expected_;  // (sensors) at the target
  ControlStep step_;
  Matrix feedback_, c_, l_;
  std::vector<double> estimates_;  // (N, n) of the state less the target
};

}  // namespace

std::unique_ptr<Policy> MakeBoundaryObserver(const BoundaryConfig& config,
                                             const std::vector<double>& gain, const EnvSpec& spec) {
  if (static_cast<int>(gain.size()) != config.n * config.num_actions) {
    throw InputError(spec.id + ": a gain of " + std::to_string(gain.size()) +
                     " numbers does not fit " + std::to_string(config.n) + " states");
  }
  return std::make_unique<BoundaryObserver>(config, gain, spec);
}

}  // namespace flyball
