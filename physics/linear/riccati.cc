#include "physics/linear/riccati.h"

#include <Eigen/Eigenvalues>
#include <Eigen/LU>
#include <cmath>
#include <complex>
#include <optional>
#include <sstream>

#include "physics/linear/singular_value.h"
#include "physics/numeric/error.h"

namespace flyball {
namespace {

constexpr int kMaxDoublings = 60;  // 2^60 steps: whatever has not converged by then never will
constexpr double kConverged = 1e-15;

// A closed loop counts as stable below this: an eigenvalue on the circle computed in double
// precision scatters by about sqrt(eps) = 1.5e-8 when it is defective.
constexpr double kStable = 1.0 - 1e-7;

Matrix Symmetric(const Matrix& a) { return 0.5 * (a + a.transpose()); }

struct Problem {
  const Matrix& a;
  const Matrix& b;
  const QuadraticCost& cost;
};

// u = gain x that is optimal if the cost to go is x' p x; empty if R + B'PB is singular.
std::optional<Matrix> Gain(const Problem& problem, const Matrix& p) {
  const Matrix weight = Symmetric(problem.cost.r + problem.b.transpose() * p * problem.b);
  const Eigen::FullPivLU<Matrix> lu(weight);
  if (!lu.isInvertible()) return std::nullopt;
  return -lu.solve(problem.b.transpose() * p * problem.a + problem.cost.s.transpose());
}

double Residual(const Problem& problem, const Matrix& p, const Matrix& gain) {
  const Matrix next = problem.a.transpose() * p * problem.a + problem.cost.q +
                      (problem.a.transpose() * p * problem.b + problem.cost.s) * gain;
  const double scale = p.norm() + problem.cost.q.norm();
  return scale > 0.0 ? (next - p).norm() / scale : 0.0;
}

// Structured doubling for the problem moved by P = shift + Y: R + B' shift B takes the place of R,
// so that R itself may be singular. Empty if it breaks down or does not converge.
std::optional<Matrix> Double(const Problem& problem, const Matrix& shift) {
  const Eigen::Index n = problem.a.rows();
  const Matrix moved = problem.a.transpose() * shift;
  const Matrix q = problem.cost.q + moved * problem.a - shift;
  const Matrix r = Symmetric(problem.cost.r + problem.b.transpose() * shift * problem.b);
  const Matrix s = problem.cost.s + moved * problem.b;

  // Remove the cross term.
  const Eigen::FullPivLU<Matrix> lu(r);
  if (!lu.isInvertible() || lu.rcond() < 1e-12) return std::nullopt;
  Matrix a = problem.a - problem.b * lu.solve(s.transpose());
  Matrix g = Symmetric(problem.b * lu.solve(problem.b.transpose()));
  Matrix h = Symmetric(q - s * lu.solve(s.transpose()));

  // One doubling makes of the map over k steps the map over 2 k; h tends to Y.
  const Matrix identity = Matrix::Identity(n, n);
  for (int i = 0; i < kMaxDoublings; ++i) {
    const Eigen::PartialPivLU<Matrix> w(identity + g * h);
    const Matrix wa = w.solve(a);
    const Matrix growth = Symmetric(a.transpose() * h * wa);
    const Matrix next_g = Symmetric(g + a * w.solve(g) * a.transpose());
    h += growth;
    a = a * wa;
    g = next_g;
    if (!std::isfinite(h.squaredNorm() + g.squaredNorm() + a.squaredNorm())) return std::nullopt;
    if (growth.norm() <= kConverged * h.norm()) return Symmetric(shift + h);
  }
  return std::nullopt;
}

// Newton's step (Kleinman): the cost to go of a stabilising gain.
Matrix CostToGo(const Problem& problem, const Matrix& gain) {
  const QuadraticCost& cost = problem.cost;
  const Matrix closed = problem.a + problem.b * gain;
  const Matrix cross = cost.s * gain;
  return SolveDiscreteLyapunov(
      closed, Symmetric(cost.q + cross + cross.transpose() + gain.transpose() * cost.r * gain));
}

// Whether a mode on the unit circle costs nothing, so that no solution stabilises strictly: at the
// nearest points of the circle to the slow modes of a closed loop, [A - z I, B; W], with W'W the
// weight of (x, u), loses rank. (Doubling then converges to some closed loop that is just inside.)
bool HasCriticalMode(const Problem& problem, const Matrix& closed) {
  constexpr double kSlow = 1e-3;
  const Eigen::Index n = problem.a.rows(), m = problem.b.cols();
  const Eigen::VectorXcd modes = closed.eigenvalues();
  if (modes.cwiseAbs().maxCoeff() < 1.0 - kSlow) return false;
  Matrix weight(n + m, n + m);
  weight << problem.cost.q, problem.cost.s, problem.cost.s.transpose(), problem.cost.r;
  const Eigen::SelfAdjointEigenSolver<Matrix> eigen(weight);
  const Eigen::VectorXd root = eigen.eigenvalues().cwiseMax(0.0).cwiseSqrt();
  Eigen::MatrixXcd pencil(2 * n + m, n + m);
  pencil.rightCols(m).topRows(n) = problem.b.cast<std::complex<double>>();
  pencil.bottomRows(n + m) =
      (root.asDiagonal() * eigen.eigenvectors().transpose()).cast<std::complex<double>>();
  for (const std::complex<double>& mode : modes) {
    if (std::abs(mode) < 1.0 - kSlow || mode.imag() < 0.0) continue;
    const std::complex<double> point = mode / std::abs(mode);
    pencil.topLeftCorner(n, n) = problem.a.cast<std::complex<double>>();
    pencil.topLeftCorner(n, n).diagonal().array() -= point;
    const double distance = 1.0 - std::abs(mode);
    const double singular = SmallestSingularValue(pencil);
    if (singular < 1e-3 * distance && singular < 1e-9) return true;
  }
  return false;
}

// Polishes a candidate; empty unless it stabilises and solves the equation.
std::optional<RiccatiSolution> Polish(const Problem& problem, Matrix p) {
  std::optional<Matrix> gain = Gain(problem, p);
  if (!gain || SpectralRadius(problem.a + problem.b * *gain) >= kStable) return std::nullopt;
  double residual = Residual(problem, p, *gain);
  for (int i = 0; i < 3; ++i) {
    const Matrix better = CostToGo(problem, *gain);
    const std::optional<Matrix> better_gain = Gain(problem, better);
    if (!better_gain) break;
    const double better_residual = Residual(problem, better, *better_gain);
    if (!(better_residual < residual)) break;
    p = better;
    gain = better_gain;
    residual = better_residual;
  }
  const double radius = SpectralRadius(problem.a + problem.b * *gain);
  if (radius >= kStable || !(residual < 1e-8)) return std::nullopt;
  if (HasCriticalMode(problem, problem.a + problem.b * *gain)) return std::nullopt;
  return RiccatiSolution{p, *gain, radius, residual};
}

// An eigenvalue outside or on the unit circle that no input reaches (Popov, Belevitch, Hautus).
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

}  // namespace

double SpectralRadius(const Matrix& a) {
  return a.size() ? a.eigenvalues().cwiseAbs().maxCoeff() : 0.0;
}

Matrix SolveDiscreteLyapunov(const Matrix& a, const Matrix& q) {
  FixProductBlocking();
  CheckShape(a, a.rows(), a.rows(), "A");
  CheckShape(q, a.rows(), a.rows(), "Q");
  Matrix x = q, power = a;
  for (int i = 0; i < kMaxDoublings; ++i) {
    const Matrix growth = power.transpose() * x * power;
    x += growth;
    if (!std::isfinite(x.squaredNorm())) break;
    if (growth.norm() <= kConverged * x.norm()) return x;
    power = power * power;
  }
  std::ostringstream text;
  text << "no solution of the Lyapunov equation: the spectral radius of A is " << SpectralRadius(a)
       << "; it must be below 1";
  throw PhysicsError(text.str());
}

RiccatiSolution SolveDiscreteRiccati(const Matrix& a, const Matrix& b, const QuadraticCost& cost) {
  FixProductBlocking();
  const Eigen::Index n = a.rows(), m = b.cols();
  CheckShape(a, n, n, "A");
  CheckShape(b, n, m, "B");
  CheckShape(cost.q, n, n, "Q");
  CheckShape(cost.r, m, m, "R");
  CheckShape(cost.s, n, m, "S");
  const Problem problem{a, b, cost};

  // Doubling from zero finds the least solution that is not negative, which is not the stabilising
  // one where an unstable mode costs nothing (then Q - S R^-1 S' may even vanish). Starting from a
  // definite shift finds the stabilising one there too; it also serves a singular R.
  const double input = b.squaredNorm() > 0.0 ? b.squaredNorm() / static_cast<double>(m) : 1.0;
  const double unit = (cost.q.norm() / std::sqrt(static_cast<double>(n)) + cost.r.norm() / input);
  const double scale = unit > 0.0 ? unit : 1.0;
  for (const double factor : {0.0, 1.0, 100.0, 0.01, 1e4, 1e-4}) {
    const Matrix shift = factor * scale * Matrix::Identity(n, n);
    const std::optional<Matrix> p = Double(problem, shift);
    if (!p) continue;
    if (std::optional<RiccatiSolution> solution = Polish(problem, *p)) return *solution;
  }

  if (const auto mode = UnreachableMode(a, b)) {
    std::ostringstream text;
    text << "the pair (A, B) cannot be stabilised: no input reaches the mode with eigenvalue "
         << mode->real();
    if (mode->imag() != 0.0)
      text << (mode->imag() < 0 ? " - " : " + ") << std::abs(mode->imag()) << "i";
    text << " (magnitude " << std::abs(*mode) << ", must be below 1)";
    throw InputError(text.str());
  }
  throw PhysicsError(
      "the Riccati equation has no stabilising solution: a mode on the unit circle is not seen by "
      "the cost, or the weights do not bound it from below");
}

}  // namespace flyball
