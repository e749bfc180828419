#include "physics/linear/quadratic_program.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "physics/numeric/decompositions.h"
#include "physics/numeric/error.h"

namespace flyball {
namespace {

// Relative to the sizes of values and bounds: a breach below this is none.
constexpr double kFeasible = 1e-10;
// A constraint whose row is a combination of others' has no length of its own beside them; rows have
// length one.
constexpr double kDependent = 1e-12;

}  // namespace

QuadraticProgram::QuadraticProgram(const Matrix& hessian, const Matrix& constraints)
    : hessian_(hessian), constraints_(constraints) {
  CheckShape(hessian, hessian.rows(), hessian.rows(), "H");
  CheckShape(constraints, constraints.rows(), hessian.rows(), "G");
  factor_.compute(hessian);
  if (factor_.info() != Eigen::Success) {
    throw InputError("a quadratic program needs a positive definite H");
  }
  // The program of the multipliers then has ones on its diagonal: lengths compare.
  scale_ = Eigen::VectorXd::Ones(constraints.rows());
  for (Eigen::Index i = 0; i < constraints.rows(); ++i) {
    const double length = factor_.matrixL().solve(constraints.row(i).transpose()).norm();
    if (length > 0.0) scale_[i] = 1.0 / length;
  }
  constraints_ = scale_.asDiagonal() * constraints;
  response_ = factor_.solve(constraints_.transpose());
  products_ = constraints_ * response_;
}

QuadraticProgram::Solution QuadraticProgram::Solve(const Eigen::VectorXd& gradient,
                                                   const Eigen::VectorXd& given_low,
                                                   const Eigen::VectorXd& given_high) const {
  const Eigen::Index k = constraints_.rows();
  for (Eigen::Index i = 0; i < k; ++i) {
    if (given_low[i] <= given_high[i]) continue;
    throw InputError("constraint " + std::to_string(i) + " of a quadratic program has low " +
                     std::to_string(given_low[i]) + " above high " + std::to_string(given_high[i]));
  }
  const Eigen::VectorXd low = scale_.cwiseProduct(given_low);
  const Eigen::VectorXd high = scale_.cwiseProduct(given_high);
  Solution solution{-factor_.solve(gradient), Eigen::VectorXd::Zero(k), 0.0, 0};
  const Eigen::VectorXd free = constraints_ * solution.x;
  Eigen::VectorXd value = free;  // of the constraints
  Eigen::VectorXd& multiplier = solution.multiplier;
  std::vector<Eigen::Index> active;

  const int most = 100 + 20 * static_cast<int>(k + hessian_.rows());
  while (true) {
    // The constraint that is broken the most, and on which side.
    Eigen::Index worst = -1;
    double breach = 0.0, side = 0.0;
    for (Eigen::Index i = 0; i < k; ++i) {
      if (std::find(active.begin(), active.end(), i) != active.end()) continue;
      const double over = value[i] - high[i], under = low[i] - value[i];
      const double beyond = std::max(over, under);
      if (!(beyond > breach)) continue;
      const double bound = over > under ? high[i] : low[i];
      if (beyond <= kFeasible * (std::abs(bound) + std::abs(free[i]))) continue;
      worst = i;
      breach = beyond;
      side = over > under ? 1.0 : -1.0;
    }
    if (worst < 0) break;

    // Push it to its bound, while those that are met stay there.
    while (true) {
      if (++solution.iterations > most) {
        throw PhysicsError("a quadratic program did not come to an end in " + std::to_string(most) +
                           " steps");
      }
      const Eigen::Index count = static_cast<Eigen::Index>(active.size());
      Eigen::VectorXd across(count);
      Matrix among(count, count);
      for (Eigen::Index i = 0; i < count; ++i) {
        across[i] = products_(active[i], worst);
        for (Eigen::Index j = 0; j < count; ++j) among(i, j) = products_(active[i], active[j]);
      }
      const Eigen::VectorXd answer =
          Eigen::LLT<Matrix>(among).solve(across);  // of their multipliers
      const double own = products_(worst, worst) - across.dot(answer);

      // As far as it takes, or until another one would have to pull.
      double length = INFINITY;
      Eigen::Index blocking = -1;
      if (own > kDependent * products_(worst, worst)) length = breach / own;
      for (Eigen::Index i = 0; i < count; ++i) {
        const double pushes = multiplier[active[i]], change = -side * answer[i];
        if (pushes * change >= 0.0) continue;
        if (-pushes / change >= length) continue;
        length = -pushes / change;
        blocking = i;
      }
      if (!std::isfinite(length)) {
        throw PhysicsError("nothing meets the constraints of a quadratic program: no. " +
                           std::to_string(worst) + " contradicts others");
      }
      multiplier[worst] += side * length;
      for (Eigen::Index i = 0; i < count; ++i) multiplier[active[i]] -= side * length * answer[i];
      if (blocking < 0) {
        active.push_back(worst);
        break;
      }
      multiplier[active[blocking]] = 0.0;
      active.erase(active.begin() + blocking);
      breach -= length * std::max(own, 0.0);
    }
    value = free - products_ * multiplier;
  }

  solution.x -= response_ * multiplier;
  solution.residual = Residual(gradient, low, high, solution);
  multiplier = scale_.cwiseProduct(multiplier);  // of the constraints as they were given
  return solution;
}

// Of stationarity, of the constraints, and of multipliers that push the wrong way; each relative to
// the size of what is added up in it.
double QuadraticProgram::Residual(const Eigen::VectorXd& gradient, const Eigen::VectorXd& low,
                                  const Eigen::VectorXd& high, const Solution& solution) const {
  const Eigen::VectorXd curved = hessian_ * solution.x;
  const Eigen::VectorXd pushed = constraints_.transpose() * solution.multiplier;
  const double force = std::max({gradient.cwiseAbs().maxCoeff(), curved.cwiseAbs().maxCoeff(),
                                 pushed.size() ? pushed.cwiseAbs().maxCoeff() : 0.0, 1e-300});
  double residual = (curved + gradient + pushed).cwiseAbs().maxCoeff() / force;

  const Eigen::VectorXd value = constraints_ * solution.x;
  const double size = std::max(value.size() ? value.cwiseAbs().maxCoeff() : 0.0, 1e-300);
  const double largest =
      std::max(value.size() ? solution.multiplier.cwiseAbs().maxCoeff() : 0.0, 1e-300);
  for (Eigen::Index i = 0; i < value.size(); ++i) {
    const double m = solution.multiplier[i];
    residual = std::max({residual, (value[i] - high[i]) / size, (low[i] - value[i]) / size});
    if (m == 0.0) continue;
    // A multiplier belongs to the bound on its side, and is none where the value is off it.
    const double gap = std::abs(value[i] - (m > 0.0 ? high[i] : low[i])) / size;
    residual = std::max(residual, std::min(gap, std::abs(m) / largest));
  }
  return residual;
}

}  // namespace flyball
