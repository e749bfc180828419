#include "physics/field/boundary_plant.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <numbers>

#include "physics/field/backstepping.h"
#include "physics/numeric/error.h"

namespace flyball {
namespace {

constexpr double kPi = std::numbers::pi;

double SizeOf(std::span<const double> x) {
  double size = 0.0;
  for (const double v : x) size = std::max(size, std::abs(v));
  return size;
}

Transport UniformTransport(int cells, double beta, double speed = 1.0, double length = 1.0) {
  return {.length = length, .speed = speed, .beta = std::vector<double>(cells + 1, beta)};
}

TEST_CASE("transport with constant recirculation has its closed form", "[field][boundary]") {
  // From u = 1 and without control: u(0, t) = exp(beta t) until what was put in at X at t = 0
  // arrives at X / c, and then u(0, t) = exp(beta t) - (1 + beta (t - X / c)) exp(beta (t - X / c)).
  const double beta = 0.8, speed = 2.0, length = 3.0, delay = length / speed;
  // Second order before the jump arrives; after it first, since the trapezoid rule goes across it.
  double last = 0.0;
  for (const int cells : {60, 120}) {
    const Transport plant = UniformTransport(cells, beta, speed, length);
    std::vector<double> u(plant.n(), 1.0);
    double before = 0.0, after = 0.0;
    for (int i = 1; i <= 2 * cells; ++i) {
      plant.Step(u, 0.0);
      const double t = i * plant.step(), past = t - delay;
      if (i < cells) before = std::max(before, std::abs(u[0] - std::exp(beta * t)));
      const double expected = std::exp(beta * t) - (1 + beta * past) * std::exp(beta * past);
      if (i > cells) after = std::max(after, std::abs(u[0] - expected));
    }
    if (last > 0.0) CHECK(last / before == Approx(4.0).epsilon(0.1));
    last = before;
    CHECK(after < 2.0 / cells);
  }
}

TEST_CASE("a jump travels without smearing", "[field][boundary]") {
  const Transport plant = UniformTransport(50, 0.0);
  std::vector<double> u(51, 0.0);
  for (int i = 0; i < 20; ++i) plant.Step(u, 1.0);
  for (int i = 0; i <= 50; ++i) CHECK(u[i] == (i >= 30 ? 1.0 : 0.0));
}

TEST_CASE("backstepping empties a transport line in its own time", "[field][boundary]") {
  // The kernel for constant beta: U = -int beta exp(beta (X - x)) u dx, c = 1.
  const double beta = 1.5;
  for (const int cells : {100, 200}) {
    const std::vector<double> gain = BackstepTransport(UniformTransport(cells, beta));
    for (int j = 1; j < cells; ++j) {
      const double x = static_cast<double>(j) / cells;
      // The weights are those of the scheme's own quadrature, whose nodes lie within half a cell.
      CHECK(gain[j] * cells == Approx(-beta * std::exp(beta * (1 - x))).epsilon(beta / cells));
    }
  }
  // With PDEControlGym's beta too, everything is gone after twice the delay.
  Transport plant = UniformTransport(100, 0.0);
  for (int j = 0; j <= 100; ++j) plant.beta[j] = 5 * std::cos(7.35 * std::acos(j / 100.0));
  const std::vector<double> gain = BackstepTransport(plant);
  std::vector<double> u(101, 3.0);
  for (int i = 0; i < 201; ++i) {
    double control = 0.0;
    for (int j = 0; j <= 100; ++j) control += gain[j] * u[j];
    plant.Step(u, control);
    if (i == 101) CHECK(std::abs(u[0]) < 1e-10);
  }
  CHECK(SizeOf(u) < 1e-9);
}

TEST_CASE("waves run round the string exactly", "[field][boundary]") {
  // Fixed at 0 in r + s (s = -r), r = s + U at X: a pulse of r comes back as -r after 2 X / c.
  const Hyperbolic plant{.cells = 40, .length = 2.0, .speed = 4.0, .q = -1.0, .g = 1.0};
  std::vector<double> x(plant.n(), 0.0);
  x[25] = 1.0;
  for (int i = 0; i < 80; ++i) plant.Step(x, 0.0);
  for (int j = 0; j < plant.n(); ++j) CHECK(x[j] == (j == 25 ? -1.0 : 0.0));
}

TEST_CASE("coupled waves and their load converge to second order", "[field][boundary]") {
  const auto solve = [](int cells) {
    const Hyperbolic plant{.cells = cells,
                           .length = 1.0,
                           .speed = 1.0,
                           .a11 = -0.3,
                           .a12 = 0.5,
                           .a21 = 0.4,
                           .a22 = -0.2,
                           .q = -1.0,
                           .g = -0.5,
                           .coupling = 2.0,
                           .rate = 0.2,
                           .drive = 1.0};
    std::vector<double> x(plant.n());
    for (int j = 0; j <= cells; ++j) {
      const double at = static_cast<double>(j) / cells;
      x[j] = std::pow(std::sin(kPi * at), 4);
      x[cells + 1 + j] = -0.5 * std::pow(std::sin(kPi * at), 4);
    }
    for (int i = 0; i < 3 * cells / 2; ++i) plant.Step(x, 0.0);
    return std::vector<double>{x[0], x[cells / 2], x[cells + 1 + cells / 2], x[2 * cells + 2]};
  };
  const auto coarse = solve(40), middle = solve(80), fine = solve(160);
  for (int k = 0; k < 4; ++k) {
    CHECK((coarse[k] - middle[k]) / (middle[k] - fine[k]) == Approx(4.0).epsilon(0.15));
  }
}

TEST_CASE("a load on waves without coupling has its closed form", "[field][boundary]") {
  // r = 1 arrives at all times, s(0) = 2 z - 1 leaves for good, z' = -z + 1.
  const Hyperbolic plant{
      .cells = 200, .q = -1.0, .g = 0.0, .coupling = 2.0, .rate = -1.0, .drive = 1.0};
  std::vector<double> x(plant.n(), 0.0);
  for (int j = 0; j <= 200; ++j) x[j] = 1.0;
  for (int i = 0; i < 300; ++i) plant.Step(x, 1.0);
  CHECK(x.back() == Approx(1 - std::exp(-1.5)).epsilon(1e-5));
  // And what is seen at x = 0.4 left x = 0 at 1.5 - 0.4.
  CHECK(x[201 + 80] == Approx(2 * (1 - std::exp(-1.1)) - 1).epsilon(1e-5));
}

TEST_CASE("backstepping makes a load follow its target", "[field][boundary]") {
  const Hyperbolic plant{.cells = 100,
                         .length = 1.0,
                         .speed = 1.0,
                         .a11 = -0.05,
                         .a12 = -0.05,
                         .a21 = -0.05,
                         .a22 = -0.05,
                         .q = -1.0,
                         .g = -1.0,
                         .coupling = 2.0,
                         .rate = 0.2,
                         .drive = 1.0};
  const std::vector<double> gain = BackstepHyperbolic(plant, -1.2);  // z' = -z
  std::vector<double> x(plant.n(), 1.0);
  double before = 0.0;
  for (int i = 1; i <= 600; ++i) {
    double control = 0.0;
    for (int j = 0; j < plant.n(); ++j) control += gain[j] * x[j];
    plant.Step(x, control);
    if (i == 200) before = x.back();
    if (i == 300) CHECK(x.back() == Approx(before * std::exp(-1.0)).epsilon(1e-4));
  }
  CHECK(x.back() == Approx(before * std::exp(-4.0)).epsilon(1e-3));
  CHECK(SizeOf(x) < 10 * x.back());  // the waves are what the load was up to 2 s before
  CHECK_THROWS_AS(BackstepHyperbolic(plant, 0.1), InputError);
}

TEST_CASE("reaction-diffusion grows and decays by its eigenvalues", "[field][boundary]") {
  // Dirichlet: sin(k pi x) at lambda - d (k pi)^2; Neumann: sin((k - 1/2) pi x).
  for (const bool neumann : {false, true}) {
    double last = 0.0;
    for (const int cells : {50, 100}) {
      const ReactionDiffusion plant{
          .diffusivity = 0.7, .lambda = std::vector<double>(cells + 1, 4.0), .neumann = neumann};
      const HeldMap map = plant.Map(0.1);
      const double q = neumann ? 1.5 * kPi : 2 * kPi, rate = 4.0 - 0.7 * q * q;
      double error = 0.0;
      for (int i = 1; i < cells; ++i) {
        double sum = 0.0;
        for (int j = 0; j <= cells; ++j) {
          sum += map.a[static_cast<size_t>(i) * map.n + j] * std::sin(q * j / cells);
        }
        error = std::max(error, std::abs(sum - std::exp(0.1 * rate) * std::sin(q * i / cells)));
      }
      if (last > 0.0) CHECK(last / error == Approx(4.0).epsilon(0.05));
      last = error;
    }
  }
}

TEST_CASE("a held boundary leads to its steady field", "[field][boundary]") {
  // u'' = 0 with u(1) = 2 or u'(1) = 2: u = 2 x, which central differences have exactly.
  for (const bool neumann : {false, true}) {
    const ReactionDiffusion plant{.lambda = std::vector<double>(41, 0.0), .neumann = neumann};
    const HeldMap map = plant.Map(20.0);
    for (int i = 0; i <= 40; ++i) CHECK(2.0 * map.b[i] == Approx(2.0 * i / 40).margin(1e-12));
  }
}

// I1 by its series.
double BesselI1(double x) {
  double term = 0.5 * x, sum = term;
  for (int k = 1; k < 60; ++k) sum += term *= 0.25 * x * x / (k * (k + 1));
  return sum;
}

TEST_CASE("the reaction-diffusion kernel is Bessel's for a constant reaction",
          "[field][boundary]") {
  double last = 0.0;
  for (const int cells : {50, 100}) {
    const ReactionDiffusion plant{.diffusivity = 2.0,
                                  .lambda = std::vector<double>(cells + 1, 20.0)};
    const std::vector<double> k = ReactionDiffusionKernel(plant, 4.0);
    const double l = 12.0;
    double error = 0.0;
    for (int j = 1; j < cells; ++j) {
      const double y = static_cast<double>(j) / cells, z = std::sqrt(l * (1 - y * y));
      error = std::max(error, std::abs(k[static_cast<size_t>(cells) * (cells + 1) + j] +
                                       l * y * BesselI1(z) / z));
    }
    if (last > 0.0) CHECK(last / error == Approx(4.0).epsilon(0.1));
    last = error;
  }
  CHECK(last < 2e-2);  // of about 20
}

TEST_CASE("backstepping stills a reactor that runs away alone", "[field][boundary]") {
  for (const bool neumann : {false, true}) {
    ReactionDiffusion plant{.lambda = std::vector<double>(201), .neumann = neumann};
    for (int j = 0; j <= 200; ++j) plant.lambda[j] = 50 * std::cos(8 * std::acos(j / 200.0));
    const HeldMap map = plant.Map(1e-3);
    const std::vector<double> gain = BackstepReactionDiffusion(plant, 5.0);
    for (const bool controlled : {false, true}) {
      std::vector<double> u(201, 1.0), next(201);
      u[0] = 0.0;
      double sizes[2];
      for (int i = 0; i < 600; ++i) {
        double control = 0.0;
        if (controlled) {
          for (int j = 0; j <= 200; ++j) control += gain[j] * u[j];
        }
        for (int r = 0; r <= 200; ++r) {
          double sum = map.b[r] * control;
          for (int j = 0; j <= 200; ++j) sum += map.a[static_cast<size_t>(r) * 201 + j] * u[j];
          next[r] = sum;
        }
        u.swap(next);
        if (i == 299) sizes[0] = SizeOf(u);
      }
      sizes[1] = SizeOf(u);
      CAPTURE(neumann, controlled, sizes[0], sizes[1]);
      if (!controlled) CHECK(sizes[1] > 1.2 * sizes[0]);
      // The target decays with at least `decay` and the first eigenvalue, (pi / 2)^2 or pi^2.
      if (controlled) CHECK(sizes[1] < sizes[0] * std::exp(-0.3 * (5.0 + (neumann ? 2.3 : 9.5))));
    }
  }
}

TEST_CASE("plants too coarse are refused", "[field][boundary]") {
  std::vector<double> u(5, 0.0);
  CHECK_THROWS_AS(UniformTransport(4, 1.0).Step(u, 0.0), InputError);
  CHECK_THROWS_AS((ReactionDiffusion{.lambda = std::vector<double>(5, 1.0)}).Map(0.1), InputError);
  CHECK_THROWS_AS((ReactionDiffusion{.lambda = std::vector<double>(50, 1.0)}).Map(0.0), InputError);
}

}  // namespace
}  // namespace flyball
