#include "physics/numeric/box_ascent.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <vector>

namespace flyball {
namespace {

constexpr double kInfinite = std::numeric_limits<double>::infinity();

TEST_CASE("a quadratic's maximum in a box", "[numeric][ascent]") {
  // -sum c (x - p)^2 with curvatures from 1 to 1000: each entry at its p, or at the bound before it.
  const std::vector<double> curvature = {1, 10, 100, 1000}, peak = {0.3, -2, 0.7, 5};
  const auto f = [&](std::span<const double> x, std::span<double> slope) {
    double value = 0.0;
    for (size_t i = 0; i < 4; ++i) {
      value -= curvature[i] * (x[i] - peak[i]) * (x[i] - peak[i]);
      slope[i] = -2 * curvature[i] * (x[i] - peak[i]);
    }
    return value;
  };
  const std::vector<double> low = {-1, -1, -kInfinite, -kInfinite}, high = {1, 1, kInfinite, 1};
  std::vector<double> x = {7, 0, 0, 0};
  const double value = MaximizeInBox(f, low, high, 200, x);
  const std::vector<double> expected = {0.3, -1, 0.7, 1};
  for (size_t i = 0; i < 4; ++i) CHECK(x[i] == Approx(expected[i]).margin(1e-6));
  CHECK(value == Approx(-10.0 - 1000 * 16).epsilon(1e-9));
}

TEST_CASE("a bent valley is followed to its bound", "[numeric][ascent]") {
  // Rosenbrock's: with x <= 0.5 the best place is (0.5, 0.25).
  const auto f = [](std::span<const double> x, std::span<double> slope) {
    const double bend = x[1] - x[0] * x[0], off = 1 - x[0];
    slope[0] = 400 * x[0] * bend + 2 * off;
    slope[1] = -200 * bend;
    return -100 * bend * bend - off * off;
  };
  std::vector<double> x = {-1.2, 1.0};
  const std::vector<double> low = {-2, -2}, high = {0.5, 2};
  CHECK(MaximizeInBox(f, low, high, 300, x) == Approx(-0.25).epsilon(1e-8));
  CHECK(x[0] == 0.5);
  CHECK(x[1] == Approx(0.25).margin(1e-6));
}

TEST_CASE("no more evaluations than are allowed, and never worse than the start",
          "[numeric][ascent]") {
  int count = 0;
  const auto f = [&count](std::span<const double> x, std::span<double> slope) {
    ++count;
    slope[0] = -std::sin(3 * x[0]) * 3 - 0.2 * x[0];
    return std::cos(3 * x[0]) - 0.1 * x[0] * x[0];
  };
  const std::vector<double> low = {-10}, high = {10};
  for (const int allowed : {1, 2, 3, 10}) {
    std::vector<double> x = {4.0};
    count = 0;
    const double value = MaximizeInBox(f, low, high, allowed, x);
    CHECK(count <= allowed);
    CHECK(value >= std::cos(12.0) - 1.6);
    std::vector<double> slope(1);
    CHECK(value == f(x, slope));  // the value is that of x
  }
}

TEST_CASE("places without a value are kept out of", "[numeric][ascent]") {
  // Rises towards 1, beyond which there is nothing.
  const auto f = [](std::span<const double> x, std::span<double> slope) {
    slope[0] = 1.0;
    return x[0] > 1.0 ? NAN : x[0];
  };
  std::vector<double> x = {-3.0};
  const std::vector<double> low = {-4}, high = {50};
  CHECK(MaximizeInBox(f, low, high, 60, x) > 0.9);
  CHECK(x[0] <= 1.0);
  std::vector<double> lost = {2.0};
  CHECK(MaximizeInBox(f, low, high, 60, lost) == -kInfinite);
  CHECK(lost[0] == 2.0);
}

}  // namespace
}  // namespace flyball
