#include "physics/linear/balanced.h"

#include <algorithm>

#include "physics/linear/stability.h"
#include "physics/numeric/decompositions.h"

namespace flyball {

std::optional<BalancedStates> Balance(const Matrix& a, const Matrix& b, const Matrix& c,
                                      Eigen::Index order) {
  const std::optional<Matrix> reached = TryDiscreteLyapunov(a.transpose(), b * b.transpose());
  if (!reached) return std::nullopt;
  const std::optional<Matrix> seen = TryDiscreteLyapunov(a, c.transpose() * c);
  if (!seen) return std::nullopt;

  // reached = root root'; the eigenvalues of root' seen root are the singular values' squares.
  const Eigen::SelfAdjointEigenSolver<Matrix> eigen(*reached);
  const Matrix root =
      eigen.eigenvectors() * eigen.eigenvalues().cwiseMax(0.0).cwiseSqrt().asDiagonal();
  const Eigen::SelfAdjointEigenSolver<Matrix> product(root.transpose() * *seen * root);
  const Eigen::VectorXd squares = product.eigenvalues().reverse().cwiseMax(0.0);
  BalancedStates states;
  states.singular_values = squares.cwiseSqrt();
  // Squares are known to about 1e-15 of the largest.
  const Eigen::Index known = (squares.array() > 1e-13 * squares[0]).count();
  order = std::min(order, known);
  const Matrix turned = root * product.eigenvectors().rightCols(order).rowwise().reverse();
  const Eigen::ArrayXd kept = states.singular_values.head(order).array();
  states.right = turned * kept.rsqrt().matrix().asDiagonal();
  states.left = *seen * turned * kept.pow(-1.5).matrix().asDiagonal();
  return states;
}

}  // namespace flyball
