#include "physics/linear/riccati_pencil.h"

#include <Eigen/LU>
#include <Eigen/QR>

#include "physics/linear/ordered_schur.h"
#include "physics/numeric/error.h"

namespace flyball {

std::optional<Matrix> SolveRiccatiPencil(const Matrix& a, const Matrix& b,
                                         const QuadraticCost& cost) {
  // With y the costate of the next step, x, y and u of one step and the next obey
  //   [A 0 B; -Q I -S; S' 0 R] - z [I 0 0; 0 A' 0; 0 -B' 0].
  const Eigen::Index n = a.rows(), m = b.cols();
  const double norm = cost.q.norm() + cost.r.norm() + cost.s.norm(), unit = norm > 0.0 ? norm : 1.0;
  Matrix now = Matrix::Zero(2 * n + m, 2 * n + m), next = now;
  now.topLeftCorner(n, n) = a;
  now.topRightCorner(n, m) = b;
  now.block(n, 0, n, n) = cost.q / -unit;
  now.block(n, n, n, n).setIdentity();
  now.block(n, 2 * n, n, m) = cost.s / -unit;
  now.block(2 * n, 0, m, n) = cost.s.transpose() / unit;
  now.bottomRightCorner(m, m) = cost.r / unit;
  next.topLeftCorner(n, n).setIdentity();
  next.block(n, n, n, n) = a.transpose();
  next.block(2 * n, n, m, n) = -b.transpose();

  // A rotation takes the inputs, which do not move by themselves, out of all rows but the first m.
  const Eigen::ColPivHouseholderQR<Matrix> inputs(now.rightCols(m));
  if (inputs.rank() < m) return std::nullopt;
  const auto rotate = [&](const Matrix& pencil) -> Matrix {
    const Matrix rotated = inputs.householderQ().adjoint() * pencil.leftCols(2 * n);
    return rotated.bottomRows(2 * n);
  };
  Eigen::MatrixXcd basis;
  try {
    basis = StableSubspace(rotate(now), rotate(next));
  } catch (const PhysicsError&) {
    return std::nullopt;
  }
  if (basis.cols() != n) return std::nullopt;

  // y = P x in it.
  const Eigen::PartialPivLU<Eigen::MatrixXcd> states(basis.topRows(n).transpose());
  const Matrix p = unit * states.solve(basis.bottomRows(n).transpose()).real();
  if (!p.allFinite()) return std::nullopt;
  return Matrix(0.5 * (p + p.transpose()));
}

}  // namespace flyball
