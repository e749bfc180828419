#include "physics/field/field_adjoint.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <numbers>
#include <string>
#include <vector>

#include "physics/field/convection_adjoint.h"
#include "physics/field/field_solver.h"
#include "physics/field/plane_adjoint.h"

namespace flyball {
namespace {

// Compares a transpose with differences along one direction: by . J d = (J' by) . d.
template <class Step, class Pull>
void CheckTranspose(size_t size, size_t modes, const Step& step, const Pull& pull,
                    double scale = 1.0) {
  std::vector<double> field(size), along(size), by(size), by_field(size, 0.0);
  for (size_t j = 0; j < size; ++j) {
    field[j] = scale * (0.3 * std::sin(0.9 * j) + 0.2 * std::cos(2.1 * j + 1));
    along[j] = scale * std::cos(1.7 * j + 0.4);
    by[j] = std::sin(2.3 * j + 0.7);
  }
  Modes force(modes), force_along(modes), by_force(modes);
  for (size_t k = 0; k < modes; ++k) {
    force[k] = {0.3 * std::cos(1.0 * k), k > 0 ? 0.2 * std::sin(1.0 * k) : 0.0};
    force_along[k] = {std::sin(0.5 * k + 1), k > 0 ? std::cos(0.3 * k) : 0.0};
  }
  pull(field, force, by, by_field, by_force);

  double expected = 0.0;
  for (size_t j = 0; j < size; ++j) expected += by_field[j] * along[j];
  for (size_t k = 0; k < modes; ++k) {
    expected +=
        by_force[k].real() * force_along[k].real() + by_force[k].imag() * force_along[k].imag();
  }
  // Central differences of fourth order, so that rounding and truncation are both below 1e-9.
  const auto value = [&](double h) {
    std::vector<double> at(field), next(size);
    Modes forced(force);
    for (size_t j = 0; j < size; ++j) at[j] += h * along[j];
    for (size_t k = 0; k < modes; ++k) forced[k] += h * force_along[k];
    step(at, forced, next);
    double sum = 0.0;
    for (size_t j = 0; j < size; ++j) sum += by[j] * next[j];
    return sum;
  };
  const double h = 1e-3;
  const double slope = (8 * (value(h) - value(-h)) - (value(2 * h) - value(-2 * h))) / (12 * h);
  CHECK(slope == Approx(expected).epsilon(1e-8));
}

TEST_CASE("steps of periodic fields have their transposes", "[field][adjoint]") {
  struct Case {
    const char* name;
    std::vector<double> constants;
    double length, step;
  };
  const std::vector<Case> cases = {{"convection_diffusion_reaction", {0.002, 0.1, 0.1}, 1.0, 0.1},
                                   {"wave", {0.3}, 1.0, 0.1},
                                   {"schrodinger", {1.0, 1.0, 0.2}, 1.0, 0.001},
                                   {"burgers", {0.02}, 1.0, 0.01},
                                   {"kuramoto_sivashinsky", {}, 20.0, 0.05},
                                   {"fisher", {0.01, 0.8}, 1.0, 0.05},
                                   {"allen_cahn", {0.04, 5.0}, 2.0, 0.02},
                                   {"korteweg_de_vries", {}, 10.0, 0.002},
                                   {"cahn_hilliard", {1.0, 0.02}, 2.0, 0.0005},
                                   {"ginzburg_landau", {}, 20.0, 0.05}};
  constexpr int kPoints = 24;
  for (const Case& c : cases) {
    for (const bool nyquist : {false, true}) {
      CAPTURE(c.name, nyquist);
      const PeriodicEquation& equation = FindPeriodicEquation(c.name);
      EtdCoefficients etd;
      PolynomialTermData term;
      ModalStep modal;
      if (equation.rotation) {
        std::vector<Rotation> generator;
        for (int k = 0; k <= kPoints / 2; ++k) {
          generator.push_back(equation.rotation(2 * std::numbers::pi / c.length * k, c.constants));
        }
        modal = MakeModalStep(generator, c.step, nyquist);
      } else if (equation.linear()) {
        modal = MakeModalStep(SymbolOf(equation, kPoints, c.length, c.constants), c.step, nyquist);
      } else {
        etd = MakeEtdCoefficients(SymbolOf(equation, kPoints, c.length, c.constants), c.step);
        term = TermOf(equation, kPoints, c.length, c.constants, PaddedPoints(kPoints, 3), nyquist);
      }
      FieldAdjoint adjoint(
          {etd, term, modal, equation.fields(), kPoints, equation.linear() ? 1 : 3, nyquist});
      CheckTranspose(
          static_cast<size_t>(equation.fields()) * kPoints, kPoints / 2 + 1,
          [&](const auto& field, const Modes& force, auto& next) {
            adjoint.Step(field, force, next);
          },
          [&](const auto& field, const Modes& force, const auto& by, auto& by_field,
              Modes& by_force) { adjoint.Pull(field, force, by, by_field, by_force); });
    }
  }
}

TEST_CASE("steps of plane flows have their transposes", "[field][adjoint]") {
  for (const bool burgers : {false, true}) {
    CAPTURE(burgers);
    const PlaneFlowData d = MakePlaneFlow(burgers, 16, 2 * std::numbers::pi, 0.05, 0.0, 0.02);
    const PlaneAdjoint adjoint(d, 2);
    // (A force's modes along x = 0 come in pairs; the transpose is by each of them.)
    CheckTranspose(
        static_cast<size_t>(d.fields()) * 256, static_cast<size_t>(d.fields()) * d.modes(),
        [&](const auto& field, const Modes& force, auto& next) {
          adjoint.Step(field, force, next);
        },
        [&](const auto& field, const Modes& force, const auto& by, auto& by_field,
            Modes& by_force) { adjoint.Pull(field, force, by, by_field, by_force); });
  }
}

TEST_CASE("the step of a convection cell has its transpose, and so has its heat flux",
          "[field][adjoint]") {
  const ConvectionData d = MakeConvection(16, 12, 2.0, 5e3, 0.71, 0.05);
  const ConvectionAdjoint adjoint(d, 3);
  const double by_nusselt = 0.7;
  // The heat flux is one more number of the result: it is carried in the step's first value.
  CheckTranspose(
      2 * d.row_size(), d.kept,
      [&](const auto& field, const Modes& force, auto& next) {
        // by . next gains by_nusselt Nu; by[0] is sin(0.7).
        const double nusselt = adjoint.Step(field, force, next);
        next[0] += by_nusselt * nusselt / std::sin(0.7);
      },
      [&](const auto& field, const Modes& force, const auto& by, auto& by_field, Modes& by_force) {
        adjoint.Pull(field, force, by, by_nusselt, by_field, by_force);
      },
      1e-4);  // third derivatives of a field as rough as this are large
}

}  // namespace
}  // namespace flyball
