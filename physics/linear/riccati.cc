#include "physics/linear/riccati.h"

#include <cmath>
#include <complex>
#include <optional>
#include <sstream>
#include <utility>

#include "physics/linear/riccati_pencil.h"
#include "physics/linear/singular_value.h"
#include "physics/linear/stability.h"
#include "physics/numeric/decompositions.h"
#include "physics/numeric/error.h"

namespace flyball {
namespace {

constexpr int kMaxDoublings = 60;  // 2^60 steps: whatever has not converged by then never will
constexpr double kConverged = 1e-15;

// Relative residual below which Newton has nothing to gain.
constexpr double kPolished = 5e-14;

// A closed loop counts as stable below this: an eigenvalue on the circle computed in double
// precision scatters by about sqrt(eps) = 1.5e-8 when it is defective.
constexpr double kStable = 1.0 - 1e-7;

Matrix Symmetric(const Matrix& a) { return 0.5 * (a + a.transpose()); }

struct Problem {
  const Matrix& a;
  const Matrix& b;
  const QuadraticCost& cost;
  bool is_game;  // weights of any sign: a maximiser is among the inputs
};

// u = gain x that is optimal if the cost to go is x' p x; empty if R + B'PB is singular.
std::optional<Matrix> Gain(const Problem& problem, const Matrix& p) {
  const Matrix weight = Symmetric(problem.cost.r + problem.b.transpose() * p * problem.b);
  const Eigen::FullPivLU<Matrix> lu(weight);
  if (!lu.isInvertible()) return std::nullopt;
  return -lu.solve(problem.b.transpose() * p * problem.a + problem.cost.s.transpose());
}

double Residual(const Problem& problem, const Matrix& p, const Matrix& gain) {
  // A'(P A + P B K) + Q + S K
  Matrix moved = p * (problem.a + problem.b * gain);
  Matrix next = problem.cost.q + problem.cost.s * gain;
  next.noalias() += problem.a.transpose() * moved;
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
  Matrix w(n, n), both(n, 2 * n), product(n, n), growth(n, n);
  for (int i = 0; i < kMaxDoublings; ++i) {
    w.noalias() = g * h;
    w.diagonal().array() += 1.0;
    both << a, g;
    const Matrix solved = Eigen::PartialPivLU<Matrix>(w).solve(both);
    const auto wa = solved.leftCols(n), wg = solved.rightCols(n);

    product.noalias() = h * wa;
    growth.triangularView<Eigen::Lower>() = a.transpose() * product;
    growth.triangularView<Eigen::StrictlyUpper>() = growth.transpose();
    h += growth;
    const double size = h.norm(), change = growth.norm();

    product.noalias() = a * wg;
    growth.triangularView<Eigen::Lower>() = product * a.transpose();
    growth.triangularView<Eigen::StrictlyUpper>() = growth.transpose();
    g += growth;

    product.noalias() = a * wa;
    a.swap(product);
    if (!std::isfinite(size + g.squaredNorm() + a.squaredNorm())) return std::nullopt;
    if (change <= kConverged * size) return Symmetric(shift + h);
  }
  return std::nullopt;
}

// Newton's step (Kleinman): the cost to go of a stabilising gain.
std::optional<Matrix> CostToGo(const Problem& problem, const Matrix& gain) {
  const QuadraticCost& cost = problem.cost;
  const Matrix closed = problem.a + problem.b * gain;
  const Matrix cross = cost.s * gain;
  return TryDiscreteLyapunov(
      closed, Symmetric(cost.q + cross + cross.transpose() + gain.transpose() * cost.r * gain));
}

// Whether a mode on the unit circle costs nothing, so that no solution stabilises strictly: at the
// nearest points of the circle to the slow modes of a closed loop, [A - z I, B; W], with W'W the
// weight of (x, u), loses rank. (Doubling then converges to some closed loop that is just inside.)
bool HasCriticalMode(const Problem& problem, const Matrix& closed, double radius) {
  const Eigen::Index n = problem.a.rows(), m = problem.b.cols();
  // Many lightly damped modes of a large plant would each take seconds; only the slowest are asked.
  const double kSlow = n <= 128 ? 1e-3 : 1e-5;
  if (problem.is_game || radius < 1.0 - kSlow) return false;
  const Eigen::VectorXcd modes = closed.eigenvalues();
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
  if (!gain) return std::nullopt;
  double radius = SpectralRadius(problem.a + problem.b * *gain);
  if (!(radius < kStable)) return std::nullopt;
  double residual = Residual(problem, p, *gain);
  const double doubled = residual;
  for (int i = 0; i < 3 && residual > kPolished; ++i) {
    std::optional<Matrix> better = CostToGo(problem, *gain);
    if (!better) break;
    const std::optional<Matrix> better_gain = Gain(problem, *better);
    if (!better_gain) break;
    const double better_residual = Residual(problem, *better, *better_gain);
    if (!(better_residual < residual)) break;
    p = std::move(*better);
    gain = better_gain;
    residual = better_residual;
  }
  const Matrix closed = problem.a + problem.b * *gain;
  if (residual < doubled) radius = SpectralRadius(closed);
  if (!(radius < kStable) || !(residual < 1e-8)) return std::nullopt;
  if (HasCriticalMode(problem, closed, radius)) return std::nullopt;
  return RiccatiSolution{p, *gain, radius, residual};
}

void CheckShapes(const Problem& problem) {
  const Eigen::Index n = problem.a.rows(), m = problem.b.cols();
  CheckShape(problem.a, n, n, "A");
  CheckShape(problem.b, n, m, "B");
  CheckShape(problem.cost.q, n, n, "Q");
  CheckShape(problem.cost.r, m, m, "R");
  CheckShape(problem.cost.s, n, m, "S");
}

// The stabilising solution, where doubling from `shift` finds it.
std::optional<RiccatiSolution> SolveFrom(const Problem& problem, const Matrix& shift) {
  std::optional<Matrix> p = Double(problem, shift);
  return p ? Polish(problem, std::move(*p)) : std::nullopt;
}

std::optional<RiccatiSolution> Solve(const Problem& problem) {
  FixProductBlocking();
  CheckShapes(problem);
  const QuadraticCost& cost = problem.cost;
  const Eigen::Index n = problem.a.rows(), m = problem.b.cols();

  // Doubling from zero finds the least solution that is not negative, which is not the stabilising
  // one where an unstable mode costs nothing (then Q - S R^-1 S' may even vanish). Starting from a
  // definite shift finds the stabilising one there too; it also serves a singular R. What is left is for
  // the ordered Schur form, which is slow but breaks down only where there is no solution.
  const double norm = problem.b.squaredNorm();
  const double input = norm > 0.0 ? norm / static_cast<double>(m) : 1.0;
  const double unit = cost.q.norm() / std::sqrt(static_cast<double>(n)) + cost.r.norm() / input;
  const double scale = unit > 0.0 ? unit : 1.0;
  for (const double factor : {0.0, 1.0}) {
    const Matrix shift = factor * scale * Matrix::Identity(n, n);
    if (std::optional<RiccatiSolution> solution = SolveFrom(problem, shift)) return solution;
  }
  if (UnreachableMode(problem.a, problem.b)) return std::nullopt;
  std::optional<Matrix> p = SolveRiccatiPencil(problem.a, problem.b, cost);
  return p ? Polish(problem, std::move(*p)) : std::nullopt;
}

// "no input reaches the mode with eigenvalue 1.0625 (magnitude 1.0625, must be below 1)".
std::string Describe(std::complex<double> mode, const char* what) {
  std::ostringstream text;
  text << what << " the mode with eigenvalue " << mode.real();
  if (mode.imag() != 0.0) text << (mode.imag() < 0 ? " - " : " + ") << std::abs(mode.imag()) << "i";
  text << " (magnitude " << std::abs(mode) << ", must be below 1)";
  return text.str();
}

}  // namespace

RiccatiSolution SolveDiscreteRiccati(const Matrix& a, const Matrix& b, const QuadraticCost& cost) {
  if (std::optional<RiccatiSolution> solution = Solve({a, b, cost, false})) return *solution;
  if (const auto mode = UnreachableMode(a, b)) {
    throw InputError("the pair (A, B) cannot be stabilised: " +
                     Describe(*mode, "no input reaches"));
  }
  throw PhysicsError(
      "the Riccati equation has no stabilising solution: a mode on the unit circle is not seen by "
      "the cost, or the weights do not bound it from below");
}

std::optional<RiccatiSolution> SolveGameRiccati(const Matrix& a, const Matrix& b,
                                                const QuadraticCost& cost, const Matrix& near) {
  FixProductBlocking();
  const Problem problem{a, b, cost, true};
  CheckShapes(problem);
  CheckShape(near, a.rows(), a.rows(), "near");
  return SolveFrom(problem, near);
}

FilterSolution SolveFilterRiccati(const Matrix& a, const Matrix& c, const NoiseCovariance& noise) {
  CheckShape(c, c.rows(), a.rows(), "C");
  // The dual problem: A', C' in place of A, B.
  const Matrix at = a.transpose(), ct = c.transpose();
  const QuadraticCost cost{noise.state, noise.measurement, noise.cross};
  if (const std::optional<RiccatiSolution> dual = Solve({at, ct, cost, false})) {
    return {dual->p, -dual->gain.transpose(), dual->spectral_radius, dual->residual};
  }
  if (const auto mode = UnreachableMode(at, ct)) {
    throw InputError("the pair (A, C) cannot be detected: " +
                     Describe(*mode, "no measurement sees"));
  }
  throw PhysicsError(
      "the filter's Riccati equation has no stabilising solution: a mode on the unit circle is not "
      "driven by noise");
}

}  // namespace flyball
