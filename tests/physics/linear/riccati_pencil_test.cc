#include "physics/linear/riccati_pencil.h"

#include <catch2/catch.hpp>
#include <random>

#include "physics/numeric/error.h"

namespace flyball {
namespace {

Matrix Random(std::mt19937& generator, Eigen::Index rows, Eigen::Index cols) {
  std::normal_distribution<double> normal;
  return Matrix::NullaryExpr(rows, cols, [&] { return normal(generator); });
}

TEST_CASE("the pencil finds what doubling finds", "[linear][riccati][schur]") {
  std::mt19937 generator(43);
  for (int trial = 0; trial < 20; ++trial) {
    const Matrix a = Random(generator, 7, 7), b = Random(generator, 7, 3);
    const Matrix c = Random(generator, 4, 7);
    Matrix d = Random(generator, 4, 3);
    if (trial % 2) d.col(1).setZero();  // R is singular
    const QuadraticCost cost{c.transpose() * c, d.transpose() * d, c.transpose() * d};
    const Matrix expected = SolveDiscreteRiccati(a, b, cost).p;
    const auto p = SolveRiccatiPencil(a, b, cost);
    REQUIRE(p);
    CHECK((*p - expected).norm() < 1e-8 * expected.norm());
  }
}

TEST_CASE("the pencil stabilises what costs nothing and stops at once what may",
          "[linear][schur]") {
  const Matrix one = Matrix::Identity(1, 1);
  // Q = 0: p = r (a^2 - 1) / b^2, as in riccati_test.
  const auto free = SolveRiccatiPencil(1.25 * one, 0.5 * one, {0.0 * one, 2.0 * one, 0.0 * one});
  REQUIRE(free);
  CHECK((*free)(0, 0) == Approx(2.0 * (1.25 * 1.25 - 1) / 0.25).epsilon(1e-13));
  // R = 0: modes at zero, with partners at infinity, and P = Q.
  Matrix a(2, 2), b(2, 2), q(2, 2);
  a << 1.2, 0.3, -0.4, 0.9;
  b << 1, 2, 0, 1;
  q << 2, 0.5, 0.5, 1;
  const auto dead = SolveRiccatiPencil(a, b, {q, Matrix::Zero(2, 2), Matrix::Zero(2, 2)});
  REQUIRE(dead);
  CHECK((*dead - q).norm() < 1e-12);
}

TEST_CASE("where there is no stabilising solution the pencil has none", "[linear][schur]") {
  const Matrix one = Matrix::Identity(1, 1), none = 0.0 * one;
  // On the circle and without a cost; out of reach; an input that does and costs nothing.
  CHECK_FALSE(SolveRiccatiPencil(one, one, {none, one, none}));
  CHECK_FALSE(SolveRiccatiPencil(1.5 * one, none, {one, none, none}));
}

TEST_CASE("what doubling passes by is found all the same", "[linear][riccati][schur]") {
  // Growing modes without a cost beside a state that costs a thousand million: no shift of one size
  // suits both. The product of the closed loop's poles is known: growing ones are reflected.
  Matrix a = Matrix::Zero(3, 3), b(3, 1);
  a.diagonal() << 1.5, 4.0, 0.25;
  b << 1e-6, 1.0, 1e3;
  Matrix q = Matrix::Zero(3, 3);
  q(2, 2) = 1e-18;
  const QuadraticCost cost{q, 1e-9 * Matrix::Identity(1, 1), Matrix::Zero(3, 1)};
  const RiccatiSolution solution = SolveDiscreteRiccati(a, b, cost);
  CHECK(solution.spectral_radius < 1.0);
  CHECK(solution.residual < 1e-8);
}

}  // namespace
}  // namespace flyball
