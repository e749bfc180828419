#include "physics/field/periodic_equation.h"

#include <string>

#include "physics/numeric/error.h"

namespace flyball {
namespace {

using Complex = std::complex<double>;
using Constants = std::span<const double>;

constexpr auto kUnit = +[](double, Constants) { return Complex(1.0); };
// u u_x = (u^2)_x / 2.
constexpr auto kAdvection = +[](double q, Constants) { return Complex(0.0, -0.5 * q); };
constexpr auto kSquare = +[](Constants) { return Polynomial{.c2 = 1.0}; };
constexpr auto kCube = +[](Constants) { return Polynomial{.c3 = 1.0}; };

constexpr PeriodicEquation kEquations[] = {
    {.name = "convection_diffusion_reaction",
     .formula = "u_t = D u_xx - c u_x + r u + force",
     .symbol = [](double q, Constants c) { return Complex(c[2] - c[0] * q * q, -c[1] * q); }},
    {.name = "wave",
     .formula = "u_tt = c^2 u_xx + force",
     .rotation =
         [](double q, Constants c) {
           return Rotation{1.0, -c[0] * c[0] * q * q};
         }},
    {.name = "schrodinger",
     .formula = "i h u_t = -h^2 / (2 m) u_xx + V u, with a force on the imaginary part",
     .rotation =
         [](double q, Constants c) {
           const double w = 0.5 * c[0] * q * q / c[1] + c[2] / c[0];
           return Rotation{w, -w};
         }},
    {.name = "burgers",
     .formula = "u_t = nu u_xx - u u_x + force",
     .symbol = [](double q, Constants c) { return Complex(-c[0] * q * q); },
     .multiplier = kAdvection,
     .polynomial = kSquare},
    {.name = "kuramoto_sivashinsky",
     .formula = "u_t = -u_xx - u_xxxx - u u_x + force",
     .symbol = [](double q, Constants) { return Complex(q * q - q * q * q * q); },
     .multiplier = kAdvection,
     .polynomial = kSquare},
    {.name = "fisher",
     .formula = "u_t = D u_xx + r u (1 - u) + force",
     .symbol = [](double q, Constants c) { return Complex(c[1] - c[0] * q * q); },
     .multiplier = kUnit,
     .polynomial = [](Constants c) { return Polynomial{.c2 = -c[1]}; }},
    {.name = "allen_cahn",
     .formula = "u_t = d^2 u_xx + p (u - u^3) + force",
     .symbol = [](double q, Constants c) { return Complex(c[1] - c[0] * c[0] * q * q); },
     .multiplier = kUnit,
     .polynomial = [](Constants c) { return Polynomial{.c3 = -c[1]}; }},
    {.name = "korteweg_de_vries",
     .formula = "u_t = 6 u u_x - u_xxx + force",
     .symbol = [](double q, Constants) { return Complex(0.0, q * q * q); },
     .multiplier = [](double q, Constants) { return Complex(0.0, 3.0 * q); },
     .polynomial = kSquare},
    {.name = "cahn_hilliard",
     .formula = "u_t = D (u^3 - u - g u_xx)_xx + force",
     .symbol = [](double q, Constants c) { return Complex(c[0] * q * q * (1.0 - c[1] * q * q)); },
     .multiplier = [](double q, Constants c) { return Complex(-c[0] * q * q); },
     .polynomial = kCube},
    {.name = "ginzburg_landau",
     .formula = "u_t = u - u^3 + u_xx + force",
     .symbol = [](double q, Constants) { return Complex(1.0 - q * q); },
     .multiplier = kUnit,
     .polynomial = [](Constants) { return Polynomial{.c3 = -1.0}; }},
};

}  // namespace

const PeriodicEquation& FindPeriodicEquation(std::string_view name) {
  std::string known;
  for (const PeriodicEquation& equation : kEquations) {
    if (equation.name == name) return equation;
    if (!known.empty()) known += ", ";
    known += equation.name;
  }
  throw InputError("there is no equation '" + std::string(name) + "'; there are " + known);
}

}  // namespace flyball
