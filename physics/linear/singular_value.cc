#include "physics/linear/singular_value.h"

#include <Eigen/SVD>

namespace flyball {

// In a file of its own, and through the real form [Re, -Im; Im, Re], which has each singular value
// twice: Eigen's decomposition takes half a minute to compile, a complex one longer still.
double SmallestSingularValue(const Eigen::MatrixXcd& matrix) {
  const Eigen::Index rows = matrix.rows(), cols = matrix.cols();
  Eigen::MatrixXd real(2 * rows, 2 * cols);
  real << matrix.real(), -matrix.imag(), matrix.imag(), matrix.real();
  const Eigen::VectorXd values = Eigen::BDCSVD<Eigen::MatrixXd>(real).singularValues();
  return values(values.size() - 1);
}

}  // namespace flyball
