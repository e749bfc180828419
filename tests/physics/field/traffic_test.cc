#include "physics/field/traffic.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <complex>
#include <numbers>
#include <vector>

#include "physics/field/backstepping.h"

namespace flyball {
namespace {

constexpr double kPi = std::numbers::pi;

struct Road {
  TrafficData data;
  std::vector<double> rho, v, work;
  explicit Road(int cells, double step) {
    data.cells = cells;
    data.step = step;
    rho.assign(cells + 1, 0.12);
    v.assign(cells + 1, data.Wish(0.12));
    work.resize(4 * (cells + 1));
  }
  void Step(double in, double out, bool copy = false) {
    StepTraffic(data, TrafficEnds<double>{in, out}, copy, rho.data(), v.data(), work.data());
  }
};

TEST_CASE("even traffic stays even", "[field][traffic]") {
  for (const bool copy : {false, true}) {
    Road road(50, 0.25);
    for (int i = 0; i < 400; ++i) road.Step(1.2, 1.2, copy);
    for (int j = 0; j <= 50; ++j) {
      CHECK(road.rho[j] == Approx(0.12).epsilon(1e-10));
      CHECK(road.v[j] == Approx(10.0).epsilon(1e-10));
    }
  }
}

TEST_CASE("small waves of traffic travel and fade as they should", "[field][traffic]") {
  // About the steady state, w = v - V(rho) obeys w_t + v* w_x = -w / tau, and v obeys
  // v_t + (v* + rho* V') v_x = -w / tau; here V' = -250 and the second speed is -20 m/s. A pulse of
  // v alone runs upstream unchanged; a pulse of w downstream, fading with tau.
  for (const bool of_speed : {true, false}) {
    double last = 0.0;
    for (const int cells : {200, 400}) {
      Road road(cells, 20.0 / cells);  // at a Courant number of 1 the scheme would be exact
      const auto pulse = [&](double x) { return 1e-6 * std::exp(-std::pow((x - 250) / 30, 2)); };
      for (int j = 0; j <= cells; ++j) {
        const double p = pulse(500.0 / cells * j);
        // v: w = 0 asks for rho = -p / 250 more. w: v = v* asks for w = 250 (rho - rho*).
        if (of_speed) road.v[j] += p;
        road.rho[j] += of_speed ? -p / 250 : p / 250;
      }
      const int steps = cells / 4;  // 5 s
      for (int i = 0; i < steps; ++i) road.Step(1.2, 1.2);
      double error = 0.0;
      for (int j = 0; j <= cells; ++j) {
        const double x = 500.0 / cells * j, v = road.v[j] - 10.0;
        const double w = road.v[j] - road.data.Wish(road.rho[j]);
        const double expected = of_speed ? pulse(x + 100) : std::exp(-5.0 / 60) * pulse(x - 50);
        error = std::max(error, std::abs((of_speed ? v : w) - expected));
      }
      CAPTURE(of_speed, cells, error);
      if (last > 0.0) CHECK(last / error > 3.3);  // second order, less what the waves' size adds
      last = error;
    }
    CHECK(last < 2e-8);  // of 1e-6
  }
}

TEST_CASE("traffic converges to second order", "[field][traffic]") {
  const auto solve = [](int cells) {
    Road road(cells, 5.0 / cells);
    for (int j = 0; j <= cells; ++j) {
      const double x = static_cast<double>(j) / cells;
      road.rho[j] *= 1 + 0.05 * std::pow(std::sin(kPi * x), 4);
      road.v[j] = 1.2 / road.rho[j];
    }
    for (int i = 0; i < cells; ++i) road.Step(1.2, 1.2);  // 5 s
    return std::vector<double>{road.rho[cells / 4], road.rho[cells / 2], road.v[cells / 2],
                               road.v[3 * cells / 4]};
  };
  const auto coarse = solve(200), middle = solve(400), fine = solve(800);
  for (int k = 0; k < 4; ++k) {
    CHECK((coarse[k] - middle[k]) / (middle[k] - fine[k]) == Approx(4.0).epsilon(0.2));
  }
}

TEST_CASE("cars on the inner road change by what flows in and out", "[field][traffic]") {
  Road road(50, 0.2);
  for (int j = 0; j <= 50; ++j) {
    road.rho[j] *= 1 + 0.1 * std::sin(3 * kPi * j / 50);
    road.v[j] = 1.2 / road.rho[j];
  }
  for (int i = 0; i < 100; ++i) {
    double before = 0.0, after = 0.0;
    for (int j = 1; j < 50; ++j) before += road.rho[j] * 10.0;
    // The fluxes at the first and last half cells, by the scheme's own half step.
    const auto half_flux = [&](int j) {
      const auto wish = [&](double rho) { return road.data.Wish(rho); };
      const double y0 = road.rho[j] * (road.v[j] - wish(road.rho[j]));
      const double y1 = road.rho[j + 1] * (road.v[j + 1] - wish(road.rho[j + 1]));
      const double ratio = 0.2 / 10.0;
      const double rho = 0.5 * (road.rho[j] + road.rho[j + 1]) -
                         0.5 * ratio * (road.rho[j + 1] * road.v[j + 1] - road.rho[j] * road.v[j]);
      const double y = 0.5 * (y0 + y1) - 0.5 * ratio * (y1 * road.v[j + 1] - y0 * road.v[j]) -
                       0.25 * 0.2 / 60 * (y0 + y1);
      return y + rho * wish(rho);
    };
    const double net = half_flux(0) - half_flux(49);
    road.Step(1.2, 1.1);
    for (int j = 1; j < 50; ++j) after += road.rho[j] * 10.0;
    CHECK(after - before == Approx(0.2 * net).margin(1e-12));
    CHECK(road.rho[0] * road.v[0] == Approx(1.2).epsilon(1e-12));
    CHECK(road.rho[50] * road.v[50] == Approx(1.1).epsilon(1e-12));
  }
}

TEST_CASE("metered traffic is even when its waves have left", "[field][traffic]") {
  // 25 s upstream at 20 m/s and 50 s downstream at 10 m/s. A wave of 1e-6, so that it is the linear
  // design that is tested; what is left is the scheme's, of second order in the cells.
  struct Meters {
    bool in, out;
  };
  for (const Meters meters : {Meters{false, true}, Meters{true, false}, Meters{true, true}}) {
    double last = 0.0;
    for (const int cells : {100, 200}) {
      CAPTURE(meters.in, meters.out, cells);
      Road road(cells, 10.0 / cells);
      const int n = 2 * (cells + 1);
      const std::vector<double> gain =
          BackstepTraffic(road.data, 0.12, meters.in, meters.out, false);
      REQUIRE(static_cast<int>(gain.size()) == n * (meters.in + meters.out));
      for (int j = 0; j <= cells; ++j) {
        road.rho[j] += 1e-6 * std::sin(3 * kPi * j / cells);
        road.v[j] += 1e-4 * std::cos(2 * kPi * j / cells);
      }
      const auto size = [&] {
        double sum = 0.0;
        for (int j = 0; j <= cells; ++j) {
          sum += std::pow(road.rho[j] / 0.12 - 1, 2) + std::pow(road.v[j] / 10 - 1, 2);
        }
        return std::sqrt(sum / n);
      };
      const double first = size();
      const auto flow = [&](int row) {
        double q = 1.2;
        for (int j = 0; j < n; ++j) {
          const double off = j <= cells ? road.rho[j] - 0.12 : road.v[j - cells - 1] - 10.0;
          q += gain[static_cast<size_t>(row) * n + j] * off;
        }
        return q;
      };
      const int steps = static_cast<int>(80.0 / road.data.step);
      for (int i = 0; i < steps; ++i) {
        const double in = meters.in ? flow(0) : 1.2;
        const double out = meters.out ? flow(meters.in ? 1 : 0) : 1.2;
        road.Step(in, out);
      }
      const double left = size() / first;
      CAPTURE(left);
      CHECK(left < 0.05);
      if (last > 0.0) CHECK(left < 0.6 * last);
      last = left;
    }
  }
}

}  // namespace
}  // namespace flyball
