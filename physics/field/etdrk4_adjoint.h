// One step of ETDRK4 on complex numbers and its transpose. A spectrum's adjoint is a spectrum of the
// derivatives by real and by imaginary parts, so that the transpose of multiplying a mode by z is
// multiplying by its conjugate.
#ifndef FLYBALL_PHYSICS_FIELD_ETDRK4_ADJOINT_H_
#define FLYBALL_PHYSICS_FIELD_ETDRK4_ADJOINT_H_

#include <complex>
#include <vector>

#include "physics/field/etd.h"

namespace flyball {

using Modes = std::vector<std::complex<double>>;

namespace etd_internal {

inline std::complex<double> At(const ModeArray& array, size_t k) {
  return {array.re[k], array.im[k]};
}

// What a step goes through: stages a, b, c and N at the start and at each.
struct Stages {
  Modes a, b, c, n0, na, nb, nc;
};

template <class Nonlinear>
Stages RunStages(const EtdCoefficients& c, const Nonlinear& nonlinear, const Modes& u) {
  const size_t modes = u.size();
  Stages s{Modes(modes), Modes(modes), Modes(modes), nonlinear(u), {}, {}, {}};
  for (size_t k = 0; k < modes; ++k) s.a[k] = At(c.e2, k) * u[k] + At(c.q, k) * s.n0[k];
  s.na = nonlinear(s.a);
  for (size_t k = 0; k < modes; ++k) s.b[k] = At(c.e2, k) * u[k] + At(c.q, k) * s.na[k];
  s.nb = nonlinear(s.b);
  for (size_t k = 0; k < modes; ++k) {
    s.c[k] = At(c.e2, k) * s.a[k] + At(c.q, k) * (2.0 * s.nb[k] - s.n0[k]);
  }
  s.nc = nonlinear(s.c);
  return s;
}

}  // namespace etd_internal

// As StepEtdrk4; nonlinear(u) gives N(u).
template <class Nonlinear>
void StepEtdrk4(const EtdCoefficients& c, const Nonlinear& nonlinear, Modes& u) {
  using etd_internal::At;
  const etd_internal::Stages s = etd_internal::RunStages(c, nonlinear, u);
  for (size_t k = 0; k < u.size(); ++k) {
    u[k] = At(c.e, k) * u[k] + At(c.f1, k) * s.n0[k] + 2.0 * At(c.f2, k) * (s.na[k] + s.nb[k]) +
           At(c.f3, k) * s.nc[k];
  }
}

// From the derivatives by the result of a step from `u`, in `by_u`, to those by `u` itself; adds
// those by a force that is a part of N. transposed(u, by_n) gives the transpose of N's slope at u.
template <class Nonlinear, class Transposed>
void PullEtdrk4(const EtdCoefficients& c, const Nonlinear& nonlinear, const Transposed& transposed,
                const Modes& u, Modes& by_u, Modes& by_force) {
  using etd_internal::At;
  const size_t modes = u.size();
  const etd_internal::Stages s = etd_internal::RunStages(c, nonlinear, u);
  Modes by_n0(modes), by_na(modes), by_nb(modes), by_nc(modes), by_start(modes), by_a(modes);
  for (size_t k = 0; k < modes; ++k) {
    by_start[k] = std::conj(At(c.e, k)) * by_u[k];
    by_n0[k] = std::conj(At(c.f1, k)) * by_u[k];
    by_na[k] = by_nb[k] = 2.0 * std::conj(At(c.f2, k)) * by_u[k];
    by_nc[k] = std::conj(At(c.f3, k)) * by_u[k];
  }
  // Backwards through the stages.
  const Modes by_c = transposed(s.c, by_nc);
  for (size_t k = 0; k < modes; ++k) {
    by_a[k] = std::conj(At(c.e2, k)) * by_c[k];
    by_nb[k] += 2.0 * std::conj(At(c.q, k)) * by_c[k];
    by_n0[k] -= std::conj(At(c.q, k)) * by_c[k];
  }
  const Modes by_b = transposed(s.b, by_nb);
  for (size_t k = 0; k < modes; ++k) {
    by_start[k] += std::conj(At(c.e2, k)) * by_b[k];
    by_na[k] += std::conj(At(c.q, k)) * by_b[k];
  }
  const Modes through_a = transposed(s.a, by_na);
  for (size_t k = 0; k < modes; ++k) {
    by_a[k] += through_a[k];
    by_start[k] += std::conj(At(c.e2, k)) * by_a[k];
    by_n0[k] += std::conj(At(c.q, k)) * by_a[k];
  }
  const Modes through_start = transposed(u, by_n0);
  for (size_t k = 0; k < modes; ++k) {
    by_force[k] += by_n0[k] + by_na[k] + by_nb[k] + by_nc[k];
    by_u[k] = by_start[k] + through_start[k];
  }
}

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_FIELD_ETDRK4_ADJOINT_H_
