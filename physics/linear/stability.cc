#include "physics/linear/stability.h"

#include <cmath>
#include <sstream>

#include "physics/linear/singular_value.h"
#include "physics/numeric/decompositions.h"
#include "physics/numeric/error.h"

namespace flyball {
namespace {

constexpr Eigen::Index kMostForEigenvalues = 128;
constexpr int kMaxDoublings = 60;  // 2^60 steps: whatever has not converged by then never will
constexpr double kConverged = 1e-15;

// |a^(2^k)|^(1/2^k) falls to the spectral radius from above; powers are kept at norm one.
double RadiusBySquaring(Matrix power) {
  constexpr int kMost = 30;
  double log_norm = 0.0, radius = INFINITY;
  for (int k = 0; k <= kMost; ++k) {
    const double norm = power.norm();
    if (norm == 0.0) return 0.0;
    log_norm = 2.0 * log_norm + std::log(norm);
    const double better = std::exp(std::ldexp(log_norm, -k));
    if (k > 0 && radius - better <= 1e-10 * radius) return better;
    radius = better;
    power /= norm;
    power = power * power;
  }
  return radius;
}

}  // namespace

double SpectralRadius(const Matrix& a) {
  FixProductBlocking();
  if (a.size() == 0) return 0.0;
  if (!a.allFinite()) return INFINITY;
  if (a.rows() > kMostForEigenvalues) return RadiusBySquaring(a);
  return a.eigenvalues().cwiseAbs().maxCoeff();
}

std::optional<Matrix> TryDiscreteLyapunov(const Matrix& a, const Matrix& q) {
  FixProductBlocking();
  CheckShape(a, a.rows(), a.rows(), "A");
  CheckShape(q, a.rows(), a.rows(), "Q");
  Matrix x = q, power = a, half(a.rows(), a.rows()), growth(a.rows(), a.rows());
  for (int i = 0; i < kMaxDoublings; ++i) {
    half.noalias() = x * power;
    growth.triangularView<Eigen::Lower>() = power.transpose() * half;
    growth.triangularView<Eigen::StrictlyUpper>() = growth.transpose();
    x += growth;
    if (!std::isfinite(x.squaredNorm())) break;
    if (growth.norm() <= kConverged * x.norm()) return x;
    half.noalias() = power * power;
    power.swap(half);
  }
  return std::nullopt;
}

Matrix SolveDiscreteLyapunov(const Matrix& a, const Matrix& q) {
  if (std::optional<Matrix> x = TryDiscreteLyapunov(a, q)) return *x;
  std::ostringstream text;
  text << "no solution of the Lyapunov equation: the spectral radius of A is " << SpectralRadius(a)
       << "; it must be below 1";
  throw PhysicsError(text.str());
}

std::optional<std::complex<double>> UnreachableMode(const Matrix& a, const Matrix& b) {
  const Eigen::Index n = a.rows();
  const double scale = a.norm() + b.norm() + 1.0;
  const Eigen::VectorXcd modes = a.eigenvalues();
  for (const std::complex<double>& mode : modes) {
    if (std::abs(mode) < 1.0 - 1e-9) continue;
    Eigen::MatrixXcd pencil(n, n + b.cols());
    pencil << a.cast<std::complex<double>>() - mode * Eigen::MatrixXcd::Identity(n, n),
        b.cast<std::complex<double>>();
    if (SmallestSingularValue(pencil) < 1e-10 * scale) return mode;
  }
  return std::nullopt;
}

}  // namespace flyball
