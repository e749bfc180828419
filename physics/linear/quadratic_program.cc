#include "physics/linear/quadratic_program.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "physics/numeric/decompositions.h"
#include "physics/numeric/error.h"

namespace flyball {
namespace {

constexpr int kMaxIterations = 20000;
constexpr int kCheckEvery = 10;
constexpr double kTolerance = 1e-9;  // of a polished solution, relative to the sizes of its terms
constexpr double kCoarse = 1e-6;     // of an unpolished one

}  // namespace

QuadraticProgram::QuadraticProgram(const Matrix& hessian, const Matrix& constraints)
    : hessian_(hessian), constraints_(constraints) {
  CheckShape(hessian, hessian.rows(), hessian.rows(), "H");
  CheckShape(constraints, constraints.rows(), hessian.rows(), "G");
  factor_.compute(hessian);
  if (factor_.info() != Eigen::Success) {
    throw InputError("a quadratic program needs a positive definite H");
  }
  // The program of the multipliers then has ones on its diagonal, where a penalty of one is right.
  scale_ = Eigen::VectorXd::Ones(constraints.rows());
  for (Eigen::Index i = 0; i < constraints.rows(); ++i) {
    const double length = factor_.matrixL().solve(constraints.row(i).transpose()).norm();
    if (length > 0.0) scale_[i] = 1.0 / length;
  }
  constraints_ = scale_.asDiagonal() * constraints;
  penalised_.compute(hessian + constraints_.transpose() * constraints_);
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
  Solution solution;
  solution.x = -factor_.solve(gradient);
  solution.multiplier = Eigen::VectorXd::Zero(k);
  solution.iterations = 0;
  Eigen::VectorXd value = constraints_ * solution.x;
  Eigen::VectorXd kept = value.cwiseMax(low).cwiseMin(high);
  if (kept == value) {
    solution.residual = Residual(gradient, low, high, solution);
    return solution;
  }

  Eigen::VectorXd scaled = Eigen::VectorXd::Zero(k);  // multipliers
  for (int i = 1; i <= kMaxIterations; ++i) {
    solution.x = penalised_.solve(constraints_.transpose() * (kept - scaled) - gradient);
    value = constraints_ * solution.x;
    kept = (value + scaled).cwiseMax(low).cwiseMin(high);
    scaled += value - kept;
    if (i % kCheckEvery) continue;

    solution.iterations = i;
    solution.multiplier = scaled;
    Solution polished = solution;
    if (Polish(gradient, low, high, polished)) return Unscaled(polished);
    solution.residual = Residual(gradient, low, high, solution);
  }
  // Constraints that bind but do not push (or push in many ways) never part; the iterate will do.
  if (solution.residual < kCoarse) return Unscaled(solution);
  throw PhysicsError("a quadratic program did not come to an end in " +
                     std::to_string(kMaxIterations) + " iterations; its residual is " +
                     std::to_string(solution.residual));
}

// With multipliers of the constraints as they were given.
QuadraticProgram::Solution QuadraticProgram::Unscaled(Solution solution) const {
  solution.multiplier = scale_.cwiseProduct(solution.multiplier);
  return solution;
}

// Takes the constraints with a multiplier as equations: [H, A'; A, 0] [x; m] = [-g; bound].
bool QuadraticProgram::Polish(const Eigen::VectorXd& gradient, const Eigen::VectorXd& low,
                              const Eigen::VectorXd& high, Solution& solution) const {
  std::vector<Eigen::Index> active;
  for (Eigen::Index i = 0; i < constraints_.rows(); ++i) {
    if (solution.multiplier[i] != 0.0) active.push_back(i);
  }
  const Eigen::Index count = static_cast<Eigen::Index>(active.size());
  if (count > hessian_.rows()) return false;
  Matrix rows(count, hessian_.rows());
  Eigen::VectorXd bound(count);
  for (Eigen::Index j = 0; j < count; ++j) {
    rows.row(j) = constraints_.row(active[j]);
    bound[j] = solution.multiplier[active[j]] > 0.0 ? high[active[j]] : low[active[j]];
  }
  const Eigen::VectorXd free = -factor_.solve(gradient);
  const Matrix moved = factor_.solve(rows.transpose());
  const Eigen::LLT<Matrix> schur(rows * moved);
  if (schur.info() != Eigen::Success) return false;
  const Eigen::VectorXd multiplier = schur.solve(rows * free - bound);
  solution.x = free - moved * multiplier;
  solution.multiplier.setZero();
  for (Eigen::Index j = 0; j < count; ++j) solution.multiplier[active[j]] = multiplier[j];
  solution.residual = Residual(gradient, low, high, solution);
  return solution.residual < kTolerance;
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
