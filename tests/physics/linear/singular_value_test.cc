#include "physics/linear/singular_value.h"

#include <catch2/catch.hpp>
#include <complex>

#include "physics/numeric/decompositions.h"

namespace flyball {
namespace {

using std::complex_literals::operator""i;

TEST_CASE("the smallest singular value is that of the closed form", "[linear]") {
  // A diagonal times a unitary matrix keeps the diagonal's moduli.
  Eigen::MatrixXcd unitary(2, 2), diagonal = Eigen::MatrixXcd::Zero(2, 2);
  unitary << 1.0, 1i, 1i, 1.0;
  unitary /= std::sqrt(2.0);
  diagonal(0, 0) = 3.0i;
  diagonal(1, 1) = -0.25;
  // Rounding of a product and a decomposition of numbers of order 1.
  CHECK(SmallestSingularValue(diagonal * unitary) == Approx(0.25).epsilon(1e-14));

  Eigen::MatrixXcd wide(2, 3);
  wide << 1.0, 2.0i, 3.0, 2.0i, -4.0, 6.0i;  // the second row is 2i times the first
  CHECK(SmallestSingularValue(wide.adjoint()) < 1e-15 * wide.norm() * 10);
  CHECK(SmallestSingularValue(wide) < 1e-15 * wide.norm() * 10);
}

TEST_CASE("the smallest singular value of a pencil is the square root of its least Gramian's value",
          "[linear]") {
  Eigen::MatrixXcd pencil = Eigen::MatrixXcd::Random(12, 15);
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXcd> gram(pencil * pencil.adjoint());
  // The square root of a squared number of order 1: half the digits at worst, far from zero all.
  CHECK(SmallestSingularValue(pencil) == Approx(std::sqrt(gram.eigenvalues()(0))).epsilon(1e-10));
  pencil.row(3) = 2.0 * pencil.row(7) - 1i * pencil.row(1);
  CHECK(SmallestSingularValue(pencil) < 1e-14 * pencil.norm());
}

}  // namespace
}  // namespace flyball
