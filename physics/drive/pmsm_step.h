// One piece of time of a synchronous machine under a constant terminal voltage. At constant speed
// the machine is linear and the piece is exact: one matrix, computed once per speed. With a shaft
// that moves it is integrated.
#ifndef FLYBALL_PHYSICS_DRIVE_PMSM_STEP_H_
#define FLYBALL_PHYSICS_DRIVE_PMSM_STEP_H_

#include <array>
#include <span>

#include "physics/drive/load.h"
#include "physics/drive/pmsm.h"
#include "physics/numeric/ode.h"

namespace flyball {

// In which frame the voltage stands still during the piece.
enum class VoltageHold {
  kStator,  // what a converter does: seen from the rotor the voltage turns backwards
  kRotor,   // d and q voltages frozen, as if the converter turned with the rotor
};

// i(duration) = a i(0) + b u(0) + c, all in rotor coordinates, at one constant speed. As numbers in
// a row, since rows may turn at different speeds: a (2 x 2), b (2 x 2), c (2), row by row.
struct PmsmExactStep {
  static constexpr int kSize = 10;
  std::array<double, kSize> value;
};
PmsmExactStep MakePmsmExactStep(const Pmsm& machine, double omega, double duration,
                                VoltageHold hold);

// `step` as in PmsmExactStep.
template <class T>
FLYBALL_INLINE Dq<T> AdvanceExactly(const T* step, const Dq<T>& i, const Dq<T>& u) {
  return {step[0] * i.d + step[1] * i.q + step[4] * u.d + step[5] * u.q + step[8],
          step[2] * i.d + step[3] * i.q + step[6] * u.d + step[7] * u.q + step[9]};
}

// The shaft and the machine, in the order in which they are shown: omega (rad/s), i_sd, i_sq (A),
// epsilon (rad, not wrapped).
inline constexpr int kOmega = 0, kISd = 1, kISq = 2, kEpsilon = 3, kNumPmsmStates = 4;

// Classical Runge-Kutta over the piece in `substeps` equal parts.
template <class T>
FLYBALL_INLINE void AdvanceRk4(const Pmsm& machine, const MechanicalLoad& load, VoltageHold hold,
                               double duration, int substeps, const Dq<T>& u, T* state) {
  // Seen from the rotor a voltage that stands still in the stator obeys u' = -p omega J u, so it is
  // integrated along: no sine or cosine inside.
  std::array<T, 6> x = {state[kOmega], state[kISd], state[kISq], state[kEpsilon], u.d, u.q};
  const double turning = hold == VoltageHold::kStator ? machine.p : 0.0;
  const auto derivative = [&](const std::array<T, 6>& y, std::array<T, 6>& dy)
      __attribute__((always_inline)) {
    const Dq<T> i{y[kISd], y[kISq]};
    const Dq<T> di = machine.CurrentDerivative(i, Dq<T>{y[4], y[5]}, y[kOmega]);
    dy[kOmega] = load.Acceleration(y[kOmega], machine.Torque(i), machine.j_rotor);
    dy[kISd] = di.d;
    dy[kISq] = di.q;
    dy[kEpsilon] = machine.p * y[kOmega];
    dy[4] = turning * y[kOmega] * y[5];
    dy[5] = -turning * y[kOmega] * y[4];
  };
  const double h = duration / substeps;
  for (int k = 0; k < substeps; ++k) Rk4Step(derivative, h, x);
  for (int k = 0; k < kNumPmsmStates; ++k) state[k] = x[k];
}
// Parts that keep the error of each piece below about 1e-11 of the currents at speeds up to
// `omega`.
int Rk4Substeps(const Pmsm& machine, const MechanicalLoad& load, double omega, double duration);

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_DRIVE_PMSM_STEP_H_
