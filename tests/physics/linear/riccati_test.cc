#include "physics/linear/riccati.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <random>

#include "physics/numeric/error.h"

namespace flyball {
namespace {

Matrix Scalar(double x) { return Matrix::Constant(1, 1, x); }

TEST_CASE("Lyapunov equations have their closed forms", "[linear][riccati]") {
  // x = a^2 x + q.
  CHECK(SolveDiscreteLyapunov(Scalar(0.9), Scalar(2.0))(0, 0) ==
        Approx(2.0 / (1 - 0.81)).epsilon(1e-14));
  // Nilpotent: a finite sum, exact.
  Matrix a(2, 2), expected(2, 2);
  a << 0, 3, 0, 0;
  expected << 1, 0, 0, 10;
  CHECK(SolveDiscreteLyapunov(a, Matrix::Identity(2, 2)) == expected);
  // Slow and rotating: the residual of a stable random matrix.
  std::mt19937 generator(2);
  std::normal_distribution<double> normal;
  Matrix random = Matrix::NullaryExpr(8, 8, [&] { return normal(generator); });
  random *= 0.999 / SpectralRadius(random);
  const Matrix q = random * random.transpose();
  const Matrix x = SolveDiscreteLyapunov(random, q);
  // The condition of the equation is about 1 / (1 - radius^2) = 500 times that of the matrix.
  CHECK((random.transpose() * x * random + q - x).norm() < 1e-10 * x.norm());
}

TEST_CASE("Lyapunov's equation has the solution that scipy has", "[linear][riccati]") {
  // scipy 1.17.1, solve_discrete_lyapunov(a.T, q).
  Matrix a(3, 3), q(3, 3), expected(3, 3);
  a << 0.5, 0.2, 0, -0.3, 0.6, 0.1, 0, 0.4, -0.7;
  q << 2, 0.5, 0, 0.5, 1, 0.2, 0, 0.2, 3;
  expected << 2.794364394957768, 0.48949269491335545, -0.19258444835876293, 0.48949269491335545,
      2.6957900521370366, -0.9694758974566033, -0.19258444835876298, -0.9694758974566035,
      6.201342208167246;
  CHECK((SolveDiscreteLyapunov(a, q) - expected).norm() < 1e-13 * expected.norm());
}

TEST_CASE("the spectral radius of a large matrix is that of its parts", "[linear][riccati]") {
  // Rotations by an angle, scaled: eigenvalues of known size, coupled one way, so far from normal.
  constexpr int kPairs = 70;
  Matrix a = Matrix::Zero(2 * kPairs, 2 * kPairs);
  for (int i = 0; i < kPairs; ++i) {
    const double size = 0.9995 - 0.001 * i, angle = 0.1 + 0.04 * i;
    a.block<2, 2>(2 * i, 2 * i) << size * std::cos(angle), -size * std::sin(angle),
        size * std::sin(angle), size * std::cos(angle);
    if (i > 0) a.block<2, 2>(2 * i - 2, 2 * i).setConstant(3.0);
  }
  CHECK(SpectralRadius(a) == Approx(0.9995).epsilon(1e-6));  // by squaring
  CHECK(SpectralRadius(a.topLeftCorner<60, 60>()) == Approx(0.9995).epsilon(1e-6));
  CHECK(SpectralRadius(2.0 * a) == Approx(1.999).epsilon(1e-6));
  CHECK(SpectralRadius(Matrix::Zero(140, 140)) == 0.0);
  Matrix nilpotent = Matrix::Zero(140, 140);
  nilpotent.diagonal(1).setConstant(2.0);
  CHECK(SpectralRadius(nilpotent) == 0.0);
}

TEST_CASE("an unstable matrix has no Lyapunov solution", "[linear][riccati]") {
  CHECK_THROWS_AS(SolveDiscreteLyapunov(Scalar(1.0), Scalar(1.0)), PhysicsError);
  CHECK_THROWS_WITH(SolveDiscreteLyapunov(Scalar(1.5), Scalar(1.0)), Catch::Contains("1.5"));
}

TEST_CASE("the scalar Riccati equation has its closed form", "[linear][riccati]") {
  for (const double a : {0.5, 1.0, 1.7}) {
    const double b = 0.8, q = 2.0, r = 0.3;
    // b^2 p^2 + (r (1 - a^2) - q b^2) p - q r = 0, the positive root.
    const double linear = r * (1 - a * a) - q * b * b;
    const double p = (-linear + std::sqrt(linear * linear + 4 * b * b * q * r)) / (2 * b * b);
    const RiccatiSolution solution =
        SolveDiscreteRiccati(Scalar(a), Scalar(b), {Scalar(q), Scalar(r), Scalar(0.0)});
    CHECK(solution.p(0, 0) == Approx(p).epsilon(1e-13));
    CHECK(solution.gain(0, 0) == Approx(-a * b * p / (r + b * b * p)).epsilon(1e-13));
    CHECK(solution.spectral_radius == Approx(std::abs(a * r / (r + b * b * p))).epsilon(1e-12));
  }
}

TEST_CASE("a cost-free unstable mode is stabilised", "[linear][riccati]") {
  // Q = 0: the least solution is P = 0, which does nothing; the stabilising one is
  // p = r (a^2 - 1) / b^2 and moves the eigenvalue to 1 / a.
  const double a = 1.25, b = 0.5, r = 2.0;
  const RiccatiSolution solution =
      SolveDiscreteRiccati(Scalar(a), Scalar(b), {Scalar(0.0), Scalar(r), Scalar(0.0)});
  CHECK(solution.p(0, 0) == Approx(r * (a * a - 1) / (b * b)).epsilon(1e-13));
  CHECK(solution.spectral_radius == Approx(1 / a).epsilon(1e-12));

  // The same through a cross term: Q - S R^-1 S' = 0 and A - B R^-1 S' unstable.
  const double s = 1.0, q = s * s / r;
  const double unstable = a - b * s / r;  // what is left when S has been removed: 1.0 < 1.25
  REQUIRE(unstable == 1.0);
  const double faster = a + b * s / r;  // the other sign: 1.5
  const RiccatiSolution crossed =
      SolveDiscreteRiccati(Scalar(a), Scalar(b), {Scalar(q), Scalar(r), Scalar(-s)});
  CHECK(crossed.p(0, 0) == Approx(r * (faster * faster - 1) / (b * b)).epsilon(1e-12));
}

TEST_CASE("a singular input weight is no obstacle", "[linear][riccati]") {
  // R = 0 with an invertible B: the state is brought to zero in one step, P = Q.
  Matrix a(2, 2), b(2, 2), q(2, 2);
  a << 1.2, 0.3, -0.4, 0.9;
  b << 1, 2, 0, 1;
  q << 2, 0.5, 0.5, 1;
  const RiccatiSolution solution =
      SolveDiscreteRiccati(a, b, {q, Matrix::Zero(2, 2), Matrix::Zero(2, 2)});
  CHECK((solution.p - q).norm() < 1e-12);
  CHECK((a + b * solution.gain).norm() < 1e-12);
}

TEST_CASE("no gain near the optimal one is cheaper", "[linear][riccati]") {
  std::mt19937 generator(3);
  std::normal_distribution<double> normal;
  const auto random = [&](int rows, int cols) -> Matrix {
    return Matrix::NullaryExpr(rows, cols, [&] { return normal(generator); });
  };
  const Matrix a = random(5, 5), b = random(5, 2), c = random(3, 5), d = random(3, 2);
  const QuadraticCost cost{c.transpose() * c, d.transpose() * d, c.transpose() * d};
  const RiccatiSolution solution = SolveDiscreteRiccati(a, b, cost);
  CHECK(solution.residual < 1e-12);
  CHECK(solution.spectral_radius < 1.0);
  const auto total = [&](const Matrix& gain) {
    const Matrix z = c + d * gain;
    return SolveDiscreteLyapunov(a + b * gain, z.transpose() * z).trace();
  };
  // The trace of P is what the optimal gain costs, and neighbours cost more, to second order.
  const double best = total(solution.gain);
  CHECK(best == Approx(solution.p.trace()).epsilon(1e-10));
  for (int i = 0; i < 10; ++i) CHECK(total(solution.gain + 1e-3 * random(2, 5)) > best);
}

TEST_CASE("what cannot be stabilised is named", "[linear][riccati]") {
  Matrix a(2, 2), b(2, 1);
  a << 0.5, 0, 0, 1.0625;
  b << 1, 0;
  const QuadraticCost cost{Matrix::Identity(2, 2), Scalar(1.0), Matrix::Zero(2, 1)};
  CHECK_THROWS_AS(SolveDiscreteRiccati(a, b, cost), InputError);
  CHECK_THROWS_WITH(SolveDiscreteRiccati(a, b, cost), Catch::Contains("1.0625"));
  // An integrator that the cost does not see: reachable, but no stabilising solution.
  Matrix q = Matrix::Zero(2, 2);
  q(0, 0) = 1.0;
  a(1, 1) = 1.0;
  b(1, 0) = 1.0;
  CHECK_THROWS_AS(SolveDiscreteRiccati(a, b, {q, Scalar(1.0), Matrix::Zero(2, 1)}), PhysicsError);
  // A slow mode is not a critical one: 1e-6 from the circle and seen.
  a(1, 1) = 1.0 - 1e-6;
  CHECK_NOTHROW(SolveDiscreteRiccati(
      a, b, {1e-12 * Matrix::Identity(2, 2), Scalar(1.0), Matrix::Zero(2, 1)}));
  CHECK_THROWS_WITH(SolveDiscreteRiccati(a, b, {q, Matrix::Ones(2, 2), Matrix::Zero(2, 1)}),
                    Catch::Contains("R has shape (2, 2); expected (1, 1)"));
}

}  // namespace
}  // namespace flyball
