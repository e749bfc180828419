#include "physics/field/etd.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "physics/field/etdrk4.h"
#include "physics/numeric/error.h"

namespace flyball {
namespace {

using Complex = std::complex<double>;

TEST_CASE("ETD weights have their closed forms", "[field][etd]") {
  // Far enough from 0 that the closed forms keep their digits: they lose 3 log10(1 / |z|).
  const double h = 0.5;
  std::vector<Complex> symbol = {-3.0, -40.0, {0.0, 5.0}, {-2.0, 6.0}};
  const EtdCoefficients c = MakeEtdCoefficients(symbol, h);
  CHECK_FALSE(c.real);
  for (int k = 0; k < c.modes(); ++k) {
    const Complex z = symbol[k] * h, e = std::exp(z), z3 = z * z * z;
    const auto check = [k](const ModeArray& array, Complex expected) {
      CHECK(array.re[k] == Approx(expected.real()).margin(1e-13));
      CHECK(array.im[k] == Approx(expected.imag()).margin(1e-13));
    };
    check(c.e, e);
    check(c.e2, std::exp(z / 2.0));
    check(c.q, h * (std::exp(z / 2.0) - 1.0) / z);
    check(c.f1, h * (-4.0 - z + e * (4.0 - 3.0 * z + z * z)) / z3);
    check(c.f2, h * (2.0 + z + e * (z - 2.0)) / z3);
    check(c.f3, h * (-4.0 - 3.0 * z - z * z + e * (4.0 - z)) / z3);
  }
}

TEST_CASE("ETD weights become Runge-Kutta's where L vanishes", "[field][etd]") {
  const std::vector<Complex> symbol = {0.0, -1e-9};
  for (const EtdContour contour : {EtdContour::kFullCircle, EtdContour::kUpperHalfReal}) {
    const EtdCoefficients c = MakeEtdCoefficients(symbol, 0.3, contour);
    CHECK(c.real);
    for (int k = 0; k < 2; ++k) {
      CHECK(c.q.re[k] == Approx(0.15).epsilon(1e-9));
      CHECK(c.f1.re[k] == Approx(0.05).epsilon(1e-9));
      CHECK(2 * c.f2.re[k] == Approx(0.1).epsilon(1e-9));
      CHECK(c.f3.re[k] == Approx(0.05).epsilon(1e-9));
    }
  }
}

// du/dt = L u + N(u) for one mode, n steps of ETDRK4.
template <class Nonlinear>
Complex Integrate(Complex l, Complex u, double time, int steps, const Nonlinear& nonlinear,
                  EtdContour contour = EtdContour::kFullCircle) {
  const EtdCoefficients c = MakeEtdCoefficients(std::vector<Complex>{l}, time / steps, contour);
  double re = u.real(), im = u.imag();
  std::vector<double> work(Etdrk4WorkSize(1));
  const auto n = [&](Spectrum<double> in, Spectrum<double> out) {
    const Complex value = nonlinear(Complex(*in.re, *in.im));
    *out.re = value.real();
    *out.im = value.imag();
  };
  for (int i = 0; i < steps; ++i) {
    if (c.real) {
      StepEtdrk4<true>(c, 1, n, Spectrum<double>{&re, &im}, work.data());
    } else {
      StepEtdrk4<false>(c, 1, n, Spectrum<double>{&re, &im}, work.data());
    }
  }
  return {re, im};
}

TEST_CASE("a held force is integrated exactly", "[field][etd]") {
  const Complex force(0.7, -0.2), start(1.0, 2.0);
  for (const Complex l : {Complex(-5.0, 0.0), Complex(-1.0, 8.0), Complex(0.0, 0.0)}) {
    const Complex result = Integrate(l, start, 0.4, 2, [&](Complex) { return force; });
    const Complex growth = l == 0.0 ? Complex(0.4) : (std::exp(l * 0.4) - 1.0) / l;
    CHECK(std::abs(result - (std::exp(l * 0.4) * start + growth * force)) < 1e-13);
  }
}

TEST_CASE("ETDRK4 is of fourth order, for a stiff and for a rotating L", "[field][etd]") {
  // u' = L u - u^2 has u = L / (1 + (L / u0 - 1) exp(-L t)).
  const Complex start = 1.5;
  for (const Complex l : {Complex(-4.0, 0.0), Complex(0.0, 6.0)}) {
    const Complex exact = l / (1.0 + (l / start - 1.0) * std::exp(-l * 1.0));
    const auto error = [&](int steps, EtdContour contour) {
      return std::abs(Integrate(
                          l, start, 1.0, steps, [](Complex u) { return -u * u; }, contour) -
                      exact);
    };
    CHECK(std::log2(error(40, EtdContour::kFullCircle) / error(80, EtdContour::kFullCircle)) > 3.7);
    // The half circle does as well for a real L and falls to first order for an imaginary one.
    const double half =
        std::log2(error(40, EtdContour::kUpperHalfReal) / error(80, EtdContour::kUpperHalfReal));
    if (l.imag() == 0.0) CHECK(half > 3.7);
    if (l.imag() != 0.0) CHECK(half < 1.5);
  }
}

TEST_CASE("bad input to ETD is refused", "[field][etd]") {
  const std::vector<Complex> symbol = {-1.0};
  CHECK_THROWS_AS(MakeEtdCoefficients(symbol, 0.0), InputError);
  CHECK_THROWS_AS(MakeEtdCoefficients(symbol, std::nan("")), InputError);
  CHECK_THROWS_AS(MakeEtdCoefficients(symbol, 0.1, EtdContour::kFullCircle, 4), InputError);
  CHECK_THROWS_AS(MakeEtdCoefficients(std::vector<Complex>{INFINITY}, 0.1), InputError);
}

}  // namespace
}  // namespace flyball
