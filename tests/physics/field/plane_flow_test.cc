#include "physics/field/plane_flow.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <complex>
#include <functional>
#include <numbers>
#include <vector>

#include "physics/numeric/error.h"

namespace flyball {
namespace {

constexpr double kPi = std::numbers::pi;
using Field = std::vector<double>;

Field Sample(int n, double length, const std::function<double(double, double)>& f) {
  Field x(static_cast<size_t>(n) * n);
  for (int row = 0; row < n; ++row) {
    for (int j = 0; j < n; ++j) x[row * n + j] = f(length / n * j, length / n * row);
  }
  return x;
}

double Difference(const Field& a, const Field& b) {
  double largest = 0.0;
  for (size_t i = 0; i < a.size(); ++i) largest = std::max(largest, std::abs(a[i] - b[i]));
  return largest;
}

// `steps` steps of the fields, one after the other in `x`; `force` modes or empty.
Field Solve(const PlaneFlowData& d, Field x, int steps) {
  const PlaneFft<double> fft(d.n);
  const int modes = d.modes(), room = d.fields() * modes;
  Field u(2 * room), force(2 * room, 0.0), work(d.work_size()), etd_work(Etdrk4WorkSize(room));
  const Spectrum<double> modes_of_u{u.data(), u.data() + room};
  for (int f = 0; f < d.fields(); ++f) {
    fft.Forward(x.data() + f * fft.points(), modes_of_u.re + f * modes, modes_of_u.im + f * modes,
                work.data());
    for (int k = 0; k < modes; ++k) {
      modes_of_u.re[f * modes + k] *= d.kept[k];
      modes_of_u.im[f * modes + k] *= d.kept[k];
    }
  }
  const PlaneFlow<double> flow(d, fft, {force.data(), force.data() + room}, work.data());
  for (int i = 0; i < steps; ++i) {
    StepEtdrk4<true>(d.etd, room, flow, modes_of_u, etd_work.data());
  }
  for (int f = 0; f < d.fields(); ++f) {
    fft.Inverse(modes_of_u.re + f * modes, modes_of_u.im + f * modes, x.data() + f * fft.points(),
                work.data());
  }
  return x;
}

TEST_CASE("a plane wave has one mode, and comes back", "[field][plane]") {
  constexpr int kN = 16;
  const PlaneFft<double> fft(kN);
  for (const auto& [k, l] : {std::pair{3, 2}, {3, -2}, {0, 5}, {7, 0}, {8, 3}}) {
    const Field x = Sample(kN, 1.0, [k = k, l = l](double at, double row) {
      return std::cos(2 * kPi * (k * at + l * row) + 0.4);
    });
    Field re(fft.modes()), im(fft.modes()), work(fft.work_size()), back(fft.points());
    fft.Forward(x.data(), re.data(), im.data(), work.data());
    const size_t at = static_cast<size_t>(k) * kN + (l + kN) % kN;
    double rest = 0.0;
    for (int i = 0; i < fft.modes(); ++i) rest += re[i] * re[i] + im[i] * im[i];
    const double size = 0.5 * kN * kN;
    if (k > 0 && k < kN / 2) {
      CHECK(re[at] == Approx(size * std::cos(0.4)));
      CHECK(im[at] == Approx(size * std::sin(0.4)));
      CHECK(rest == Approx(size * size));
    }
    fft.Inverse(re.data(), im.data(), back.data(), work.data());
    CHECK(Difference(back, x) < 1e-14);
  }
}

TEST_CASE("Taylor and Green's vortices only fade", "[field][plane]") {
  // cos(k x) cos(k y) of vorticity: advection vanishes, and the rest falls as exp(-2 nu k^2 t).
  const double nu = 0.03, drag = 0.1;
  const auto vortices = [&](double t) {
    return Sample(32, 2 * kPi, [&](double x, double y) {
      return 2.0 * std::cos(2 * x) * std::cos(2 * y) * std::exp(-(8 * nu + drag) * t);
    });
  };
  const PlaneFlowData d = MakePlaneFlow(false, 32, 2 * kPi, nu, drag, 0.05);
  CHECK(Difference(Solve(d, vortices(0.0), 40), vortices(2.0)) < 1e-12);
}

TEST_CASE("plane Burgers has the solution of Cole and Hopf", "[field][plane]") {
  // u = -2 nu grad phi / phi, phi = 1 + c exp(-2 nu k^2 t) cos(k x) cos(k y), k = 2 pi.
  const double nu = 0.05, k = 2 * kPi;
  const auto fields = [&](int n, double t) {
    const double c = 0.5 * std::exp(-2 * nu * k * k * t);
    const auto phi = [&](double x, double y) { return 1 + c * std::cos(k * x) * std::cos(k * y); };
    Field both = Sample(n, 1.0, [&](double x, double y) {
      return 2 * nu * c * k * std::sin(k * x) * std::cos(k * y) / phi(x, y);
    });
    const Field v = Sample(n, 1.0, [&](double x, double y) {
      return 2 * nu * c * k * std::cos(k * x) * std::sin(k * y) / phi(x, y);
    });
    both.insert(both.end(), v.begin(), v.end());
    return both;
  };
  const auto error = [&](int n, int steps) {
    const PlaneFlowData d = MakePlaneFlow(true, n, 1.0, nu, 0.0, 0.2 / steps);
    return Difference(Solve(d, fields(n, 0.0), steps), fields(n, 0.2));
  };
  CHECK(error(48, 64) < 1e-7);
  CHECK(error(16, 64) / error(32, 64) > 30);  // spectral
  const double coarse = error(64, 4), fine = error(64, 8);
  CAPTURE(coarse, fine);
  CHECK(std::log2(coarse / fine) > 3.5);
}

// Vorticity without symmetries, all of it in low modes.
Field Eddies(int n) {
  return Sample(n, 2 * kPi, [](double x, double y) {
    return std::sin(x + 0.3) * std::cos(2 * y) + 0.7 * std::cos(3 * x - y) +
           std::sin(2 * y + x + 1);
  });
}

TEST_CASE("plane Navier-Stokes is solved to fourth order in time", "[field][plane]") {
  const auto solve = [](int steps) {
    return Solve(MakePlaneFlow(false, 32, 2 * kPi, 0.02, 0.0, 1.0 / steps), Eddies(32), steps);
  };
  const Field coarse = solve(20), middle = solve(40), fine = solve(80);
  CHECK(std::log2(Difference(coarse, middle) / Difference(middle, fine)) > 3.7);
}

TEST_CASE("without viscosity to speak of, energy and enstrophy stay", "[field][plane]") {
  // What is kept of the modes conserves both exactly; the step errs by its fourth power.
  const PlaneFlowData d = MakePlaneFlow(false, 32, 2 * kPi, 1e-13, 0.0, 0.01);
  const PlaneFft<double> fft(32);
  const auto sums = [&](Field x) {
    Field re(fft.modes()), im(fft.modes()), work(fft.work_size());
    fft.Forward(x.data(), re.data(), im.data(), work.data());
    double energy = 0.0, enstrophy = 0.0;
    for (int k = 0; k < fft.modes(); ++k) {
      const double square = (k < 32 ? 1.0 : 2.0) * (re[k] * re[k] + im[k] * im[k]);
      enstrophy += square;
      energy += square * d.inverse_square[k];
    }
    return std::pair(energy, enstrophy);
  };
  const auto [energy, enstrophy] = sums(Eddies(32));
  const auto [energy_after, enstrophy_after] = sums(Solve(d, Eddies(32), 200));
  CHECK(energy_after == Approx(energy).epsilon(1e-8));
  CHECK(enstrophy_after == Approx(enstrophy).epsilon(1e-7));
}

TEST_CASE("a plane has the same bits alone and among others", "[field][plane]") {
  using Wide = Lanes<4>;
  constexpr int kN = 16;
  const PlaneFlowData d = MakePlaneFlow(true, kN, 1.0, 0.05, 0.0, 0.01);
  const int room = d.fields() * d.modes();
  const PlaneFft<Wide> fft(kN);
  std::vector<Wide> u(2 * room), force(2 * room, Wide(0.0)), work(d.work_size()),
      etd_work(Etdrk4WorkSize(room));
  std::vector<Field> alone(4, Field(2 * kN * kN));
  std::vector<Wide> many(2 * kN * kN);
  for (int lane = 0; lane < 4; ++lane) {
    for (int j = 0; j < 2 * kN * kN; ++j) {
      alone[lane][j] = std::sin(0.7 * j + lane) * 0.2;
      SetLane(many[j], lane, alone[lane][j]);
    }
  }
  for (int f = 0; f < 2; ++f) {
    fft.Forward(many.data() + f * kN * kN, u.data() + f * d.modes(),
                u.data() + room + f * d.modes(), work.data());
    for (int k = 0; k < d.modes(); ++k) {
      u[f * d.modes() + k] *= d.kept[k];
      u[room + f * d.modes() + k] *= d.kept[k];
    }
  }
  const PlaneFlow<Wide> flow(d, fft, {force.data(), force.data() + room}, work.data());
  for (int i = 0; i < 3; ++i) {
    StepEtdrk4<true>(d.etd, room, flow, Spectrum<Wide>{u.data(), u.data() + room}, etd_work.data());
  }
  for (int f = 0; f < 2; ++f) {
    fft.Inverse(u.data() + f * d.modes(), u.data() + room + f * d.modes(),
                many.data() + f * kN * kN, work.data());
  }
  for (int lane = 0; lane < 4; ++lane) {
    const Field expected = Solve(d, alone[lane], 3);
    for (int j = 0; j < 2 * kN * kN; ++j) REQUIRE(GetLane(many[j], lane) == expected[j]);
  }
}

TEST_CASE("planes that do not fit are refused", "[field][plane]") {
  CHECK_THROWS_AS(MakePlaneFlow(false, 12, 1.0, 0.1, 0.0, 0.1), InputError);
  CHECK_THROWS_AS(MakePlaneFlow(false, 18, 1.0, 0.1, 0.0, 0.1), InputError);
  CHECK_THROWS_AS(MakePlaneFlow(false, 16, 1.0, 0.0, 0.0, 0.1), InputError);
  CHECK_THROWS_AS(MakePlaneFlow(false, 16, 1.0, 0.1, -1.0, 0.1), InputError);
}

}  // namespace
}  // namespace flyball
