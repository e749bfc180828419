#include "physics/linear/optimal_control.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <complex>
#include <random>

#include "physics/linear/riccati.h"
#include "physics/numeric/decompositions.h"
#include "physics/numeric/error.h"

namespace flyball {
namespace {

using Catch::Contains;

Matrix Random(std::mt19937& generator, Eigen::Index rows, Eigen::Index cols) {
  std::normal_distribution<double> normal;
  return Matrix::NullaryExpr(rows, cols, [&] { return normal(generator); });
}

// Unstable, with every term there is: w feeds through to z and y, and correlates with both.
GeneralizedPlant RandomPlant(std::mt19937& generator) {
  GeneralizedPlant plant;
  plant.a = Random(generator, 4, 4);
  plant.a *= 1.1 / SpectralRadius(plant.a);
  plant.b1 = Random(generator, 4, 3);
  plant.b2 = Random(generator, 4, 2);
  plant.c1 = Random(generator, 5, 4);
  plant.d11 = 0.3 * Random(generator, 5, 3);
  plant.d12 = Random(generator, 5, 2);
  plant.c = Random(generator, 2, 4);
  plant.d21 = Random(generator, 2, 3);
  return plant;
}

// The largest singular value on a fine grid of frequencies.
double GainOnGrid(const ClosedLoop& loop) {
  double largest = 0.0;
  const Eigen::Index n = loop.a.rows();
  for (int i = 0; i <= 2000; ++i) {
    const std::complex<double> z = std::polar(1.0, M_PI * i / 2000);
    const Eigen::MatrixXcd inner =
        (z * Eigen::MatrixXcd::Identity(n, n) - loop.a.cast<std::complex<double>>())
            .partialPivLu()
            .solve(loop.b.cast<std::complex<double>>());
    const Eigen::MatrixXcd g =
        loop.c.cast<std::complex<double>>() * inner + loop.d.cast<std::complex<double>>();
    // Power iteration on g'g.
    Eigen::VectorXcd v = Eigen::VectorXcd::Ones(g.cols());
    double squared = 0.0;
    for (int k = 0; k < 60; ++k) {
      v = g.adjoint() * (g * v);
      squared = v.norm();
      v /= squared;
    }
    largest = std::max(largest, std::sqrt(squared));
  }
  return largest;
}

TEST_CASE("norms of a first-order loop have their closed forms", "[linear][control]") {
  // z = 2 / (s - 0.8) w + 0.5 w: |b c / (1 - a) + d| at zero frequency; b^2 c^2 / (1 - a^2) + d^2.
  const ClosedLoop loop{Matrix::Constant(1, 1, 0.8), Matrix::Constant(1, 1, 2.0),
                        Matrix::Constant(1, 1, 1.0), Matrix::Constant(1, 1, 0.5)};
  CHECK(HinfNorm(loop) == Approx(2.0 / 0.2 + 0.5).epsilon(2e-6));
  CHECK(H2Norm(loop) == Approx(std::sqrt(4.0 / (1 - 0.64) + 0.25)).epsilon(1e-12));
  ClosedLoop unstable = loop;
  unstable.a(0, 0) = 1.1;
  CHECK_THROWS_WITH(H2Norm(unstable), Contains("1.1"));
  CHECK_THROWS_AS(HinfNorm(unstable), PhysicsError);
}

TEST_CASE("no controller near the H2 one has a smaller norm", "[linear][control]") {
  std::mt19937 generator(11);
  for (int trial = 0; trial < 4; ++trial) {
    const GeneralizedPlant plant = RandomPlant(generator);
    for (const bool late : {false, true}) {
      const GeneralizedPlant seen = late ? WithLateMeasurement(plant) : plant;
      const ObserverController best = DesignH2(seen);
      const double norm = H2Norm(Close(seen, best));
      for (int i = 0; i < 6; ++i) {
        ObserverController other = best;
        const auto disturb = [&](Matrix& m) { m += 1e-3 * Random(generator, m.rows(), m.cols()); };
        disturb(other.k);
        disturb(other.l);
        disturb(other.f);
        disturb(other.a);
        const double worse = H2Norm(Close(seen, other));
        CHECK(worse > norm);
        CHECK(worse < 1.1 * norm);  // to second order
      }
    }
    // A measurement that comes late is worth less.
    CHECK(H2Norm(Close(WithLateMeasurement(plant), DesignH2(WithLateMeasurement(plant)))) >
          H2Norm(Close(plant, DesignH2(plant))));
  }
}

TEST_CASE("the filter is the one of the textbook's scalar", "[linear][control]") {
  // x+ = a x + v, y = x + e: s^2 + s (r (1 - a^2) - q) - q r = 0, gain a s / (s + r).
  const double a = 0.9, q = 0.5, r = 2.0;
  const Matrix one = Matrix::Identity(1, 1);
  const FilterSolution filter = SolveFilterRiccati(a * one, one, {q * one, r * one, 0.0 * one});
  const double linear = r * (1 - a * a) - q;
  const double s = (-linear + std::sqrt(linear * linear + 4 * q * r)) / 2;
  CHECK(filter.covariance(0, 0) == Approx(s).epsilon(1e-13));
  CHECK(filter.gain(0, 0) == Approx(a * s / (s + r)).epsilon(1e-13));
}

TEST_CASE("what cannot be detected is named", "[linear][control]") {
  Matrix a(2, 2), c(1, 2);
  a << 0.5, 0, 0, 1.25;
  c << 1, 0;
  const NoiseCovariance noise{Matrix::Identity(2, 2), Matrix::Identity(1, 1), Matrix::Zero(2, 1)};
  CHECK_THROWS_AS(SolveFilterRiccati(a, c, noise), InputError);
  CHECK_THROWS_WITH(SolveFilterRiccati(a, c, noise),
                    Contains("cannot be detected") && Contains("1.25"));
}

TEST_CASE("H-infinity state feedback is a saddle point", "[linear][control]") {
  std::mt19937 generator(12);
  for (int trial = 0; trial < 4; ++trial) {
    const GeneralizedPlant plant = RandomPlant(generator);
    const double least = AttainableHinf(plant, 1e-5);
    const double gamma = 1.2 * least;
    const HinfStateFeedback design = DesignHinf(plant, gamma);
    const ClosedLoop loop = Close(plant, design.gain);
    CHECK(HinfNorm(loop) < gamma);
    CHECK(HinfNorm(loop) >= GainOnGrid(loop) * (1 - 1e-6));
    CHECK(HinfNorm(loop) == Approx(GainOnGrid(loop)).epsilon(1e-3));

    // From x, the worst w gains x'Px; any other gains less, and against it any other u pays more.
    const Eigen::VectorXd start = Random(generator, 4, 1);
    const auto value = [&](const Matrix& gain, const Matrix& worst) {
      const Matrix closed = plant.a + plant.b2 * gain + plant.b1 * worst;
      const Matrix z = plant.c1 + plant.d12 * gain + plant.d11 * worst;
      const Matrix p = SolveDiscreteLyapunov(
          closed, z.transpose() * z - gamma * gamma * worst.transpose() * worst);
      return start.dot(p * start);
    };
    const double game = start.dot(design.p * start);
    CHECK(value(design.gain, design.worst) == Approx(game).epsilon(1e-9));
    for (int i = 0; i < 5; ++i) {
      CHECK(value(design.gain, design.worst + 1e-3 * Random(generator, 3, 4)) < game);
      CHECK(value(design.gain + 1e-3 * Random(generator, 2, 4), design.worst) > game);
    }
    // Close to the least level the design is close to it; below it there is none.
    CHECK(HinfNorm(Close(plant, DesignHinf(plant, 1.001 * least).gain)) > 0.98 * least);
    CHECK_THROWS_AS(DesignHinf(plant, 0.99 * least), InputError);
    // Without a worst case to fear it is the optimal regulator.
    const Matrix regulator = SolveDiscreteRiccati(plant.a, plant.b2, plant.Cost()).gain;
    CHECK((DesignHinf(plant, 1e6 * least).gain - regulator).norm() < 1e-6 * regulator.norm());
  }
}

TEST_CASE("H-infinity output feedback keeps its level", "[linear][control]") {
  std::mt19937 generator(13);
  for (int trial = 0; trial < 4; ++trial) {
    const GeneralizedPlant plant = RandomPlant(generator);
    for (const bool late : {false, true}) {
      const GeneralizedPlant seen = late ? WithLateMeasurement(plant) : plant;
      const double least = AttainableHinfOutput(seen, 1e-4);
      for (const double factor : {1.01, 1.5}) {
        const ClosedLoop loop = Close(seen, DesignHinfOutput(seen, factor * least));
        CHECK(SpectralRadius(loop.a) < 1.0);
        CHECK(HinfNorm(loop) < factor * least);
        CHECK(GainOnGrid(loop) < factor * least);
      }
      CHECK_THROWS_WITH(DesignHinfOutput(seen, 0.9 * least), Contains("smallest level"));
      // No other controller that we have does better.
      CHECK(HinfNorm(Close(seen, DesignH2(seen))) > least * (1 - 1e-3));
    }
    // With every state measured at once there is nothing to estimate.
    GeneralizedPlant open = plant;
    open.b1 = Random(generator, 4, 4);
    open.d11 = Matrix::Zero(5, 4);
    open.c = Matrix::Identity(4, 4);
    open.d21 = Matrix::Zero(4, 4);
    CHECK(AttainableHinfOutput(open, 1e-4) == Approx(AttainableHinf(open, 1e-4)).epsilon(1e-3));
    // Far from the least level it is the H2 controller.
    const ObserverController far = DesignHinfOutput(plant, 1e5 * AttainableHinfOutput(plant));
    const ObserverController h2 = DesignH2(plant);
    CHECK((far.k - h2.k).norm() < 1e-4 * h2.k.norm());
    CHECK((far.l - h2.l).norm() < 1e-4 * h2.l.norm());
    CHECK((far.f - h2.f).norm() < 1e-4 * h2.f.norm());
  }
}

TEST_CASE("faint weights make a controller where there was none", "[linear][control]") {
  // An integrator that neither the cost sees nor noise drives, beside a state that they do.
  GeneralizedPlant plant;
  plant.a = Eigen::Vector2d(0.5, 1.0).asDiagonal();
  plant.b1 = Eigen::Vector2d(1.0, 0.0);
  plant.b2 = Eigen::Vector2d(1.0, 1.0);
  plant.c1 = Matrix::Zero(2, 2);
  plant.c1(0, 0) = 1.0;
  plant.d11 = Matrix::Zero(2, 1);
  plant.d12 = Eigen::Vector2d(0.0, 1.0);
  plant.c = Matrix::Ones(1, 2);
  plant.d21 = Matrix::Constant(1, 1, 0.1);
  CHECK_THROWS_AS(DesignH2(plant), PhysicsError);
  const GeneralizedPlant faint = WithFaintWeights(plant, 1e-6);
  // What was there is there still: the weights are a trifle of it.
  CHECK(faint.Cost().q(0, 0) == Approx(1.0).epsilon(1e-5));
  CHECK(faint.Cost().r(0, 0) == Approx(1.0).epsilon(1e-5));
  CHECK(faint.Cost().s.norm() == 0.0);
  CHECK((faint.b1 * faint.b1.transpose() - plant.b1 * plant.b1.transpose()).norm() < 1e-5);
  CHECK(SpectralRadius(Close(plant, DesignH2(faint)).a) < 1.0);
  const double gamma = 1.2 * AttainableHinfOutput(faint);
  CHECK(HinfNorm(Close(faint, DesignHinfOutput(faint, gamma))) < gamma);
}

TEST_CASE("a level that makes no sense is refused", "[linear][control]") {
  std::mt19937 generator(14);
  GeneralizedPlant plant = RandomPlant(generator);
  for (const double gamma : {0.0, -1.0, double(NAN), double(INFINITY)}) {
    CHECK_THROWS_WITH(DesignHinf(plant, gamma), Contains("positive and finite"));
  }
  plant.b2.setZero();
  CHECK_THROWS_WITH(DesignHinf(plant, 10.0), Contains("cannot be stabilised"));
  CHECK_THROWS_WITH(DesignH2(plant), Contains("cannot be stabilised"));
}

}  // namespace
}  // namespace flyball
