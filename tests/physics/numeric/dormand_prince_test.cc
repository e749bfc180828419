#include "physics/numeric/dormand_prince.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <numbers>

#include "physics/numeric/error.h"

namespace flyball {
namespace {

constexpr double kGravity = 9.81;
const auto kPendulum = [](double, std::span<const double> x, std::span<double> dx) {
  dx[0] = x[1];
  dx[1] = -kGravity * std::sin(x[0]);
};

// The period of a pendulum of 1 m released at an angle, by the arithmetic-geometric mean.
double Period(double angle) {
  double a = 1, b = std::cos(angle / 2);
  while (std::abs(a - b) > 1e-15) {
    const double mean = (a + b) / 2;
    b = std::sqrt(a * b);
    a = mean;
  }
  return 2 * std::numbers::pi / std::sqrt(kGravity) / a;
}

TEST_CASE("A pendulum is back where it was after one period, to the tolerance",
          "[dormand_prince]") {
  DormandPrince solver(2);
  for (const double tolerance : {1e-5, 1e-7, 1e-9, 1e-11}) {
    double x[] = {2.0, 0.0};
    const auto result =
        solver.Integrate(kPendulum, 0, Period(2.0), x, {tolerance, tolerance, 100000});
    CAPTURE(tolerance, result.accepted, x[0] - 2.0, x[1]);
    // The tolerance is of one step; errors of some dozens of steps add up and grow along the orbit.
    CHECK(std::abs(x[0] - 2.0) < 100 * tolerance);
    CHECK(std::abs(x[1]) < 100 * tolerance);
  }
}

TEST_CASE("A stiff RL circuit under alternating voltage meets its closed form",
          "[dormand_prince]") {
  // L i' = u sin(w t) - R i with L / R = 0.1 ms over 50 ms: steps are bound by stability.
  constexpr double kR = 10, kL = 1e-3, kU = 100, kW = 314.0;
  const double impedance_square = kR * kR + kW * kW * kL * kL;
  const auto current = [&](double t) {
    return kU / impedance_square *
           (kR * std::sin(kW * t) - kW * kL * std::cos(kW * t) + kW * kL * std::exp(-kR / kL * t));
  };
  const auto f = [&](double t, std::span<const double> x, std::span<double> dx) {
    dx[0] = (kU * std::sin(kW * t) - kR * x[0]) / kL;
  };
  DormandPrince solver(1);
  for (const double tolerance : {1e-4, 1e-6, 1e-8}) {
    double x[] = {0};
    solver.Integrate(f, 0, 0.05, x, {tolerance, tolerance, 10000});
    // Errors die out with the circuit's time constant, so they are of one step: 10 A at most.
    CHECK(std::abs(x[0] - current(0.05)) < 10 * 10 * tolerance);
  }
}

TEST_CASE("Steps are those of scipy.integrate.ode's dopri5", "[dormand_prince]") {
  // scipy 1.17.1: s = ode(f).set_integrator("dopri5"); s.set_initial_value([2, 0], 0)
  // s.integrate(5) with f counting its calls, and from 5 back to 3
  DormandPrince solver(2);
  double x[] = {2, 0};
  auto result = solver.Integrate(kPendulum, 0, 5, x);
  CHECK(result.evaluations == 530);
  // scipy sums in another order; what that rounds away grows along 2 swings.
  CHECK(x[0] == Approx(0x1.7ea8536ad1291p+0).epsilon(1e-12));
  CHECK(x[1] == Approx(0x1.8dbb9673ce9d8p+1).epsilon(1e-12));
  double back[] = {2, 0};
  result = solver.Integrate(kPendulum, 5, 3, back);
  CHECK(result.evaluations == 236);
  CHECK(back[0] == Approx(3.14792573e-03).epsilon(1e-8));  // as many digits as were printed
  CHECK(back[1] == Approx(-5.27111830).epsilon(1e-8));
}

TEST_CASE("What cannot be integrated is said, and the state stays", "[dormand_prince]") {
  DormandPrince solver(1);
  double x[] = {1};
  const auto blow_up = [](double, std::span<const double> at, std::span<double> dx) {
    dx[0] = at[0] * at[0];  // infinite at t = 1
  };
  CHECK_THROWS_AS(solver.Integrate(blow_up, 0, 2, x), PhysicsError);
  const auto broken = [](double, std::span<const double>, std::span<double> dx) {
    dx[0] = std::numeric_limits<double>::quiet_NaN();
  };
  CHECK_THROWS_AS(solver.Integrate(broken, 0, 2, x), PhysicsError);
  CHECK(x[0] == 1);
  CHECK(solver.Integrate(blow_up, 0, 0, x).evaluations == 0);
  double two[] = {1, 2};
  CHECK_THROWS_AS(solver.Integrate(blow_up, 0, 0.1, two), InputError);
  CHECK_THROWS_AS(solver.Integrate(blow_up, 0, 0.1, x, {0, 1e-6, 10}), InputError);
  CHECK_THROWS_AS(DormandPrince(0), InputError);
}

}  // namespace
}  // namespace flyball
