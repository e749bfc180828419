#include "physics/drive/thermal.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "physics/numeric/error.h"

namespace flyball {
namespace {

TEST_CASE("two nodes warm to what their resistances carry", "[drive]") {
  Thermal thermal = Thermal::For(200);
  const ThermalStep step(thermal, 1.0);
  double temperature[2] = {20, 20};
  for (int k = 0; k < 40000; ++k) step.Advance(200, 0, temperature);
  CHECK(temperature[0] == Approx(100).epsilon(1e-9));
  CHECK(temperature[1] == Approx(60).epsilon(1e-9));
  for (int k = 0; k < 40000; ++k) step.Advance(0, 100, temperature);
  CHECK(temperature[0] == Approx(40).epsilon(1e-9));
  CHECK(temperature[1] == Approx(40).epsilon(1e-9));
}

TEST_CASE("a step is exact however long it is, and heat is kept", "[drive]") {
  Thermal thermal = Thermal::For(100);
  const ThermalStep one(thermal, 60.0), many(thermal, 0.06);
  double a[2] = {20, 20}, b[2] = {20, 20};
  one.Advance(100, 30, a);
  for (int k = 0; k < 1000; ++k) many.Advance(100, 30, b);
  CHECK(a[0] == Approx(b[0]).epsilon(1e-10));
  CHECK(a[1] == Approx(b[1]).epsilon(1e-10));
  // Insulated: all heat is in the two.
  thermal.r_housing = 1e12;
  const ThermalStep closed(thermal, 10.0);
  double c[2] = {20, 20};
  closed.Advance(100, 30, c);
  CHECK(thermal.c_winding * (c[0] - 20) + thermal.c_housing * (c[1] - 20) ==
        Approx(1300).epsilon(1e-8));
}

TEST_CASE("warm windings resist, warm magnets weaken", "[drive]") {
  Thermal thermal = Thermal::For(1);
  const double temperature[2] = {120, 70};
  const Pmsm warm = std::get<Pmsm>(AtTemperature(Pmsm(), thermal, temperature));
  CHECK(warm.r_s == Approx(18e-3 * 1.393));
  CHECK(warm.psi_p == Approx(66e-3 * 0.95));
  CHECK(warm.l_d == Pmsm().l_d);
  thermal.c_housing = 0;
  CHECK_THROWS_WITH(CheckThermal(thermal), Catch::Contains("thermal c_housing = 0 J/K"));
}

}  // namespace
}  // namespace flyball
