// The equations on a periodic domain, as data: what each does to a wave exp(i q x).
#ifndef FLYBALL_PHYSICS_FIELD_PERIODIC_EQUATION_H_
#define FLYBALL_PHYSICS_FIELD_PERIODIC_EQUATION_H_

#include <complex>
#include <span>
#include <string_view>

#include "physics/field/modal_step.h"
#include "physics/field/polynomial_term.h"

namespace flyball {

struct PeriodicEquation {
  std::string_view name;
  std::string_view formula;
  // One field: u_t = symbol(q) u + multiplier(q) F[polynomial(u)] + force, q in rad/m.
  std::complex<double> (*symbol)(double q, std::span<const double> constants) = nullptr;
  std::complex<double> (*multiplier)(double q, std::span<const double> constants) = nullptr;
  Polynomial (*polynomial)(std::span<const double> constants) = nullptr;
  // Two fields: u_t = a(q) v, v_t = b(q) u + force.
  Rotation (*rotation)(double q, std::span<const double> constants) = nullptr;

  int fields() const { return rotation ? 2 : 1; }
  bool linear() const { return multiplier == nullptr; }
};

// By name; throws InputError naming those there are. Constants, in this order:
//   convection_diffusion_reaction  diffusivity D, velocity c, reaction r
//   wave                           speed c
//   schrodinger                    Planck's constant, mass, potential; fields Re and Im
//   burgers                        viscosity nu
//   kuramoto_sivashinsky           none
//   fisher                         diffusivity D, reaction r
//   allen_cahn                     d (the diffusivity is d^2), potential p
//   korteweg_de_vries              none
//   cahn_hilliard                  mobility D, surface tension g
//   ginzburg_landau                none (the real equation)
const PeriodicEquation& FindPeriodicEquation(std::string_view name);

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_FIELD_PERIODIC_EQUATION_H_
