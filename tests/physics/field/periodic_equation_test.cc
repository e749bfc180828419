// Proof of the numerics: every equation against exact solutions, manufactured ones, its dispersion
// relation, and what it conserves.
#include "physics/field/periodic_equation.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <functional>
#include <numbers>
#include <numeric>
#include <string>
#include <vector>

#include "physics/field/field_solver.h"
#include "tests/physics/field/burgers_solver.h"

namespace flyball {
namespace {

using Complex = std::complex<double>;
constexpr double kPi = std::numbers::pi;

std::vector<double> Sample(int n, double length, const std::function<double(double)>& f) {
  std::vector<double> field(n);
  for (int j = 0; j < n; ++j) field[j] = f(length / n * j);
  return field;
}

double MeanOf(const std::vector<double>& u) {
  return std::accumulate(u.begin(), u.end(), 0.0) / static_cast<double>(u.size());
}

// Solves from f(x, 0) to f(x, time) and returns the largest error.
double ErrorOf(const char* name, const std::vector<double>& constants, int n, double length,
               double time, int steps, const std::function<double(double, double)>& f) {
  std::vector<double> u = Sample(n, length, [&](double x) { return f(x, 0.0); });
  FieldSolver solver(FindPeriodicEquation(name), n, length, constants, time / steps);
  solver.Run(u, steps);
  return MaxDifference(u, Sample(n, length, [&](double x) { return f(x, time); }));
}

// Fourth order in the step, until the error of the grid or rounding.
void CheckOrder(const std::function<double(int)>& error, int steps) {
  const double coarse = error(steps), fine = error(2 * steps);
  CAPTURE(coarse, fine);
  CHECK(std::log2(coarse / fine) > 3.7);
  CHECK(fine > 1e-12);  // the comparison is of truncation, not of rounding
}

TEST_CASE("Korteweg-de Vries carries a soliton", "[field][equation]") {
  // Speed 4 over 40 m, where its tails are below rounding.
  const auto soliton = [](double x, double t) {
    const double sech = 1.0 / std::cosh(x - 15.0 - 4.0 * t);
    return -2.0 * sech * sech;
  };
  const auto error = [&](int n, int steps) {
    return ErrorOf("korteweg_de_vries", {}, n, 40.0, 0.5, steps, soliton);
  };
  CheckOrder([&](int steps) { return error(384, steps); }, 500);
  // Poles at pi / 2 from the axis: mode n / 2 falls as exp(-pi^2 n / 80), so that each 16 points
  // more bring a factor 7.
  const double coarse = error(96, 4000), fine = error(144, 4000);
  CHECK(coarse / fine > 100);
  CHECK(error(256, 4000) < 1e-8);
}

TEST_CASE("Fisher's fronts run at 5 / sqrt 6", "[field][equation]") {
  // Ablowitz and Zeppetella's front, one to either side of a plateau 100 m wide, on 300 m.
  const double c = 5 / std::sqrt(6.0);
  const auto front = [](double x) { return std::pow(1 + std::exp(x / std::sqrt(6.0)), -2); };
  const auto fronts = [&](double x, double t) {
    return front(x - 200.0 - c * t) * front(100.0 - x - c * t);
  };
  const auto error = [&](int n, int steps) {
    return ErrorOf("fisher", {1.0, 1.0}, n, 300.0, 4.0, steps, fronts);
  };
  CheckOrder([&](int steps) { return error(480, steps); }, 20);
  CHECK(error(96, 400) / error(144, 400) > 10);
  CHECK(error(480, 400) < 1e-9);
}

TEST_CASE("Fisher without diffusion is logistic growth", "[field][equation]") {
  const double r = 0.7;
  const auto logistic = [&](double x, double t) {
    const double start = 0.5 + 0.3 * std::sin(2 * kPi * x);
    return 1 / (1 + (1 / start - 1) * std::exp(-r * t));
  };
  CheckOrder(
      [&](int steps) {
        return ErrorOf("fisher", {0.0, r}, 64, 1.0, 6.0, steps, logistic);
      },
      4);
}

TEST_CASE("a tanh front stands still in Allen-Cahn and in Ginzburg-Landau", "[field][equation]") {
  // Width d sqrt(2 / p), two of them half a domain apart; the error is what they pull at each other,
  // about exp(-2 distance / width), and rounding.
  const double d = 0.04, p = 5.0;
  const auto pair = [](double length, double width) {
    return [=](double x, double) {
      return std::tanh((x - length / 4) / width) - std::tanh((x - 3 * length / 4) / width) - 1;
    };
  };
  const double width = d * std::sqrt(2 / p);
  CHECK(ErrorOf("allen_cahn", {d, p}, 512, 2.0, 1.0, 100, pair(2.0, width)) < 1e-10);
  CHECK(ErrorOf("allen_cahn", {d, p}, 128, 2.0, 1.0, 100, pair(2.0, width)) > 1e-7);
  CHECK(ErrorOf("ginzburg_landau", {}, 384, 100.0, 5.0, 100, pair(100.0, std::sqrt(2.0))) < 1e-10);
}

TEST_CASE("uniform fields of Allen-Cahn and Ginzburg-Landau follow their potential",
          "[field][equation]") {
  // u' = p (u - u^3): u^2 = 1 / (1 + c exp(-2 p t)).
  const auto uniform = [](double p) {
    return [=](double, double t) { return 1 / std::sqrt(1 + 15.0 * std::exp(-2 * p * t)); };
  };
  const auto allen_cahn = [&](int steps) {
    return ErrorOf("allen_cahn", {0.01, 5.0}, 16, 2.0, 0.4, steps, uniform(5.0));
  };
  CheckOrder(allen_cahn, 20);
  CheckOrder(
      [&](int steps) {
        return ErrorOf("ginzburg_landau", {}, 16, 100.0, 2.0, steps, uniform(1.0));
      },
      20);
}

// ---- Manufactured solutions: any u(x, t), and the force that makes it one. ----

struct Case {
  const char* name;
  std::vector<double> constants;
  double length, time;
  int steps;  // for which twice as many still leave an error above rounding
};
const std::vector<Case> kCases = {
    {"burgers", {0.02}, 1.0, 0.4, 80},        {"kuramoto_sivashinsky", {}, 4 * kPi, 1.0, 40},
    {"fisher", {0.01, 0.8}, 1.0, 2.0, 20},    {"allen_cahn", {0.04, 5.0}, 2.0, 0.4, 20},
    {"korteweg_de_vries", {}, 10.0, 0.2, 80}, {"cahn_hilliard", {1.0, 0.02}, 2.0, 0.02, 40},
    {"ginzburg_landau", {}, 20.0, 1.0, 20},
};

// exp(sin) runs round the domain and breathes: no mode of it is zero, and they fall faster than any
// exponential.
double Wanted(const Case& c, double x, double t) {
  const double phase = 2 * kPi * x / c.length - t / c.time;
  return 0.4 * std::exp(std::sin(phase)) * std::cos(0.7 * t / c.time) - 0.3;
}
double WantedRate(const Case& c, double x, double t) {
  const double phase = 2 * kPi * x / c.length - t / c.time;
  return -0.4 / c.time * std::exp(std::sin(phase)) *
         (std::cos(phase) * std::cos(0.7 * t / c.time) + 0.7 * std::sin(0.7 * t / c.time));
}

std::vector<Complex> ModesOf(const std::vector<double>& u) {
  const RealFft<double> fft(static_cast<int>(u.size()));
  std::vector<double> re(u.size() / 2 + 1), im(re.size()), work(fft.work_size());
  fft.Forward(std::span<const double>(u), std::span(re), std::span(im), std::span(work));
  std::vector<Complex> modes;
  for (size_t k = 0; k < re.size(); ++k) modes.emplace_back(re[k], im[k]);
  return modes;
}

// Steps with the force of the stage's own time: N is called at t, t + h/2, t + h/2, t + h.
double ManufacturedError(const Case& c, int n, int steps) {
  const PeriodicEquation& equation = FindPeriodicEquation(c.name);
  const double h = c.time / steps;
  const std::vector<Complex> symbol = SymbolOf(equation, n, c.length, c.constants);
  const EtdCoefficients etd = MakeEtdCoefficients(symbol, h);
  const PolynomialTermData data =
      TermOf(equation, n, c.length, c.constants,
             PaddedPoints(n, DegreeOf(equation.polynomial(c.constants))), false);
  const RealFft<double> fft(n), padded(data.padded);
  const int room = data.room();
  std::vector<double> re(room, 0.0), im(re), force_re(re), force_im(re), work(data.work_size());
  std::vector<double> etd_work(Etdrk4WorkSize(room));
  const PolynomialTerm<double> term(data, padded, {force_re.data(), force_im.data()}, work.data());

  // The force on a finer grid, where the polynomial has no aliases to speak of.
  const Polynomial p = equation.polynomial(c.constants);
  const int fine = 128;
  const auto set_force = [&](double t) {
    const auto u = Sample(fine, c.length, [&](double x) { return Wanted(c, x, t); });
    const auto rate =
        ModesOf(Sample(fine, c.length, [&](double x) { return WantedRate(c, x, t); }));
    std::vector<double> value(u);
    for (double& v : value) v = p(v);
    const auto modes = ModesOf(u), nonlinear = ModesOf(value);
    for (int k = 0; k < n / 2; ++k) {
      const Complex m = equation.multiplier(2 * kPi / c.length * k, c.constants);
      const Complex force =
          (rate[k] - symbol[k] * modes[k] - m * nonlinear[k]) * (static_cast<double>(n) / fine);
      force_re[k] = force.real();
      force_im[k] = force.imag();
    }
  };

  const auto start = ModesOf(Sample(n, c.length, [&](double x) { return Wanted(c, x, 0.0); }));
  for (int k = 0; k < n / 2; ++k) {
    re[k] = start[k].real();
    im[k] = start[k].imag();
  }
  int calls = 0;
  const auto forced = [&](Spectrum<double> in, Spectrum<double> out) {
    constexpr double kStage[] = {0.0, 0.5, 0.5, 1.0};
    set_force(h * (calls / 4 + kStage[calls % 4]));
    ++calls;
    term(in, out);
  };
  for (int i = 0; i < steps; ++i) {
    StepEtdrk4<false>(etd, room, forced, Spectrum<double>{re.data(), im.data()}, etd_work.data());
  }
  std::vector<double> u(n), fft_work(2 * n);
  fft.Inverse(std::span<const double>(re.data(), n / 2 + 1),
              std::span<const double>(im.data(), n / 2 + 1), std::span(u), std::span(fft_work));
  return MaxDifference(u, Sample(n, c.length, [&](double x) { return Wanted(c, x, c.time); }));
}

TEST_CASE("every nonlinear equation is solved to fourth order in time", "[field][equation]") {
  for (const Case& c : kCases) {
    CAPTURE(c.name);
    CheckOrder([&](int steps) { return ManufacturedError(c, 64, steps); }, c.steps);
  }
}

TEST_CASE("every nonlinear equation converges spectrally in space", "[field][equation]") {
  // The modes of exp(sin) fall as 1 / (2^k k!): 12, 20, 32 points leave 1e-4, 1e-8, 1e-15.
  for (const Case& c : kCases) {
    CAPTURE(c.name);
    const double coarse = ManufacturedError(c, 12, 4 * c.steps);
    const double middle = ManufacturedError(c, 20, 4 * c.steps);
    const double fine = ManufacturedError(c, 32, 4 * c.steps);
    CAPTURE(coarse, middle, fine);
    CHECK(coarse / middle > 100);
    CHECK((middle / fine > 100 || fine < 1e-8));  // the step's own error
  }
}

// ---- Small waves ----

TEST_CASE("small waves grow and travel as the dispersion relation says", "[field][equation]") {
  // The rate of exp(i q x), written down once more, by hand, about u = 0.
  struct Small {
    const char* name;
    std::vector<double> constants;
    double length;
    std::function<Complex(double)> rate;
  };
  const Complex i(0.0, 1.0);
  const std::vector<Small> cases = {
      {"burgers", {0.03}, 2.0, [](double q) { return -0.03 * q * q; }},
      {"kuramoto_sivashinsky", {}, 32 * kPi, [](double q) { return q * q - std::pow(q, 4); }},
      {"fisher", {0.01, 0.3}, 10.0, [](double q) { return 0.3 - 0.01 * q * q; }},
      {"allen_cahn", {0.04, 5.0}, 2.0, [](double q) { return 5.0 - 0.0016 * q * q; }},
      {"korteweg_de_vries", {}, 10.0, [i](double q) { return i * std::pow(q, 3); }},
      {"cahn_hilliard", {1.0, 0.02}, 2.0, [](double q) { return q * q - 0.02 * std::pow(q, 4); }},
      {"ginzburg_landau", {}, 100.0, [](double q) { return 1.0 - q * q; }},
  };
  for (const Small& c : cases) {
    for (const int k : {1, 3, 8}) {
      CAPTURE(c.name, k);
      const double q = 2 * kPi / c.length * k, time = 0.1, size = 1e-9;
      std::vector<double> u =
          Sample(64, c.length, [&](double x) { return size * std::cos(q * x + 0.3); });
      FieldSolver(FindPeriodicEquation(c.name), 64, c.length, c.constants, time / 10).Run(u, 10);
      const Complex expected = 32.0 * size * std::exp(i * 0.3 + c.rate(q) * time);
      // What the nonlinearity adds is of the order of the wave itself.
      CHECK(std::abs(ModesOf(u)[k] - expected) <
            1e-7 * 32.0 * size * (1 + std::abs(expected) / 32 / size));
    }
  }
}

TEST_CASE("linear equations have their symbols", "[field][equation]") {
  const std::vector<double> plain = {0.002, 0.1, 0.3}, speed = {2.0}, particle = {1.5, 0.5, 0.25};
  const Complex l = FindPeriodicEquation("convection_diffusion_reaction").symbol(5.0, plain);
  CHECK(l.real() == Approx(0.3 - 0.002 * 25));
  CHECK(l.imag() == Approx(-0.5));  // exp(i q (x - c t)): carried towards larger x
  const Rotation wave = FindPeriodicEquation("wave").rotation(3.0, speed);
  CHECK(-wave.a * wave.b == Approx(36.0));  // (c q)^2
  // A plane wave turns with E / h, E = h^2 q^2 / 2m + V.
  const Rotation turn = FindPeriodicEquation("schrodinger").rotation(2.0, particle);
  CHECK(turn.a == Approx((1.5 * 1.5 * 4.0 / (2 * 0.5) + 0.25) / 1.5));
  CHECK(turn.b == -turn.a);
}

// ---- What is conserved, and what only falls ----

TEST_CASE("equations of balance keep the mean", "[field][equation]") {
  for (const Case& c : kCases) {
    const std::string name = c.name;
    const bool keeps = name == "burgers" || name == "kuramoto_sivashinsky" ||
                       name == "korteweg_de_vries" || name == "cahn_hilliard";
    std::vector<double> u = Sample(96, c.length, [&](double x) { return Wanted(c, x, 0.0); });
    const double before = MeanOf(u);
    FieldSolver(FindPeriodicEquation(c.name), 96, c.length, c.constants, c.time / 200).Run(u, 200);
    CAPTURE(name);
    if (keeps) CHECK(MeanOf(u) == Approx(before).epsilon(1e-12));
    if (!keeps) CHECK(std::abs(MeanOf(u) - before) > 1e-3);
  }
}

TEST_CASE("Korteweg-de Vries keeps momentum and energy", "[field][equation]") {
  // Integrals of u^2 and of u_x^2 / 2 + u^3, to the error of the step.
  const double length = 10.0;
  std::vector<double> u =
      Sample(128, length, [&](double x) { return 0.6 * std::exp(std::sin(2 * kPi * x / length)); });
  const auto integrals = [&] {
    const auto modes = ModesOf(u);
    double square = 0.0, energy = 0.0;
    for (const double v : u) {
      square += v * v / 128;
      energy += v * v * v / 128;
    }
    for (int k = 1; k < 64; ++k) {
      energy += std::norm(2 * kPi / length * k * modes[k] / 128.0);
    }
    return std::pair(square, energy);
  };
  const auto [square, energy] = integrals();
  FieldSolver(FindPeriodicEquation("korteweg_de_vries"), 128, length, {}, 5e-4).Run(u, 2000);
  CHECK(integrals().first == Approx(square).epsilon(1e-9));
  CHECK(integrals().second == Approx(energy).epsilon(1e-8));
}

TEST_CASE("free energies only fall", "[field][equation]") {
  struct Gradient {
    const char* name;
    std::vector<double> constants;
    double length, stiffness, step;  // energy: stiffness u_x^2 / 2 + (u^2 - 1)^2 / 4
  };
  for (const Gradient& c : {Gradient{"allen_cahn", {0.04, 5.0}, 2.0, 0.0016 / 5.0, 0.01},
                            Gradient{"cahn_hilliard", {1.0, 0.02}, 2.0, 0.02, 0.0005},
                            Gradient{"ginzburg_landau", {}, 100.0, 1.0, 0.05}}) {
    CAPTURE(c.name);
    std::vector<double> u = Sample(256, c.length, [&](double x) {
      const double turn = 2 * kPi * x / c.length;
      return 0.3 * std::sin(turn) + 0.2 * std::cos(3 * turn) - 0.1 * std::sin(7 * turn);
    });
    const auto energy = [&] {
      const auto modes = ModesOf(u);
      double sum = 0.0;
      for (const double v : u) sum += 0.25 * (v * v - 1) * (v * v - 1) / 256;
      for (int k = 1; k < 128; ++k) {
        sum += c.stiffness * std::norm(2 * kPi / c.length * k * modes[k] / 256.0);
      }
      return sum;
    };
    FieldSolver solver(FindPeriodicEquation(c.name), 256, c.length, c.constants, c.step);
    double last = energy();
    const double first = last;
    for (int i = 0; i < 100; ++i) {
      solver.Run(u, 1);
      CHECK(energy() < last + 1e-13);
      last = energy();
    }
    CHECK(last < 0.9 * first);
  }
}

}  // namespace
}  // namespace flyball
