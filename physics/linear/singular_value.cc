#include "physics/linear/singular_value.h"

#include <Eigen/SVD>
#include <cmath>

#include "physics/numeric/decompositions.h"

namespace flyball {

// Eigen's decompositions into singular values take half a minute to compile; this takes a few seconds.
// The matrix goes through its real form [Re, -Im; Im, Re], which has each singular value twice, is
// made bidiagonal by Eigen's own first step, and its singular values are then the eigenvalues, with
// both signs, of a tridiagonal matrix with a diagonal of zeros and the two diagonals, one number of
// each in turn, beside it (Golub and Kahan, 1965). As accurate: nothing is squared.
double SmallestSingularValue(const Eigen::MatrixXcd& matrix) {
  // At least as many rows as columns; the conjugate transpose has the same singular values.
  const Eigen::MatrixXcd tall =
      matrix.rows() < matrix.cols() ? Eigen::MatrixXcd(matrix.adjoint()) : matrix;
  const Eigen::Index rows = tall.rows(), cols = tall.cols();
  Eigen::MatrixXd real(2 * rows, 2 * cols);
  real << tall.real(), -tall.imag(), tall.imag(), tall.real();

  const Eigen::internal::UpperBidiagonalization<Eigen::MatrixXd> form(real);
  const Eigen::MatrixXd bidiagonal = form.bidiagonal().toDenseMatrix();
  const Eigen::Index n = bidiagonal.cols();
  Eigen::VectorXd beside(2 * n - 1);
  for (Eigen::Index i = 0; i < n; ++i) {
    beside(2 * i) = bidiagonal(i, i);
    if (i + 1 < n) beside(2 * i + 1) = bidiagonal(i, i + 1);
  }
  Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> eigen;
  eigen.computeFromTridiagonal(Eigen::VectorXd::Zero(2 * n), beside, Eigen::EigenvaluesOnly);
  return std::abs(eigen.eigenvalues()(n));  // in rising order: the first that is not negative
}

}  // namespace flyball
