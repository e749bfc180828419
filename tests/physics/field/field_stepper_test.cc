#include "physics/field/field_stepper.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdlib>
#include <numbers>
#include <string>
#include <vector>

#include "physics/field/etdrk4.h"
#include "physics/field/field_solver.h"
#include "physics/field/periodic_equation.h"
#include "physics/numeric/error.h"
#include "physics/numeric/isa.h"

namespace flyball {
namespace {

struct Case {
  const char* equation;
  std::vector<double> constants;
  double length, step;
};
const std::vector<Case> kCases = {
    {"burgers", {0.02}, 1.0, 1e-3},        {"kuramoto_sivashinsky", {}, 100.0, 5e-3},
    {"fisher", {0.01, 0.1}, 10.0, 0.01},   {"allen_cahn", {0.04, 5.0}, 2.0, 1e-3},
    {"korteweg_de_vries", {}, 10.0, 1e-3}, {"cahn_hilliard", {1.0, 0.02}, 2.0, 1e-4},
    {"ginzburg_landau", {}, 100.0, 0.01}};

// What steps a field, and the field and force it steps.
struct Problem {
  EtdCoefficients etd;
  PolynomialTermData term;
  std::vector<double> field, force_re, force_im;

  // `quirks`: as controlgym has it, half a circle, 3/2 for all, mode n / 2 taking part.
  Problem(const Case& c, int n, bool quirks) : field(n), force_re(n / 2 + 1), force_im(n / 2 + 1) {
    const PeriodicEquation& equation = FindPeriodicEquation(c.equation);
    const int degree = quirks ? 2 : DegreeOf(equation.polynomial(c.constants));
    etd = MakeEtdCoefficients(SymbolOf(equation, n, c.length, c.constants), c.step,
                              quirks ? EtdContour::kUpperHalfReal : EtdContour::kFullCircle);
    term = TermOf(equation, n, c.length, c.constants, PaddedPoints(n, degree), quirks);
    for (int j = 0; j < n; ++j) {
      const double turn = 2 * std::numbers::pi * j / n;
      field[j] = std::exp(std::sin(turn)) - 1.0 + 0.3 * std::cos(2 * turn + 1.0);
      if (quirks) field[j] += j % 2 ? -0.01 : 0.01;  // mode n / 2
    }
    for (int k = 0; k < 6; ++k) {
      force_re[k] = 0.1 * n / (k + 1);
      force_im[k] = k == 0 ? 0.0 : 0.03 * n * k;
    }
  }

  std::vector<double> Stepped(int steps) const {
    const FieldStepper stepper(etd, term);
    std::vector<double> u = field, work(stepper.work_size());
    stepper.Run(u.data(), force_re.data(), force_im.data(), steps, work.data());
    return u;
  }

  // By the loops of etdrk4.h and polynomial_term.h.
  std::vector<double> SteppedPlainly(int steps) const {
    const int n = term.n, room = term.room(), modes = n / 2 + 1;
    const RealFft<double> fft(n), padded(term.padded);
    std::vector<double> u = field, re(room), im(room), push_re(room), push_im(room);
    std::vector<double> work(term.work_size()), etd_work(Etdrk4WorkSize(room));
    std::copy(force_re.begin(), force_re.end(), push_re.begin());
    std::copy(force_im.begin(), force_im.end(), push_im.begin());
    const std::span<double> low_re(re.data(), modes), low_im(im.data(), modes);
    fft.Forward(std::span<const double>(u), low_re, low_im, std::span(work));
    if (term.factor.back() == 0.0) re[n / 2] = im[n / 2] = 0.0;
    const PolynomialTerm<double> nonlinear(term, padded, {push_re.data(), push_im.data()},
                                           work.data());
    for (int i = 0; i < steps; ++i) {
      const Spectrum<double> spectrum{re.data(), im.data()};
      if (etd.real) {
        StepEtdrk4<true>(etd, room, nonlinear, spectrum, etd_work.data());
      } else {
        StepEtdrk4<false>(etd, room, nonlinear, spectrum, etd_work.data());
      }
    }
    fft.Inverse(std::span<const double>(low_re), std::span<const double>(low_im),
                std::span<double>(u), std::span(work));
    return u;
  }
};

// Every radix of the lanes' transforms, and lengths that are no multiple of a vector.
const std::vector<int> kPoints = {32, 64, 96, 128, 160, 192, 256, 288, 320, 480, 512, 1024, 1280};

TEST_CASE("the fast steps are those of the plain loops", "[field][stepper]") {
  for (const Case& c : kCases) {
    for (const int n : kPoints) {
      for (const bool quirks : {false, true}) {
        CAPTURE(c.equation, n, quirks);
        Case finer = c;
        finer.step *= std::min(1.0, 128.0 / n);
        const Problem problem(finer, n, quirks);
        const std::vector<double> fast = problem.Stepped(8), plain = problem.SteppedPlainly(8);
        double largest = 0.0, error = 0.0;
        for (int j = 0; j < n; ++j) {
          largest = std::max(largest, std::abs(plain[j]));
          error = std::max(error, std::abs(fast[j] - plain[j]));
        }
        // Some hundred roundings of numbers of the field's size.
        CHECK(error < 1e-13 * largest);
      }
    }
  }
}

TEST_CASE("the fast steps have the same bits on every instruction set", "[field][stepper]") {
  const auto on = [](const char* isa, const Problem& problem) {
    setenv("FLYBALL_ISA", isa, 1);
    std::vector<double> u = problem.Stepped(5);
    unsetenv("FLYBALL_ISA");
    return u;
  };
  for (const Case& c : kCases) {
    for (const int n : kPoints) {
      for (const bool quirks : {false, true}) {
        CAPTURE(c.equation, n, quirks);
        const Problem problem(c, n, quirks);
        const std::vector<double> expected = on("base", problem);
        if (BestIsa() >= Isa::kV3) CHECK(on("v3", problem) == expected);
        if (BestIsa() >= Isa::kV4) CHECK(on("v4", problem) == expected);
      }
    }
  }
}

TEST_CASE("no steps leave the field as it was", "[field][stepper]") {
  const Problem problem(kCases[0], 128, false);
  const std::vector<double> same = problem.Stepped(0);
  for (int j = 0; j < 128; ++j) CHECK(same[j] == Approx(problem.field[j]).margin(1e-14));
}

TEST_CASE("lengths that fast steps are not for are refused", "[field][stepper]") {
  CHECK(FieldStepper::Fits(256, 384));
  CHECK_FALSE(FieldStepper::Fits(200, 300));
  CHECK_FALSE(FieldStepper::Fits(16, 24));
  CHECK_FALSE(FieldStepper::Fits(224, 336));
  const Problem problem(kCases[0], 48, false);
  CHECK_THROWS_AS(FieldStepper(problem.etd, problem.term), InputError);
}

}  // namespace
}  // namespace flyball
