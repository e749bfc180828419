// Linear equations on a periodic domain, one or two fields, stepped exactly mode by mode.
#ifndef FLYBALL_PHYSICS_FIELD_MODAL_STEP_H_
#define FLYBALL_PHYSICS_FIELD_MODAL_STEP_H_

#include <complex>
#include <span>
#include <vector>

#include "physics/field/etdrk4.h"
#include "physics/numeric/lanes.h"

namespace flyball {

// v+ = step v + push f of each mode, f the force on the last field. One field: complex numbers; two:
// real matrices, as generators that do not tell left from right have.
struct ModalStep {
  int fields = 0;  // 0: there is none
  // One field.
  ModeArray step, push;
  // Two fields: step (modes, 4) row after row, and push (modes, 2).
  std::vector<double> step2, push2;
};

// v_t = symbol v + f over `time` s. `impulse`: f is added at the end of the step as it is (as
// controlgym does), else it is held over the step. Throws InputError for symbols that are not
// finite.
ModalStep MakeModalStep(std::span<const std::complex<double>> symbol, double time, bool impulse);

// The generator ((0, a), (b, 0)) of two fields, a b <= 0: it turns them into each other.
struct Rotation {
  double a, b;  // 1/s, in the fields' units
};
ModalStep MakeModalStep(std::span<const Rotation> generator, double time, bool impulse);

// Steps mode by mode: `u` (fields), `force` one spectrum.
template <class T>
void TakeModalStep(const ModalStep& m, int modes, const Spectrum<T>* u, Spectrum<T> force) {
  if (m.fields == 1) {
    for (int k = 0; k < modes; ++k) {
      const T re = u[0].re[k], im = u[0].im[k], f_re = force.re[k], f_im = force.im[k];
      u[0].re[k] =
          (m.step.re[k] * re - m.step.im[k] * im) + (m.push.re[k] * f_re - m.push.im[k] * f_im);
      u[0].im[k] =
          (m.step.re[k] * im + m.step.im[k] * re) + (m.push.re[k] * f_im + m.push.im[k] * f_re);
    }
    return;
  }
  for (int k = 0; k < modes; ++k) {
    const double* s = m.step2.data() + 4 * k;
    const double* p = m.push2.data() + 2 * k;
    const T re0 = u[0].re[k], im0 = u[0].im[k], re1 = u[1].re[k], im1 = u[1].im[k];
    u[0].re[k] = s[0] * re0 + s[1] * re1 + p[0] * force.re[k];
    u[0].im[k] = s[0] * im0 + s[1] * im1 + p[0] * force.im[k];
    u[1].re[k] = s[2] * re0 + s[3] * re1 + p[1] * force.re[k];
    u[1].im[k] = s[2] * im0 + s[3] * im1 + p[1] * force.im[k];
  }
}

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_FIELD_MODAL_STEP_H_
