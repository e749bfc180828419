#include "physics/numeric/lanes.h"

#include <bit>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "physics/numeric/isa.h"
#include "physics/numeric/random.h"
#include "tests/physics/numeric/lanes_probe.h"

namespace flyball {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

// The bits of x, one pattern for every not-a-number.
uint64_t Bits(double x) { return std::bit_cast<uint64_t>(std::isnan(x) ? kNan : x); }

// Arguments of every size beside each other in one vector, so that a lane's result is seen to be
// free of its neighbours': SLEEF's fast builds choose a reduction for all lanes together.
std::vector<double> Arguments(uint64_t seed, size_t n) {
  std::vector<double> x = {0.0,
                           -0.0,
                           1.0,
                           -1.0,
                           0.5,
                           -0.5,
                           1.5,
                           2.5,
                           kInfinity,
                           -kInfinity,
                           kNan,
                           5e-324,
                           -5e-324,
                           2.2250738585072014e-308,
                           1.7976931348623157e308,
                           -1.7976931348623157e308,
                           709.78,
                           709.79,
                           -745.2,
                           1e-20,
                           3.141592653589793,
                           -3.141592653589793,
                           1.5707963267948966,
                           4503599627370496.5,
                           1e15,
                           1e22};
  Rng rng(seed);
  while (x.size() < n) {
    switch (rng.Integers(0, 6)) {
      case 0:
        x.push_back(rng.Uniform(-1, 1));
        break;
      case 1:
        x.push_back(rng.Uniform(-10, 10));
        break;
      case 2:
        x.push_back(rng.Uniform(-1000, 1000));
        break;
      case 3:
        x.push_back(rng.Normal() * 1e8);
        break;
      case 4:
        x.push_back(rng.Normal() * 1e-8);
        break;
      default:
        x.push_back(std::bit_cast<double>(rng.NextU64()));  // any exponent, rarely no number
    }
  }
  return x;
}

const char* const kNames[] = {
#define FLYBALL_NAME(name, expression) #name,
    FLYBALL_LANES_PROBES(FLYBALL_NAME)
#undef FLYBALL_NAME
};

TEST_CASE("Every function has the same bits at every width and instruction set", "[lanes]") {
  constexpr size_t kCount = 48 * 21000;  // about 10^6, a multiple of every width
  const std::vector<double> a = Arguments(1, kCount);
  std::vector<double> b = Arguments(2, kCount);
  std::rotate(b.begin(), b.begin() + 5, b.end());  // so that special values meet others
  std::vector<double> expected(kCount), actual(kCount);

  const auto differences = [&](const char* isa, int width, int function) {
    size_t count = 0;
    for (size_t i = 0; i < kCount; ++i) {
      if (Bits(actual[i]) == Bits(expected[i])) continue;
      if (count++) continue;
      UNSCOPED_INFO(kNames[function] << "(" << a[i] << ", " << b[i] << ") at " << isa << " x "
                                     << width << ": " << actual[i] << " against " << expected[i]);
    }
    return count;
  };
  for (int function = 0; function < static_cast<int>(std::size(kNames)); ++function) {
    const LanesFunction id = static_cast<LanesFunction>(function);
    flyball_kernel_lanes_probe_base(1, id, a.data(), b.data(), expected.data(), kCount);
    for (const int width : {3, 8, 16}) {
      flyball_kernel_lanes_probe_base(width, id, a.data(), b.data(), actual.data(), kCount);
      CHECK(differences("base", width, function) == 0);
    }
#if defined(FLYBALL_HAS_V3)
    for (const int width : {1, 3, 8, 16}) {
      if (BestIsa() < Isa::kV3) continue;
      flyball_kernel_lanes_probe_v3(width, id, a.data(), b.data(), actual.data(), kCount);
      CHECK(differences("v3", width, function) == 0);
      if (BestIsa() < Isa::kV4) continue;
      flyball_kernel_lanes_probe_v4(width, id, a.data(), b.data(), actual.data(), kCount);
      CHECK(differences("v4", width, function) == 0);
    }
#endif
  }
}

TEST_CASE("Elementary functions are what their names say", "[lanes]") {
  // SLEEF promises 1.0 ulp and glibc 1 ulp (2 for the hyperbolic ones): 4 ulp apart at most.
  const auto close = [](double x, double y) {
    return x == y || std::abs(x - y) <= 4 * 0x1p-52 * std::abs(y);
  };
  Rng rng(3);
  for (int i = 0; i < 20000; ++i) {
    const double x = rng.Uniform(-20, 20), unit = rng.Uniform(-1, 1), y = rng.Uniform(-5, 5);
    const double positive = std::abs(x);
    CAPTURE(x, unit, y);
    double sine, cosine;
    SinCos(x, sine, cosine);
    const bool all =
        close(Sin(x), std::sin(x)) && close(Cos(x), std::cos(x)) && close(Tan(x), std::tan(x)) &&
        close(sine, std::sin(x)) && close(cosine, std::cos(x)) &&
        close(Asin(unit), std::asin(unit)) && close(Acos(unit), std::acos(unit)) &&
        close(Atan(x), std::atan(x)) && close(Atan2(x, y), std::atan2(x, y)) &&
        close(Exp(x), std::exp(x)) && close(Expm1(unit), std::expm1(unit)) &&
        close(Log(positive), std::log(positive)) && close(Log10(positive), std::log10(positive)) &&
        close(Log1p(unit), std::log1p(unit)) && close(Pow(positive, y), std::pow(positive, y)) &&
        close(Cbrt(x), std::cbrt(x)) && close(Tanh(x), std::tanh(x)) &&
        close(Sinh(x), std::sinh(x)) && close(Cosh(x), std::cosh(x));
    REQUIRE(all);
  }
}

TEST_CASE("Exact helpers keep numpy's and the standard library's conventions", "[lanes]") {
  CHECK(Round(2.5) == 2.0);
  CHECK(Round(-1.5) == -2.0);
  CHECK(Sign(-0.1) == -1.0);
  CHECK(Sign(7.0) == 1.0);
  CHECK(Bits(Sign(-0.0)) == Bits(0.0));
  CHECK(std::isnan(Sign(kNan)));
  CHECK(std::isnan(Clamp(kNan, -1, 1)));
  CHECK(Clamp(-3.0, -1, 1) == -1.0);
  CHECK(Min(2.0, 1) == 1.0);
  CHECK(!IsFinite(kInfinity));
  CHECK(!IsFinite(kNan));
  CHECK(IsFinite(-1e308));
}

TEST_CASE("WrapAngle leaves angles inside alone and maps the rest into (-pi, pi]", "[lanes]") {
  const double pi = std::numbers::pi;
  CHECK(WrapAngle(pi) == pi);
  CHECK(WrapAngle(-pi) == pi);
  CHECK(WrapAngle(1.25) == 1.25);
  CHECK(WrapAngle(std::nextafter(-pi, 0)) == std::nextafter(-pi, 0));
  Rng rng(4);
  for (int i = 0; i < 10000; ++i) {
    const double x = rng.Uniform(-1000, 1000), wrapped = WrapAngle(x);
    REQUIRE(wrapped > -pi);
    REQUIRE(wrapped <= pi);
    // sin and cos agree to the rounding of the reduction, an ulp of pi.
    REQUIRE(std::abs(std::sin(wrapped) - std::sin(x)) < 1e-15);
    REQUIRE(std::abs(std::cos(wrapped) - std::cos(x)) < 1e-15);
  }
}

TEST_CASE("Rows of lanes and masks are read and written one by one", "[lanes]") {
  double source[8] = {0, 1, 2, 3, 4, 5, 6, 7}, target[8];
  Lanes<8> x = Load<Lanes<8>>(source);
  SetLane(x, 3, -3.0);
  CHECK(GetLane(x, 3) == -3.0);
  Mask<Lanes<8>> mask = x < 2.0;
  CHECK(GetLane(mask, 0));
  CHECK(GetLane(mask, 3));
  CHECK(!GetLane(mask, 4));
  CHECK(AnyOf(mask));
  CHECK(!AllOf(mask));
  SetLane(mask, 4, true);
  Store(Select(mask, 9, x), target);
  const double expected[8] = {9, 9, 2, 9, 9, 5, 6, 7};
  for (int i = 0; i < 8; ++i) CHECK(target[i] == expected[i]);
  static_assert(kWidth<double> == 1 && kWidth<Lanes<16>> == 16);
  static_assert(std::is_same_v<Mask<double>, bool>);
}

}  // namespace
}  // namespace flyball
