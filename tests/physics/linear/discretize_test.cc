#include "physics/linear/discretize.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <random>

#include "physics/numeric/error.h"

namespace flyball {
namespace {

double Error(const Matrix& a, const Matrix& b) { return (a - b).norm() / (1.0 + b.norm()); }

TEST_CASE("the exponential has its closed forms", "[linear][discretize]") {
  // Sizes of angle and rate from below the lowest Pade degree to many squarings. Rounding grows
  // with the number of squarings, hence 1e-12 and not 1e-15.
  for (const double t : {1e-3, 0.1, 0.7, 1.9, 4.0, 30.0}) {
    Matrix rotation(2, 2);
    rotation << 0, -t, t, 0;
    Matrix expected(2, 2);
    expected << std::cos(t), -std::sin(t), std::sin(t), std::cos(t);
    CHECK(Error(Expm(rotation), expected) < 1e-12);

    Matrix jordan(3, 3);  // nilpotent part exact: e^-t (1, t, t^2 / 2)
    jordan << -t, t, 0, 0, -t, t, 0, 0, -t;
    Matrix powers(3, 3);
    powers << 1, t, t * t / 2, 0, 1, t, 0, 0, 1;
    CHECK(Error(Expm(jordan), std::exp(-t) * powers) < 1e-12);

    // A similarity: exp(V diag V^-1) = V exp(diag) V^-1.
    Matrix v(3, 3), inverse(3, 3);
    v << 1, 2, 0, 0, 1, 3, 0, 0, 1;
    inverse << 1, -2, 6, 0, 1, -3, 0, 0, 1;
    const Eigen::Vector3d modes(-t, 0.3 * t, -2 * t);
    const Matrix grown = modes.array().exp().matrix().asDiagonal();
    CHECK(Error(Expm(v * modes.asDiagonal() * inverse), v * grown * inverse) < 1e-11);
  }
  CHECK(Expm(Matrix::Zero(3, 3)) == Matrix::Identity(3, 3));
}

TEST_CASE("halving the step twice over is the step", "[linear][discretize]") {
  std::mt19937 generator(1);
  std::normal_distribution<double> normal;
  const Matrix a = Matrix::NullaryExpr(6, 6, [&] { return normal(generator); });
  const Matrix b = Matrix::NullaryExpr(6, 2, [&] { return normal(generator); });
  const HeldInput whole = DiscretizeHeldInput(a, b, 0.4), half = DiscretizeHeldInput(a, b, 0.2);
  CHECK(Error(half.a * half.a, whole.a) < 1e-13);
  CHECK(Error(half.a * half.b + half.b, whole.b) < 1e-13);
}

TEST_CASE("a held input has its closed forms", "[linear][discretize]") {
  Matrix a(2, 2), b(2, 1);
  a << 0, 1, 0, 0;  // a double integrator
  b << 0, 2;
  const double dt = 0.1;
  const HeldInput step = DiscretizeHeldInput(a, b, dt);
  Matrix expected_a(2, 2), expected_b(2, 1);
  expected_a << 1, dt, 0, 1;
  expected_b << dt * dt, 2 * dt;
  CHECK(Error(step.a, expected_a) < 1e-15);
  CHECK(Error(step.b, expected_b) < 1e-15);

  // A first-order lag of time constant 0.05 s.
  const HeldInput lag =
      DiscretizeHeldInput(Matrix::Constant(1, 1, -20.0), Matrix::Constant(1, 1, 20.0), dt);
  CHECK(lag.a(0, 0) == Approx(std::exp(-2.0)).epsilon(1e-14));
  CHECK(lag.b(0, 0) == Approx(1 - std::exp(-2.0)).epsilon(1e-14));
}

TEST_CASE("bad input to discretisation is refused", "[linear][discretize]") {
  const Matrix a = Matrix::Identity(2, 2), b = Matrix::Ones(2, 1);
  CHECK_THROWS_AS(DiscretizeHeldInput(a, b, 0.0), InputError);
  CHECK_THROWS_AS(DiscretizeHeldInput(a, b, -1.0), InputError);
  CHECK_THROWS_AS(DiscretizeHeldInput(a, b, std::nan("")), InputError);
  CHECK_THROWS_AS(DiscretizeHeldInput(a, Matrix::Ones(3, 1), 0.1), InputError);
  CHECK_THROWS_AS(DiscretizeHeldInput(a, Matrix::Constant(2, 1, INFINITY), 0.1), InputError);
  CHECK_THROWS_AS(Expm(Matrix::Ones(2, 3)), InputError);
  CHECK_THROWS_WITH(Expm(Matrix::Constant(1, 1, 1e6)), Catch::Contains("overflow"));
}

}  // namespace
}  // namespace flyball
