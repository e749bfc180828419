#include "physics/numeric/ode.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

namespace flyball {
namespace {

// A damped, coupled, non-linear pair; its solution at t = 1 comes from a far finer step.
struct Pendulum {
  template <class X, class Dx>
  void operator()(const X& x, Dx& dx) const {
    dx[0] = x[1];
    dx[1] = -9.81 * Sin(x[0]) - 0.3 * x[1];
  }
};

template <class Step>
double ErrorAtOne(int steps, const Step& step) {
  std::array<double, 2> x = {1.0, 0.5}, fine = x;
  for (int i = 0; i < steps; ++i) step(1.0 / steps, x);
  for (int i = 0; i < 20000; ++i) Rk4Step(Pendulum{}, 1.0 / 20000, fine);
  return std::hypot(x[0] - fine[0], x[1] - fine[1]);
}

// Errors fall with the order of the method; 0.1 is what the next term leaves at these steps.
TEST_CASE("Fixed-step methods converge at their order", "[ode]") {
  const auto euler = [](double h, std::array<double, 2>& x) { EulerStep(Pendulum{}, h, x); };
  const auto rk4 = [](double h, std::array<double, 2>& x) { Rk4Step(Pendulum{}, h, x); };
  CHECK(std::log2(ErrorAtOne(2000, euler) / ErrorAtOne(4000, euler)) == Approx(1).margin(0.1));
  CHECK(std::log2(ErrorAtOne(80, rk4) / ErrorAtOne(160, rk4)) == Approx(4).margin(0.1));
}

TEST_CASE("One step of Runge-Kutta on a linear equation is the Taylor series to order four",
          "[ode]") {
  const double z = 0.3 * -2.0;
  std::array<double, 1> x = {1.5};
  Rk4Step([](const auto& at, auto& dx) { dx[0] = -2.0 * at[0]; }, 0.3, x);
  // Each of a dozen operations rounds by at most half an ulp.
  CHECK(x[0] ==
        Approx(1.5 * (1 + z + z * z / 2 + z * z * z / 6 + z * z * z * z / 24)).epsilon(1e-15));
}

TEST_CASE("A row of lanes takes the very steps of a single row", "[ode]") {
  std::array<Lanes<8>, 2> x;
  for (int lane = 0; lane < 8; ++lane) SetLane(x[0], lane, 0.3 * lane), SetLane(x[1], lane, -1.0);
  Lanes<8> h = 0.01;
  SetLane(h, 5, 0.02);  // steps may differ by row
  for (int i = 0; i < 50; ++i) Rk4Step(Pendulum{}, h, x);
  for (int lane = 0; lane < 8; ++lane) {
    std::array<double, 2> single = {0.3 * lane, -1.0};
    for (int i = 0; i < 50; ++i) Rk4Step(Pendulum{}, GetLane(h, lane), single);
    CHECK(GetLane(x[0], lane) == single[0]);
    CHECK(GetLane(x[1], lane) == single[1]);
  }
}

TEST_CASE("Steppers for sizes known at run time take the same steps", "[ode]") {
  std::array<double, 2> fixed = {1.0, 0.5};
  std::vector<double> x = {1.0, 0.5}, work(6);
  const auto f = [](std::span<const double> at, std::span<double> dx) { Pendulum{}(at, dx); };
  for (int i = 0; i < 20; ++i) {
    Rk4Step(Pendulum{}, 0.01, fixed);
    Rk4Step(f, 0.01, std::span<double>(x), std::span<double>(work));
    EulerStep(Pendulum{}, 0.001, fixed);
    EulerStep(f, 0.001, std::span<double>(x), std::span<double>(work));
  }
  CHECK(x[0] == fixed[0]);
  CHECK(x[1] == fixed[1]);
}

}  // namespace
}  // namespace flyball
