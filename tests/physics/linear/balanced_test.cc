#include "physics/linear/balanced.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <complex>
#include <random>

#include "physics/linear/stability.h"
#include "physics/numeric/decompositions.h"

namespace flyball {
namespace {

Eigen::MatrixXcd Response(const Matrix& a, const Matrix& b, const Matrix& c, double angle) {
  const Eigen::MatrixXcd inner =
      std::polar(1.0, angle) * Eigen::MatrixXcd::Identity(a.rows(), a.rows()) -
      a.cast<std::complex<double>>();
  return c.cast<std::complex<double>>() *
         inner.partialPivLu().solve(b.cast<std::complex<double>>());
}

TEST_CASE("a balanced model errs by less than the bound", "[linear][balanced]") {
  std::mt19937 generator(51);
  std::normal_distribution<double> normal;
  const auto random = [&](int rows, int cols) -> Matrix {
    return Matrix::NullaryExpr(rows, cols, [&] { return normal(generator); });
  };
  Matrix a = random(12, 12);
  a *= 0.95 / SpectralRadius(a);
  const Matrix b = random(12, 2), c = random(3, 12);
  for (const int order : {3, 6, 12}) {
    const auto states = Balance(a, b, c, order);
    REQUIRE(states);
    REQUIRE(states->right.cols() == order);
    CHECK((states->left.transpose() * states->right - Matrix::Identity(order, order)).norm() <
          1e-9);
    const Matrix small = states->left.transpose() * a * states->right;
    CHECK(SpectralRadius(small) < 1.0);
    const double bound = 2.0 * states->singular_values.tail(12 - order).sum();
    for (int i = 0; i <= 50; ++i) {
      const double angle = M_PI * i / 50;
      const Eigen::MatrixXcd error =
          Response(a, b, c, angle) -
          Response(small, states->left.transpose() * b, c * states->right, angle);
      // The bound is on the largest singular value, which is below this norm by at most sqrt(2).
      CHECK(error.norm() <= std::sqrt(2.0) * bound + 1e-9);
    }
  }
}

TEST_CASE("what inputs do not reach is not kept", "[linear][balanced]") {
  Matrix a(2, 2), b(2, 1), c(1, 2);
  a << 0.5, 0, 0, 0.9;
  b << 1, 0;
  c << 1, 1;
  const auto states = Balance(a, b, c, 2);
  REQUIRE(states);
  CHECK(states->right.cols() == 1);
  // Hankel's singular value of 1 / (z - 0.5): b c / (1 - a^2).
  CHECK(states->singular_values[0] == Approx(1.0 / 0.75).epsilon(1e-12));
  a(1, 1) = 1.0;
  CHECK_FALSE(Balance(a, b, c, 2));
}

}  // namespace
}  // namespace flyball
