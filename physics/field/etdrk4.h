// One step of ETDRK4 on T: W fields side by side, mode by mode.
#ifndef FLYBALL_PHYSICS_FIELD_ETDRK4_H_
#define FLYBALL_PHYSICS_FIELD_ETDRK4_H_

#include <cstddef>

#include "physics/field/etd.h"
#include "physics/numeric/lanes.h"

namespace flyball {

// Modes of W fields: two arrays of the same length.
template <class T>
struct Spectrum {
  T* re;
  T* im;
};

namespace etd_internal {

// c u + d v of mode k; kReal: the coefficients' imaginary parts are zero.
template <bool kReal, class T>
FLYBALL_INLINE void Combine(const ModeArray& c, const T& u_re, const T& u_im, const ModeArray& d,
                            const T& v_re, const T& v_im, int k, T& re, T& im) {
  if constexpr (kReal) {
    re = c.re[k] * u_re + d.re[k] * v_re;
    im = c.re[k] * u_im + d.re[k] * v_im;
  } else {
    re = (c.re[k] * u_re - c.im[k] * u_im) + (d.re[k] * v_re - d.im[k] * v_im);
    im = (c.re[k] * u_im + c.im[k] * u_re) + (d.re[k] * v_im + d.im[k] * v_re);
  }
}

}  // namespace etd_internal

// T's of workspace, for spectra with room for `room` numbers in each of their arrays.
inline size_t Etdrk4WorkSize(int room) { return static_cast<size_t>(room) * 12; }

// Steps `u` in place. `nonlinear(Spectrum<T> in, Spectrum<T> out)` writes N(in) to out. All spectra
// have room for `room` >= modes numbers; those beyond the modes are zero in what N is given, if
// they are in `u`, and free for N to write in what it gives.
template <bool kReal, class T, class Nonlinear>
void StepEtdrk4(const EtdCoefficients& c, int room, const Nonlinear& nonlinear, Spectrum<T> u,
                T* work) {
  using etd_internal::Combine;
  const int modes = c.modes();
  const auto take = [&work, room] {
    const Spectrum<T> spectrum{work, work + room};
    work += 2 * room;
    return spectrum;
  };
  const Spectrum<T> n0 = take(), a = take(), na = take(), b = take(), nb = take(), nc = take();
  for (int k = modes; k < room; ++k) a.re[k] = a.im[k] = b.re[k] = b.im[k] = T(0.0);

  // a = E2 u + Q N(u)
  nonlinear(u, n0);
  for (int k = 0; k < modes; ++k) {
    Combine<kReal>(c.e2, u.re[k], u.im[k], c.q, n0.re[k], n0.im[k], k, a.re[k], a.im[k]);
  }
  // b = E2 u + Q N(a)
  nonlinear(a, na);
  for (int k = 0; k < modes; ++k) {
    Combine<kReal>(c.e2, u.re[k], u.im[k], c.q, na.re[k], na.im[k], k, b.re[k], b.im[k]);
  }
  // c = E2 a + Q (2 N(b) - N(u)), in the place of b
  nonlinear(b, nb);
  for (int k = 0; k < modes; ++k) {
    const T re = 2.0 * nb.re[k] - n0.re[k], im = 2.0 * nb.im[k] - n0.im[k];
    Combine<kReal>(c.e2, a.re[k], a.im[k], c.q, re, im, k, b.re[k], b.im[k]);
  }
  // u+ = E u + f1 N(u) + 2 f2 (N(a) + N(b)) + f3 N(c)
  nonlinear(b, nc);
  for (int k = 0; k < modes; ++k) {
    T re, im, more_re, more_im;
    const T middle_re = 2.0 * (na.re[k] + nb.re[k]), middle_im = 2.0 * (na.im[k] + nb.im[k]);
    Combine<kReal>(c.e, u.re[k], u.im[k], c.f1, n0.re[k], n0.im[k], k, re, im);
    Combine<kReal>(c.f2, middle_re, middle_im, c.f3, nc.re[k], nc.im[k], k, more_re, more_im);
    u.re[k] = re + more_re;
    u.im[k] = im + more_im;
  }
}

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_FIELD_ETDRK4_H_
