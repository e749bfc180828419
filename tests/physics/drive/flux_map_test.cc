#include "physics/drive/flux_map.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "physics/drive/detailed_drive.h"
#include "physics/numeric/error.h"

namespace flyball {
namespace {

// A magnet and iron that saturates, with a part that both axes share: slopes of
//   psi_m i_d + sum of a b ln cosh(i / b) - c ln(1 + (i_d^2 + i_q^2) / e^2)
struct Iron {
  double psi_m = 0.06;
  double CoenergyAt(double d, double q) const {
    return psi_m * d + 0.4e-3 * 150 * 150 * std::log(std::cosh(d / 150)) +
           1.2e-3 * 200 * 200 * std::log(std::cosh(q / 200)) + 1e-4 * (d * d + q * q) -
           0.4 * std::log(1 + (d * d + q * q) / 1e5);
  }
  double PsiD(double d, double q) const {
    return psi_m + 0.4e-3 * 150 * std::tanh(d / 150) + 2e-4 * d - 0.8 * d / (1e5 + d * d + q * q);
  }
  double PsiQ(double d, double q) const {
    return 1.2e-3 * 200 * std::tanh(q / 200) + 2e-4 * q - 0.8 * q / (1e5 + d * d + q * q);
  }
};

FluxMap Sampled(const Iron& iron, int n, bool half = false) {
  std::vector<double> d, q, psi_d, psi_q;
  for (int k = 0; k <= n; ++k) {
    d.push_back(-450 + 900.0 * k / n);
    q.push_back(half ? 450.0 * k / n : -450 + 900.0 * k / n);
  }
  for (const double x : d) {
    for (const double y : q) {
      psi_d.push_back(iron.PsiD(x, y));
      psi_q.push_back(iron.PsiQ(x, y));
    }
  }
  return {d, q, psi_d, psi_q};
}

TEST_CASE("a map's fluxes are the table's at its nodes, and tend to the iron's between",
          "[drive]") {
  const Iron iron;
  std::vector<double> error;
  for (const int n : {12, 24, 48}) {
    const FluxMap map = Sampled(iron, n);
    CHECK(map.At(-450 + 900.0 / n * 3, 450 - 900.0 / n).psi_d ==
          Approx(iron.PsiD(-450 + 900.0 / n * 3, 450 - 900.0 / n)).epsilon(1e-12));
    double worst = 0;
    for (double d = -440; d < 440; d += 37) {
      for (double q = -440; q < 440; q += 41) {
        const FluxMap::Point p = map.At(d, q);
        worst = std::max(worst, std::fabs(p.psi_d - iron.PsiD(d, q)));
        worst = std::max(worst, std::fabs(p.psi_q - iron.PsiQ(d, q)));
      }
    }
    error.push_back(worst);
  }
  INFO(error[0] << " " << error[1] << " " << error[2]);
  // A slope of a third-order spline: third order.
  CHECK(error[1] < error[0] / 4);
  CHECK(error[2] < error[1] / 4);
  CHECK(error[2] < 1e-4);
  // Half a table is mirrored.
  const FluxMap whole = Sampled(iron, 24), half = Sampled(iron, 12, true);
  CHECK(half.least_q() == -450);
  CHECK(half.At(100, -200).psi_q == Approx(-half.At(100, 200).psi_q).epsilon(1e-13));
}

TEST_CASE("a map's fluxes are slopes of its coenergy, in and out of the table", "[drive]") {
  const FluxMap map = Sampled({}, 16);
  for (const double d : {-600.0, -333.0, 12.0, 500.0}) {
    for (const double q : {-700.0, -41.0, 222.0, 470.0}) {
      const double h = 1e-3;
      const FluxMap::Point p = map.At(d, q), e = map.At(d + h, q), w = map.At(d - h, q),
                           n = map.At(d, q + h), s = map.At(d, q - h);
      CAPTURE(d, q);
      CHECK(p.psi_d == Approx((e.coenergy - w.coenergy) / (2 * h)).epsilon(1e-6));
      CHECK(p.psi_q == Approx((n.coenergy - s.coenergy) / (2 * h)).epsilon(1e-6));
      CHECK(p.l_dd == Approx((e.psi_d - w.psi_d) / (2 * h)).epsilon(1e-5));
      CHECK(p.l_qq == Approx((n.psi_q - s.psi_q) / (2 * h)).epsilon(1e-5));
      CHECK(p.l_dq == Approx((n.psi_d - s.psi_d) / (2 * h)).epsilon(1e-5).margin(1e-9));
      CHECK(p.l_dq == Approx((e.psi_q - w.psi_q) / (2 * h)).epsilon(1e-5).margin(1e-9));
    }
  }
}

TEST_CASE("a map of straight lines is the linear machine", "[drive]") {
  const Pmsm m;
  std::vector<double> axis = {-500, -100, 50, 500}, psi_d, psi_q;
  for (const double d : axis) {
    for (const double q : axis) {
      psi_d.push_back(m.psi_p + m.l_d * d);
      psi_q.push_back(m.l_q * q);
    }
  }
  DetailedDrive drive;
  drive.converter.bridges[0] = Bridge::kB6;
  drive.scale = {100, 100, 100, 1};
  drive.i_scale = 100;
  drive.u_scale = 300;
  std::vector<double> linear = {200, 30, -40, 0.5}, mapped = linear;
  const std::vector<double> duty = {0.7, 0.4, 0.3};
  for (int k = 0; k < 20; ++k) {
    for (const bool map : {false, true}) {
      if (map) drive.saturation = std::make_shared<FluxMap>(axis, axis, psi_d, psi_q);
      if (!map) drive.saturation = nullptr;
      DetailedState state;
      state.u_sup = 300;
      DetailedStep step{.command = duty.data()};
      AdvanceDetailed(drive, m, state, step, (map ? mapped : linear).data());
    }
  }
  for (int k = 0; k < 4; ++k) CHECK(mapped[k] == Approx(linear[k]).epsilon(1e-8));
}

TEST_CASE("a saturating machine keeps its energies, and draws more current than a linear one",
          "[drive]") {
  DetailedDrive drive;
  drive.converter.bridges[0] = Bridge::kB6;
  drive.scale = {100, 400, 400, 1};
  drive.i_scale = 400;
  drive.u_scale = 300;
  drive.exact = true;
  drive.iron.eddy = 0.01;
  drive.saturation = std::make_shared<FluxMap>(Sampled({}, 18));
  drive.tolerance = {1e-12, 1e-14, 2000};  // inductances jump between cells
  Pmsm m;
  m.psi_p = drive.saturation->At(0, 0).psi_d;
  DetailedState state;
  state.u_sup = 300;
  std::vector<double> ode = {60, 0, 0, 0};
  const std::vector<double> duty = {0.5, 0.56, 0.44};
  double sum = 0, size = 0;
  for (int k = 0; k < 60; ++k) {
    DetailedStep step{.command = duty.data()};
    AdvanceDetailed(drive, m, state, step, ode.data());
    sum -= step.energy[kSource];
    for (int j = 0; j < kNumEnergies; ++j) size += std::fabs(step.energy[j]);
    for (int j = 1; j < kNumEnergies; ++j) sum += step.energy[j];
    const FluxMap::Point psi = drive.saturation->At(ode[1], ode[2]);
    REQUIRE(
        step.torque ==
        Approx(1.5 * 3 * (psi.psi_d * ode[2] - psi.psi_q * ode[1])).epsilon(1e-12).margin(1e-9));
  }
  CHECK(std::fabs(sum) < 1e-9 * size);
  CHECK(std::hypot(ode[1], ode[2]) > 50);
  // The incremental inductance falls.
  CHECK(drive.saturation->At(0, 400).l_qq < 0.5 * drive.saturation->At(0, 0).l_qq);
}

TEST_CASE("tables that are no machine's are refused", "[drive]") {
  const std::vector<double> axis = {-10, 0, 10};
  const std::vector<double> good_d = {-1, -1, -1, 0, 0, 0, 1, 1, 1},
                            good_q = {-1, 0, 1, -1, 0, 1, -1, 0, 1};
  const auto says = [](const std::vector<double>& d, const std::vector<double>& q,
                       const std::vector<double>& psi_d, const std::vector<double>& psi_q,
                       const std::string& text) {
    CHECK_THROWS_AS(FluxMap(d, q, psi_d, psi_q), InputError);
    CHECK_THROWS_WITH(FluxMap(d, q, psi_d, psi_q), Catch::Contains(text));
  };
  CHECK_NOTHROW(FluxMap(axis, axis, good_d, good_q));
  says({0, 10}, axis, good_d, good_q, "saturation i_d: at least 3");
  says({-10, 5, 5}, axis, good_d, good_q, "saturation i_d [2] = 5 A");
  says(axis, {1, 2, 3}, good_d, good_q, "saturation i_q: must reach from 0");
  says(axis, axis, {1, 2}, good_q, "saturation psi_d: 3 rows of 3 numbers expected, got 2");
  std::vector<double> falling = good_d;
  falling[6] = falling[7] = falling[8] = -0.5;
  says(axis, axis, falling, good_q, "do not grow with the currents");
  std::vector<double> skew = good_q;
  for (int j = 0; j < 3; ++j) skew[6 + j] += 0.5;  // psi_q grows with i_d, psi_d not with i_q
  says(axis, axis, good_d, skew, "differs by");
  std::vector<double> magnet = good_d;
  for (double& psi : magnet) psi += 3;
  says({0, 10, 20}, axis, magnet, good_q, "give negative currents too");
}

}  // namespace
}  // namespace flyball
