#include "physics/field/convection.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <numbers>
#include <vector>

#include "physics/numeric/error.h"

namespace flyball {
namespace {

constexpr double kPi = std::numbers::pi;

// A cell, started from conduction and a small roll.
struct Cell {
  ConvectionData data;
  RealFft<double> fft;
  std::vector<double> memory, work, wall_re, wall_im;
  ConvectionModes<double> u{};

  Cell(int nx, int nz, double length, double rayleigh, double prandtl, double step,
       double roll = 1e-3)
      : data(MakeConvection(nx, nz, length, rayleigh, prandtl, step)), fft(nx),
        work(Convection<double>::WorkSize(data)), wall_re(data.kept, 0.0), wall_im(data.kept, 0.0) {
    const size_t size = static_cast<size_t>(data.rows()) * data.kept;
    memory.assign(4 * size, 0.0);
    u = {memory.data(), memory.data() + size, memory.data() + 2 * size, memory.data() + 3 * size};
    wall_re[0] = nx;
    for (int j = 0; j < data.rows(); ++j) {
      u.heat_re[j * data.kept] = nx * (1 - data.height[j]);
      u.heat_re[j * data.kept + 1] = 0.5 * nx * roll * std::sin(kPi * data.height[j]);
    }
  }
  void Run(int steps) {
    const Convection<double> convection(data, fft, work.data());
    for (int i = 0; i < steps; ++i) convection.Step(u, wall_re.data(), wall_im.data());
  }
  double Nusselt() { return Convection<double>(data, fft, work.data()).Nusselt(u, wall_re.data()); }
  double Roll() const { return u.heat_re[data.rows() / 2 * data.kept + 1]; }
};

TEST_CASE("matrices of convection differentiate polynomials exactly", "[field][convection]") {
  const ConvectionData d = MakeConvection(16, 16, 2.0, 1e4, 1.0, 0.01);
  const int rows = d.rows();
  // psi = z^2 (1 - z)^2 (1 + z), which fulfils its conditions; T = z^3 with T(1) = 1.
  for (int i = 0; i < rows; ++i) {
    const double z = d.height[i];
    double first = 0.0, second = 0.0, third = 0.0, heat = 0.0, area = 0.0;
    for (int j = 0; j < rows; ++j) {
      const double y = d.height[j], psi = y * y * (1 - y) * (1 - y) * (1 + y);
      first += d.d1[i * rows + j] * psi;
      second += d.d2[i * rows + j] * psi;
      third += d.d3[i * rows + j] * psi;
      heat += d.t1[i * (rows + 2) + 2 + j] * y * y * y;
      area += d.weight[j] * psi;
    }
    heat += d.t1[i * (rows + 2) + 1];
    // psi = z^2 - z^3 - z^4 + z^5.
    CHECK(first == Approx(2 * z - 3 * z * z - 4 * z * z * z + 5 * std::pow(z, 4)).margin(1e-11));
    CHECK(second == Approx(2 - 6 * z - 12 * z * z + 20 * z * z * z).margin(1e-9));
    CHECK(third == Approx(-6 - 24 * z + 60 * z * z).margin(1e-7));
    CHECK(heat == Approx(3 * z * z).margin(1e-11));
    CHECK(area == Approx(1.0 / 3 - 1.0 / 4 - 1.0 / 5 + 1.0 / 6).epsilon(1e-12));
  }
}

TEST_CASE("rolls start to grow at a Rayleigh number of 1708", "[field][convection]") {
  // Critical: 1707.76 at a wave number of 3.117.
  for (const double rayleigh : {1690.0, 1725.0}) {
    Cell cell(16, 20, 2 * kPi / 3.117, rayleigh, 1.0, 0.1, 1e-6);
    cell.Run(1000);
    const double before = cell.Roll();
    cell.Run(1000);
    CHECK((cell.Roll() > before) == (rayleigh > 1707.76));
    CHECK(cell.Nusselt() == Approx(1.0).epsilon(1e-6));
  }
}

TEST_CASE("the heat flux of rolls is that of the literature", "[field][convection]") {
  // Clever and Busse (J. Fluid Mech. 65, 1974): air, Pr = 0.71, wave number 3.117.
  const double cases[][2] = {{2500, 1.475}, {5000, 2.116}, {10000, 2.661}};
  for (const auto& [rayleigh, expected] : cases) {
    Cell cell(32, 24, 2 * kPi / 3.117, rayleigh, 0.71, 0.05, 0.1);
    cell.Run(4000);
    CAPTURE(rayleigh);
    CHECK(cell.Nusselt() == Approx(expected).epsilon(0.005));  // their figures' digits
  }
}

TEST_CASE("rolls just above their onset carry what weakly nonlinear theory says",
          "[field][convection]") {
  // Schlueter, Lortz and Busse (J. Fluid Mech. 23, 1965), rigid plates: to first order in e = Ra / Ra_c
  // - 1, (Nu - 1) Ra / Ra_c = e / (0.69942 - 0.00472 / Pr + 0.00832 / Pr^2).
  for (const double prandtl : {0.71, 7.0}) {
    const auto slope = [&](double excess) {
      Cell cell(16, 20, 2 * kPi / 3.117, 1707.762 * (1 + excess), prandtl, 0.1,
                1.6 * std::sqrt(excess));
      cell.Run(4000);
      return (cell.Nusselt() - 1) * (1 + excess) / excess;
    };
    const double theory = 1 / (0.69942 - 0.00472 / prandtl + 0.00832 / (prandtl * prandtl));
    // Two excesses take the next order out; the one after it is e^2 of the number.
    CHECK(2 * slope(0.05) - slope(0.1) == Approx(theory).epsilon(0.0025));
  }
}

TEST_CASE("convection converges to second order in time, and spectrally across",
          "[field][convection]") {
  const auto roll = [](int nz, int steps) {
    Cell cell(16, nz, 2.0, 1e4, 0.71, 4.0 / steps, 0.2);
    cell.Run(steps);
    // In the middle for every even nz.
    return cell.u.heat_re[(cell.data.rows() / 2) * cell.data.kept + 1];
  };
  const double coarse = roll(24, 80), middle = roll(24, 160), fine = roll(24, 320);
  CHECK((coarse - middle) / (middle - fine) == Approx(4.0).epsilon(0.25));
  const double best = roll(40, 160);
  CHECK(std::abs(roll(16, 160) - best) > 30 * std::abs(roll(24, 160) - best));
}

TEST_CASE("a wall that is heated in parts conducts as it should", "[field][convection]") {
  // At a small Rayleigh number nothing moves: T = 1 - z + cos(q x) sinh(q (1 - z)) / sinh(q).
  Cell cell(16, 16, 2 * kPi, 1e-6, 1.0, 1.0);
  cell.wall_re[1] = 0.5 * 16 * 0.3;
  cell.Run(2);
  for (int j = 0; j < cell.data.rows(); ++j) {
    const double z = cell.data.height[j];
    const double expected = 0.5 * 16 * 0.3 * std::sinh(1 - z) / std::sinh(1.0);
    CHECK(cell.u.heat_re[j * cell.data.kept + 1] == Approx(expected).epsilon(1e-5));
  }
}

TEST_CASE("convection cells that do not fit are refused", "[field][convection]") {
  CHECK_THROWS_AS(MakeConvection(18, 16, 1.0, 1e4, 1.0, 0.1), InputError);
  CHECK_THROWS_AS(MakeConvection(16, 8, 1.0, 1e4, 1.0, 0.1), InputError);
  CHECK_THROWS_AS(MakeConvection(16, 16, 0.0, 1e4, 1.0, 0.1), InputError);
  CHECK_THROWS_AS(MakeConvection(16, 16, 1.0, -1e4, 1.0, 0.1), InputError);
}

}  // namespace
}  // namespace flyball
