// Permanent-magnet synchronous machine in rotor coordinates. State: stator currents i_sd along the
// magnet and i_sq across it (A). Without a magnet (psi_p = 0) it is a synchronous reluctance
// machine.
#ifndef FLYBALL_PHYSICS_DRIVE_PMSM_H_
#define FLYBALL_PHYSICS_DRIVE_PMSM_H_

#include "physics/drive/machine.h"

namespace flyball {

// The defaults are a 240 A traction machine: Brosch, Hanke, Wallscheid, Boecker,
// doi 10.1109/TPEL.2020.3006779.
struct Pmsm {
  double r_s = 18e-3;
  double l_d = 0.37e-3;
  double l_q = 1.2e-3;
  double psi_p = 66e-3;
  double p = 3;
  double j_rotor = 0.03883;

  static constexpr int kStates = 2, kInputs = 2, kTerminals = 3;
  static constexpr bool kHasAngle = true;
  // Seen from the rotor a voltage that stands still in the stator turns backwards.
  static constexpr std::array<Turn, 1> kTurns = {{{0, -1}}};
  static constexpr auto Parameters() {
    using M = Pmsm;
    using P = Parameter<M>;
    return std::array{
        P{&M::r_s, "r_s", "Ohm", Allowed::kPositive, "stator resistance"},
        P{&M::l_d, "l_d", "H", Allowed::kPositive, "inductance along the magnet"},
        P{&M::l_q, "l_q", "H", Allowed::kPositive, "inductance across the magnet"},
        P{&M::psi_p, "psi_p", "Wb", Allowed::kNotNegative, "flux of the magnet in a phase, peak"},
        P{&M::p, "p", "1", Allowed::kWhole, "pole pairs"},
        P{&M::j_rotor, "j_rotor", "kg m^2", Allowed::kPositive, "moment of inertia of the rotor"}};
  }

  template <class T>
  FLYBALL_INLINE void Derivative(const T* x, const T* u, const T& omega, T* dx) const {
    const T speed = p * omega;  // electrical, rad/s
    dx[0] = (u[0] - r_s * x[0] + speed * (l_q * x[1])) / l_d;
    dx[1] = (u[1] - r_s * x[1] - speed * (l_d * x[0] + psi_p)) / l_q;
  }
  template <class T>
  FLYBALL_INLINE T Torque(const T* x) const {
    return (1.5 * p) * ((psi_p + (l_d - l_q) * x[0]) * x[1]);
  }
  // Of the currents, less that of the magnet alone.
  template <class T>
  FLYBALL_INLINE T FieldEnergy(const T* x) const {
    return 0.75 * (l_d * (x[0] * x[0]) + l_q * (x[1] * x[1]));
  }
  template <class T>
  FLYBALL_INLINE T CopperLoss(const T* x) const {
    return (1.5 * r_s) * (x[0] * x[0] + x[1] * x[1]);
  }
  template <class T>
  FLYBALL_INLINE T InputPower(const T* x, const T* u) const {
    return 1.5 * (u[0] * x[0] + u[1] * x[1]);
  }
  template <class T>
  FLYBALL_INLINE void Inputs(const T* terminal, const Frame<T>& rotor, T* u) const {
    const Dq<T> v = ToDq(ToAlphaBeta(Phases<T>{terminal[0], terminal[1], terminal[2]}),
                         rotor.cosine, rotor.sine);
    u[0] = v.d;
    u[1] = v.q;
  }
  template <class T>
  FLYBALL_INLINE void Currents(const T* x, const Frame<T>& rotor, T* terminal) const {
    const Phases<T> i = ToPhases(ToAlphaBeta(Dq<T>{x[0], x[1]}, rotor.cosine, rotor.sine));
    terminal[0] = i.a;
    terminal[1] = i.b;
    terminal[2] = i.c;
  }
};

// The current of length `amplitude` (A, >= 0) that gives the most torque from a flux psi (Wb) and a
// saliency l_d - l_q (H).
Dq<double> MaxTorqueCurrent(double psi, double saliency, double amplitude);

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_DRIVE_PMSM_H_
