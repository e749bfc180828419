#include "physics/field/sensing.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <numbers>

#include "physics/numeric/error.h"

namespace flyball {
namespace {

TEST_CASE("cells are those of controlgym", "[field][sensing]") {
  // Measured there: n = 256: 25 cells each, the first 3 .. 27, the last 227 .. 251; n = 200: 2 ..
  // 21 and 177 .. 196; n = 128: 1 .. 13 and 113 .. 125.
  const int expected[][5] = {
      {256, 3, 27, 227, 251}, {200, 2, 21, 177, 196}, {128, 1, 13, 113, 125}};
  for (const auto& [n, first, first_end, last, last_end] : expected) {
    const std::vector<double> shapes = CellActuators(n, 8, 0.1);
    for (int j = 0; j < n; ++j) {
      CHECK(shapes[j * 8] == (j >= first && j <= first_end ? 1.0 : 0.0));
      CHECK(shapes[j * 8 + 7] == (j >= last && j <= last_end ? 1.0 : 0.0));
    }
  }
}

TEST_CASE("smooth actuators keep their place and force on every grid", "[field][sensing]") {
  const std::vector<double> coarse = SmoothActuators(128, 8, 0.1),
                            fine = SmoothActuators(512, 8, 0.1);
  double total = 0.0, moment = 0.0;
  for (int j = 0; j < 128; ++j) {
    CHECK(coarse[j * 8 + 3] == fine[j * 4 * 8 + 3]);
    total += coarse[j * 8 + 3] / 128;
    moment += coarse[j * 8 + 3] / 128 * (j / 128.0);
  }
  CHECK(total == Approx(0.1).epsilon(1e-9));  // the trapezoid rule is spectral here too
  CHECK(moment / total == Approx(3.5 / 8).epsilon(1e-9));
}

TEST_CASE("sensors read band-limited fields exactly", "[field][sensing]") {
  constexpr int kN = 32, kCount = 10;
  const std::vector<double> rows = InterpolatingSensors(kN, kCount);
  for (int i = 0; i < kCount; ++i) {
    const double where = 2 * std::numbers::pi * (i + 0.5) / kCount;
    double value = 0.0;
    for (int j = 0; j < kN; ++j) {
      const double x = 2 * std::numbers::pi * j / kN;
      value += rows[i * kN + j] * (1 + std::cos(3 * x) - 2 * std::sin(15 * x));
    }
    CHECK(value == Approx(1 + std::cos(3 * where) - 2 * std::sin(15 * where)).epsilon(1e-12));
  }
  // At grid points the row is a unit row: with 8 sensors on 16 points, sensor i is at point 2i + 1.
  const std::vector<double> exact = InterpolatingSensors(16, 8);
  for (int j = 0; j < 16; ++j) CHECK(exact[3 * 16 + j] == (j == 7 ? 1.0 : 0.0));
  const std::vector<double> points = PointSensors(256, 10);
  for (int j = 0; j < 256; ++j) CHECK(points[9 * 256 + j] == (j == 225 ? 1.0 : 0.0));
}

TEST_CASE("actuators and sensors that do not fit are refused", "[field][sensing]") {
  CHECK_THROWS_WITH(CellActuators(64, 8, 0.13), Catch::Contains("control_sup_width is 0.13"));
  CHECK_THROWS_AS(CellActuators(64, 8, 0.0), InputError);
  CHECK_THROWS_AS(CellActuators(64, 8, std::nan("")), InputError);
  CHECK_THROWS_AS(CellActuators(64, 0, 0.1), InputError);
  CHECK_THROWS_AS(SmoothActuators(64, 65, 0.01), InputError);
  CHECK_THROWS_WITH(SmoothActuators(32, 8, 0.1), Catch::Contains("resolves widths"));
  CHECK_THROWS_AS(PointSensors(16, 17), InputError);
  CHECK_THROWS_AS(InterpolatingSensors(16, 0), InputError);
}

}  // namespace
}  // namespace flyball
