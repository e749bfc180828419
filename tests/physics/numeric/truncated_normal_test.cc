#include "physics/numeric/truncated_normal.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <numbers>

#include "physics/numeric/error.h"

namespace flyball {
namespace {

// Parts of a standard normal distribution below and above x, by the C library.
double Below(double x) { return 0.5 * std::erfc(-x / std::numbers::sqrt2); }
double Above(double x) { return 0.5 * std::erfc(x / std::numbers::sqrt2); }

TEST_CASE("a part u of a truncated normal lies below its quantile", "[numeric][normal]") {
  struct Case {
    double mean, deviation, low, high;
  };
  for (const Case& c :
       {Case{0, 1, -1, 2}, Case{0.3, 0.01, -5, 5}, Case{10, 3, -1, 2}, Case{-2, 0.5, 4, 6},
        Case{0, 1, -9, -2.9}, Case{5, 1e3, 0, 1}, Case{0, 1, 20, 30}, Case{0, 1, 3, 3.1}}) {
    const TruncatedNormal normal(c.mean, c.deviation, c.low, c.high);
    const double a = (c.low - c.mean) / c.deviation, b = (c.high - c.mean) / c.deviation;
    double last = c.low;
    for (const double u : {0.0, 1e-6, 0.1, 0.25, 0.5, 0.75, 0.9, 1 - 1e-6, 1 - 0x1p-53}) {
      const double x = normal.Quantile(u), z = (x - c.mean) / c.deviation;
      INFO(c.mean << " " << c.deviation << " [" << c.low << ", " << c.high << "] at " << u);
      REQUIRE(x >= last);
      REQUIRE(x <= c.high);
      last = x;
      // Whichever tail keeps the digits; 1e-12: the rounding of z times the density's slope there.
      const double part = a > 0 ? (Above(a) - Above(z)) / (Above(a) - Above(b))
                                : (Below(z) - Below(a)) / (Below(b) - Below(a));
      REQUIRE(part == Approx(u).margin(1e-12).epsilon(0));
    }
  }
}

TEST_CASE("a truncated normal has its moments", "[numeric][normal]") {
  // The mean of quantiles at the middles of many equal parts; the rule's error is that of the ends.
  const double mean = 2, deviation = 3, low = -1, high = 4;
  const TruncatedNormal normal(mean, deviation, low, high);
  const int n = 100000;
  double first = 0, second = 0;
  for (int k = 0; k < n; ++k) {
    const double x = normal.Quantile((k + 0.5) / n);
    first += x / n;
    second += x * x / n;
  }
  const double a = (low - mean) / deviation, b = (high - mean) / deviation;
  const auto density = [](double x) { return std::exp(-0.5 * x * x) / std::sqrt(2 * M_PI); };
  const double inside = Below(b) - Below(a), shift = (density(a) - density(b)) / inside;
  const double variance =
      deviation * deviation * (1 + (a * density(a) - b * density(b)) / inside - shift * shift);
  CHECK(first == Approx(mean + deviation * shift).epsilon(1e-8));
  CHECK(second - first * first == Approx(variance).epsilon(1e-8));
}

TEST_CASE("a normal is refused where it has no probability", "[numeric][normal]") {
  CHECK_THROWS_AS(TruncatedNormal(0, 1, 2, 2), InputError);
  CHECK_THROWS_AS(TruncatedNormal(0, 1, 50, 60), InputError);
  CHECK_THROWS_AS(TruncatedNormal(0, 1, -60, -50), InputError);
}

}  // namespace
}  // namespace flyball
