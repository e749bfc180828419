#include "physics/drive/supply.h"

#include <catch2/catch.hpp>
#include <cmath>

namespace flyball {
namespace {

TEST_CASE("a capacitor charges through its resistor", "[drive]") {
  const Supply supply{.kind = Supply::Kind::kRc, .u_nominal = 100, .r = 2, .c = 5e-3};
  CHECK(supply.Discharge(0.0, 0.0, 1e-2) == Approx(100 * (1 - std::exp(-1.0))));
  CHECK(supply.Discharge(80.0, 10.0, 10.0) == Approx(80));  // 10 A over 2 Ohm
  // Two halves make a whole, and Euler's method tends to it.
  const double half = supply.Discharge(supply.Discharge(50.0, 3.0, 5e-4), 3.0, 5e-4);
  CHECK(half == Approx(supply.Discharge(50.0, 3.0, 1e-3)).epsilon(1e-14));
  CHECK(supply.DischargeByEuler(50.0, 3.0, 1e-6) ==
        Approx(supply.Discharge(50.0, 3.0, 1e-6)).epsilon(1e-8));
}

TEST_CASE("alternating supplies have their root mean square", "[drive]") {
  const Supply one{.kind = Supply::Kind::kAc1, .u_nominal = 230};
  const Supply three{.kind = Supply::Kind::kAc3Rectified, .u_nominal = 400};
  double square = 0, mean = 0, least = 1e9;
  constexpr int kCount = 3600;
  for (int k = 0; k < kCount; ++k) {
    const double t = 0.02 * k / kCount, u = one.Alternating(t, 0.3);
    square += u * u / kCount;
    const double rectified = three.Alternating(t, 0.1);
    mean += rectified / kCount;
    least = std::fmin(least, rectified);
    CHECK(rectified <= three.most() * (1 + 1e-12));
  }
  CHECK(std::sqrt(square) == Approx(230).epsilon(1e-9));
  // The mean of the crests of six pulses is 3 / pi of the peak, the valleys half of root three.
  CHECK(mean == Approx(3 / std::numbers::pi * three.most()).epsilon(1e-4));
  CHECK(least == Approx(0.5 * std::numbers::sqrt3 * three.most()).epsilon(1e-3));
  CHECK(one.Alternating(0.0, 0.5 * std::numbers::pi) == Approx(one.most()));
}

}  // namespace
}  // namespace flyball
