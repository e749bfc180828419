#include "physics/linear/ordered_schur.h"

#include <catch2/catch.hpp>
#include <random>

#include "physics/numeric/decompositions.h"
#include "physics/numeric/error.h"

namespace flyball {
namespace {

// [first, second] is mapped onto one space of as many dimensions by both matrices of the pencil.
double Deflation(const Matrix& a, const Matrix& b, const Eigen::MatrixXcd& basis) {
  Eigen::MatrixXcd images(a.rows(), 2 * basis.cols());
  images << a * basis, b * basis;
  // Of twice as many columns half of the singular values are rounding: those of the Gram matrix.
  // Its real form has each of its eigenvalues twice.
  const Eigen::MatrixXcd gram = images.adjoint() * images;
  Matrix real_form(2 * gram.rows(), 2 * gram.rows());
  real_form << gram.real(), -gram.imag(), gram.imag(), gram.real();
  const Eigen::VectorXd values = Eigen::SelfAdjointEigenSolver<Matrix>(real_form).eigenvalues();
  return std::sqrt(std::max(0.0, values(2 * basis.cols() - 1)) / values(values.size() - 1));
}

TEST_CASE("stable eigenvalues of a pencil span a deflating subspace", "[linear][schur]") {
  std::mt19937 generator(41);
  std::normal_distribution<double> normal;
  for (const int n : {1, 2, 3, 8, 25}) {
    for (int trial = 0; trial < 10; ++trial) {
      const Matrix a = Matrix::NullaryExpr(n, n, [&] { return normal(generator); });
      Matrix b = Matrix::NullaryExpr(n, n, [&] { return normal(generator); });
      const Eigen::VectorXcd modes = b.partialPivLu().solve(a).eigenvalues();
      const Eigen::MatrixXcd basis = StableSubspace(a, b);
      CHECK(basis.cols() == (modes.array().abs() < 1.0).count());
      if (basis.cols() == 0) continue;
      CHECK((basis.adjoint() * basis - Eigen::MatrixXcd::Identity(basis.cols(), basis.cols()))
                .norm() < 1e-12);
      // Squares of singular values are known to 1e-16, they themselves to 1e-8.
      if (2 * basis.cols() <= n) CHECK(Deflation(a, b, basis) < 1e-7);
      // A real pencil has a real subspace: the projection on it is real.
      CHECK((basis * basis.adjoint()).imag().norm() < 1e-11);
    }
  }
}

TEST_CASE("eigenvalues at zero and infinity are told apart", "[linear][schur]") {
  // diag(0, 3, 0.5, 1) - z diag(1, 1, 1, 0), mixed by rotations of rows and columns.
  std::mt19937 generator(42);
  std::normal_distribution<double> normal;
  const Matrix left = Matrix::NullaryExpr(4, 4, [&] { return normal(generator); });
  const Matrix right = Matrix::NullaryExpr(4, 4, [&] { return normal(generator); });
  const Matrix a = left * Eigen::Vector4d(0.0, 3.0, 0.5, 1.0).asDiagonal() * right;
  const Matrix b = left * Eigen::Vector4d(1.0, 1.0, 1.0, 0.0).asDiagonal() * right;
  const Eigen::MatrixXcd basis = StableSubspace(a, b);
  REQUIRE(basis.cols() == 2);
  // The subspace is that of the first and third columns of right^-1.
  Matrix expected(4, 2);
  const Matrix inverse = right.inverse();
  expected << inverse.col(0), inverse.col(2);
  CHECK((expected - (basis * basis.adjoint() * expected).real()).norm() < 1e-11 * expected.norm());
}

TEST_CASE("a pencil that is not square is refused", "[linear][schur]") {
  CHECK_THROWS_AS(StableSubspace(Matrix::Ones(2, 3), Matrix::Ones(2, 3)), InputError);
  CHECK_THROWS_AS(StableSubspace(Matrix::Ones(2, 2), Matrix::Ones(3, 3)), InputError);
}

}  // namespace
}  // namespace flyball
