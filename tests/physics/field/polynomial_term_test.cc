#include "physics/field/polynomial_term.h"

#include <catch2/catch.hpp>
#include <complex>
#include <numeric>

#include "physics/numeric/error.h"
#include "tests/physics/field/burgers_solver.h"

namespace flyball {
namespace {

// N of u = cos(a x) + cos(b x) on n points, as modes.
std::vector<std::complex<double>> TermOfTwoWaves(const PolynomialTermData& data, int a, int b) {
  const int room = data.room();
  const RealFft<double> padded(data.padded);
  std::vector<double> re(room, 0.0), im(room, 0.0), out_re(room), out_im(room), zero(room, 0.0);
  std::vector<double> work(data.work_size());
  re[a] = re[b] = data.n / 2.0;
  PolynomialTerm<double>(data, padded, {zero.data(), zero.data()}, work.data())(
      {re.data(), im.data()}, {out_re.data(), out_im.data()});
  std::vector<std::complex<double>> out;
  for (int k = 0; k <= data.n / 2; ++k) out.emplace_back(out_re[k], out_im[k]);
  return out;
}

TEST_CASE("the flux of two waves is exact, without aliases", "[field][term]") {
  constexpr int kN = 16;
  std::vector<std::complex<double>> slope;
  for (int k = 0; k <= kN / 2; ++k) slope.emplace_back(0.0, k < kN / 2 ? -0.5 * k : 0.0);
  const PolynomialTermData data = MakePolynomialTerm(kN, PaddedPoints(kN, 2), {.c2 = 1.0}, slope);
  const auto out = TermOfTwoWaves(data, 2, 7);
  // u^2 = 1 + cos(4x)/2 + cos(14x)/2 + cos(5x) + cos(9x); -1/2 d/dx gives sin(4x) + 5/2 sin(5x),
  // and 9 and 14 are beyond mode 8; aliases of 9 (to 7) and 14 (to 2) must not appear.
  for (int k = 0; k <= kN / 2; ++k) {
    const double sine = k == 4 ? 1.0 : k == 5 ? 2.5 : 0.0;
    CHECK(out[k].real() == Approx(0.0).margin(1e-13));
    CHECK(out[k].imag() == Approx(-sine * kN / 2).margin(1e-13));
  }
}

TEST_CASE("the cube of two waves is exact on 2 n points and has aliases on 3 n / 2",
          "[field][term]") {
  // u^3 with a = 2, b = 7: cos^3 = (3 cos + cos 3) / 4 and products: modes 2: 9/4, 7: 9/4, 6: 1/4,
  // 2b - a = 12, 2a + b = 11, 2a - b = 3: 3/4, 2b + a = 16, 3b = 21. On 24 points 21 becomes 3 and
  // 16 becomes 8.
  constexpr int kN = 16;
  const std::vector<std::complex<double>> one(kN / 2 + 1, 2.0);
  for (const bool right : {true, false}) {
    const PolynomialTermData data =
        MakePolynomialTerm(kN, PaddedPoints(kN, right ? 3 : 2), {.c1 = 5.0, .c3 = 1.0}, one);
    const auto out = TermOfTwoWaves(data, 2, 7);
    for (int k = 0; k <= kN / 2; ++k) {
      double cosine = k == 2 || k == 7 ? 9.0 / 4 + 5.0 : k == 6 ? 1.0 / 4 : k == 3 ? 3.0 / 4 : 0.0;
      if (!right && k == 3) cosine += 1.0 / 4;
      if (!right && k == 8) cosine += 3.0 / 4;
      CHECK(out[k].real() == Approx(2.0 * cosine * kN / 2).margin(1e-12));
      CHECK(out[k].imag() == Approx(0.0).margin(1e-12));
    }
  }
}

TEST_CASE("Burgers has the solution of Cole and Hopf", "[field][burgers]") {
  const double nu = 0.05;
  const std::vector<double> start = ColeHopf(64, nu, 0.8, 0.0);
  const std::vector<double> end = SolveBurgers(start, nu, 1e-3, 200);
  // Resolved to rounding: the poles of u are off the axis by arccosh(1 / 0.8) / (2 pi) = 0.11, so
  // that mode 32 is exp(-2 pi 32 0.11) = 2e-10 of the first; the step's error is below that.
  CHECK(MaxDifference(end, ColeHopf(64, nu, 0.8, 0.2)) < 2e-9);
}

TEST_CASE("Burgers converges with the fourth power of the step", "[field][burgers]") {
  const double nu = 0.02, time = 0.5;
  const std::vector<double> start = ColeHopf(128, nu, 0.9, 0.0);
  const std::vector<double> exact = ColeHopf(128, nu, 0.9, time);
  double last = 0.0;
  for (const int steps : {16, 32, 64}) {
    const double error = MaxDifference(SolveBurgers(start, nu, time / steps, steps), exact);
    if (last > 0.0) CHECK(std::log2(last / error) > 3.7);
    last = error;
  }
  CHECK(last > 1e-11);  // the comparison above is of truncation, not of rounding
}

TEST_CASE("Burgers converges spectrally in space", "[field][burgers]") {
  // Each doubling of the points squares the error (mode n / 2 decays as exp(-n pi 0.0746)), until
  // the step's error of about 1e-11.
  const double nu = 0.05;
  double last = 1.0;
  for (const int n : {16, 32, 64}) {
    const double error = MaxDifference(SolveBurgers(ColeHopf(n, nu, 0.9, 0.0), nu, 5e-4, 200),
                                       ColeHopf(n, nu, 0.9, 0.1));
    if (last < 1.0) CHECK(error < 10 * last * last + 1e-11);
    last = error;
  }
  CHECK(last < 1e-6);
}

TEST_CASE("Burgers conserves the mean", "[field][burgers]") {
  std::vector<double> u(48);
  for (size_t j = 0; j < u.size(); ++j) u[j] = 0.3 + std::exp(-50 * std::pow(j / 48.0 - 0.4, 2));
  const double before = std::accumulate(u.begin(), u.end(), 0.0);
  u = SolveBurgers(u, 0.02, 2e-3, 300);
  CHECK(std::accumulate(u.begin(), u.end(), 0.0) == Approx(before).epsilon(1e-13));
}

TEST_CASE("a field has the same bits alone and among others", "[field][burgers]") {
  constexpr int kN = 24;
  using Wide = Lanes<8>;
  std::vector<Wide> many(kN);
  std::vector<std::vector<double>> alone(8, std::vector<double>(kN));
  for (int lane = 0; lane < 8; ++lane) {
    for (int j = 0; j < kN; ++j) {
      alone[lane][j] = std::sin(2 * std::numbers::pi * j / kN + lane) + 0.1 * lane;
      SetLane(many[j], lane, alone[lane][j]);
    }
  }
  many = SolveBurgers(many, 0.03, 4e-3, 25);
  for (int lane = 0; lane < 8; ++lane) {
    const std::vector<double> expected = SolveBurgers(alone[lane], 0.03, 4e-3, 25);
    for (int j = 0; j < kN; ++j) REQUIRE(GetLane(many[j], lane) == expected[j]);
  }
}

TEST_CASE("terms that do not fit are refused", "[field][term]") {
  const auto make = [](int n, int padded, std::vector<std::complex<double>> multiplier) {
    return MakePolynomialTerm(n, padded, {.c2 = 1.0}, multiplier);
  };
  for (const int n : {-4, 0, 2, 3, 6, 129, 130}) CHECK_THROWS_AS(make(n, 2 * n, {}), InputError);
  CHECK_THROWS_AS(make(8, 4, std::vector<std::complex<double>>(5, 1.0)), InputError);
  CHECK_THROWS_AS(make(8, 12, std::vector<std::complex<double>>(4, 1.0)), InputError);
  CHECK_THROWS_AS(make(8, 12, std::vector<std::complex<double>>(5, {1.0, 1.0})), InputError);
}

}  // namespace
}  // namespace flyball
