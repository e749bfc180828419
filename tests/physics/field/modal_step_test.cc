#include "physics/field/modal_step.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include "physics/field/periodic_equation.h"
#include "physics/numeric/error.h"

namespace flyball {
namespace {

using Complex = std::complex<double>;

// One mode of one field over `steps` steps of h / steps.
Complex StepOne(Complex symbol, Complex v, Complex force, double time, int steps, bool impulse) {
  const ModalStep m = MakeModalStep(std::vector<Complex>{symbol}, time / steps, impulse);
  double re = v.real(), im = v.imag(), f_re = force.real(), f_im = force.imag();
  const Spectrum<double> u{&re, &im};
  for (int i = 0; i < steps; ++i) TakeModalStep(m, 1, &u, Spectrum<double>{&f_re, &f_im});
  return {re, im};
}

TEST_CASE("a mode follows its exponential, under a held force too", "[field][modal]") {
  const Complex start(1.0, -2.0), force(0.3, 0.4);
  for (const Complex l : {Complex(-3.0, 7.0), Complex(1e-7, 0.0), Complex(0.0, 0.0),
                          Complex(0.3, -0.2), Complex(-900.0, 1.0)}) {
    const Complex hold = std::abs(l) < 1e-6 ? 0.8 + 0.32 * l : (std::exp(l * 0.8) - 1.0) / l;
    const Complex expected = std::exp(l * 0.8) * start + hold * force;
    for (const int steps : {1, 5}) {
      CHECK(std::abs(StepOne(l, start, force, 0.8, steps, false) - expected) < 1e-13);
    }
    const Complex pushed = std::exp(l * 0.8) * start + force;
    CHECK(std::abs(StepOne(l, start, force, 0.8, 1, true) - pushed) < 1e-13);
  }
}

// Two fields by many small Runge-Kutta steps.
void Integrate(Rotation g, double force, double time, double& u, double& v) {
  const int steps = 20000;
  const double h = time / steps;
  const auto rate = [&](double x, double y, double& dx, double& dy) {
    dx = g.a * y;
    dy = g.b * x + force;
  };
  for (int i = 0; i < steps; ++i) {
    double k[4][2];
    rate(u, v, k[0][0], k[0][1]);
    rate(u + 0.5 * h * k[0][0], v + 0.5 * h * k[0][1], k[1][0], k[1][1]);
    rate(u + 0.5 * h * k[1][0], v + 0.5 * h * k[1][1], k[2][0], k[2][1]);
    rate(u + h * k[2][0], v + h * k[2][1], k[3][0], k[3][1]);
    u += h / 6 * (k[0][0] + 2 * k[1][0] + 2 * k[2][0] + k[3][0]);
    v += h / 6 * (k[0][1] + 2 * k[1][1] + 2 * k[2][1] + k[3][1]);
  }
}

TEST_CASE("two fields turn into each other, under a held force too", "[field][modal]") {
  for (const Rotation g : {Rotation{1.0, -9.0}, Rotation{4.0, -4.0}, Rotation{1.0, 0.0},
                           Rotation{-2.0, 2.0}, Rotation{1.0, -1e-14}}) {
    double u = 0.7, v = -0.4, re[2] = {u, v}, im[2] = {0.0, 0.0}, force = 0.9, none = 0.0;
    Integrate(g, force, 1.3, u, v);
    const ModalStep m = MakeModalStep(std::vector<Rotation>{g}, 1.3, false);
    const Spectrum<double> fields[2] = {{&re[0], &im[0]}, {&re[1], &im[1]}};
    TakeModalStep(m, 1, fields, Spectrum<double>{&force, &none});
    CHECK(re[0] == Approx(u).epsilon(1e-11));  // Runge-Kutta's error and rounding
    CHECK(re[1] == Approx(v).epsilon(1e-11));
    CHECK(im[0] == 0.0);
  }
}

TEST_CASE("waves keep their energy and wave functions their norm", "[field][modal]") {
  const std::vector<double> constants = {1.0, 2.0, 0.3};
  const double speed = 2.5;
  const double q = 7.0;
  const ModalStep wave = MakeModalStep(
      std::vector<Rotation>{FindPeriodicEquation("wave").rotation(q, std::vector<double>{speed})},
      0.01, false);
  const ModalStep quantum = MakeModalStep(
      std::vector<Rotation>{FindPeriodicEquation("schrodinger").rotation(q, constants)}, 0.01,
      false);
  double re[4] = {1.0, 0.5, 0.8, -0.6}, im[4] = {0.2, -3.0, 0.1, 0.4}, none = 0.0;
  const auto energy = [&] {
    return std::norm(Complex(re[1], im[1])) +
           speed * speed * q * q * std::norm(Complex(re[0], im[0]));
  };
  const auto norm = [&] {
    return std::norm(Complex(re[2], im[2])) + std::norm(Complex(re[3], im[3]));
  };
  const double energy_before = energy(), norm_before = norm();
  for (int i = 0; i < 1000; ++i) {
    const Spectrum<double> a[2] = {{&re[0], &im[0]}, {&re[1], &im[1]}};
    const Spectrum<double> b[2] = {{&re[2], &im[2]}, {&re[3], &im[3]}};
    TakeModalStep(wave, 1, a, Spectrum<double>{&none, &none});
    TakeModalStep(quantum, 1, b, Spectrum<double>{&none, &none});
  }
  CHECK(energy() == Approx(energy_before).epsilon(1e-12));
  CHECK(norm() == Approx(norm_before).epsilon(1e-12));
}

TEST_CASE("bad input to a modal step is refused", "[field][modal]") {
  CHECK_THROWS_AS(MakeModalStep(std::vector<Complex>{1.0}, 0.0, false), InputError);
  CHECK_THROWS_AS(MakeModalStep(std::vector<Complex>{NAN}, 1.0, false), InputError);
  CHECK_THROWS_AS(MakeModalStep(std::vector<Rotation>{{1.0, 1.0}}, 1.0, false), InputError);
  CHECK_THROWS_AS(FindPeriodicEquation("burger"), InputError);
}

}  // namespace
}  // namespace flyball
