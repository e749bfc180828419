// Externally excited synchronous machine in rotor coordinates: the magnet of a PMSM replaced by a
// winding. State: stator currents i_sd, i_sq and exciting current i_e (A). Flux linkages are
// psi_d = l_d i_d + l_m i_e, psi_q = l_q i_q, and of the exciting winding
// psi_e = 1.5 l_m i_d + l_e i_e (amplitude-invariant stator quantities).
#ifndef FLYBALL_PHYSICS_DRIVE_EESM_H_
#define FLYBALL_PHYSICS_DRIVE_EESM_H_

#include "physics/drive/machine.h"

namespace flyball {

struct Eesm {
  double r_s = 15.55e-3;
  double r_e = 7.2e-3;
  double l_d = 1.66e-3;
  double l_q = 0.35e-3;
  double l_m = 1.589e-3;
  double l_e = 1.74e-3;
  double k = 65.21;
  double p = 3;
  double j_rotor = 0.3883;

  static constexpr int kStates = 3, kInputs = 3, kTerminals = 4;
  static constexpr bool kHasAngle = true;
  static constexpr std::array<Turn, 1> kTurns = {{{0, -1}}};
  static constexpr auto Parameters() {
    using M = Eesm;
    using P = Parameter<M>;
    return std::array{
        P{&M::r_s, "r_s", "Ohm", Allowed::kPositive, "stator resistance"},
        P{&M::r_e, "r_e", "Ohm", Allowed::kPositive, "resistance of the exciting winding"},
        P{&M::l_d, "l_d", "H", Allowed::kPositive, "stator inductance along the winding"},
        P{&M::l_q, "l_q", "H", Allowed::kPositive, "stator inductance across it"},
        P{&M::l_m, "l_m", "H", Allowed::kPositive, "stator flux per exciting current"},
        P{&M::l_e, "l_e", "H", Allowed::kPositive, "inductance of the exciting winding"},
        P{&M::k, "k", "1", Allowed::kPositive,
          "turns ratio, exciting winding to stator; only in the peer's torque limit"},
        P{&M::p, "p", "1", Allowed::kWhole, "pole pairs"},
        P{&M::j_rotor, "j_rotor", "kg m^2", Allowed::kPositive, "moment of inertia of the rotor"}};
  }
  // The part of the flux along d that the exciting winding does not share; not above 0 for a
  // coupling that no pair of windings can have.
  double leakage() const { return 1 - 1.5 * l_m * l_m / (l_d * l_e); }

  // With everything referred to the stator by the turns ratio k, as the peer writes the equations
  // (r_E = 1.5 k^2 r_e, l_E = 1.5 k^2 l_e, l_M = 1.5 k l_m, i_E = 2 i_e / (3 k), u_E = k u_e), k
  // cancels and these remain.
  template <class T>
  FLYBALL_INLINE void Derivative(const T* x, const T* u, const T& omega, T* dx) const {
    // v = u - r i - (voltages of motion) is d psi / dt of each winding.
    const T speed = p * omega;
    const T v_d = u[0] - r_s * x[0] + speed * (l_q * x[1]);
    const T v_q = u[1] - r_s * x[1] - speed * (l_d * x[0] + l_m * x[2]);
    const T v_e = u[2] - r_e * x[2];
    const double det = l_d * l_e - 1.5 * l_m * l_m;
    dx[0] = (l_e * v_d - l_m * v_e) / det;
    dx[1] = v_q / l_q;
    dx[2] = (l_d * v_e - 1.5 * l_m * v_d) / det;
  }
  template <class T>
  FLYBALL_INLINE T Torque(const T* x) const {
    return (1.5 * p) * ((l_m * x[2] + (l_d - l_q) * x[0]) * x[1]);
  }
  template <class T>
  FLYBALL_INLINE T FieldEnergy(const T* x) const {
    return 0.75 * (l_d * (x[0] * x[0]) + l_q * (x[1] * x[1])) +
           x[2] * (1.5 * l_m * x[0] + 0.5 * l_e * x[2]);
  }
  template <class T>
  FLYBALL_INLINE T CopperLoss(const T* x) const {
    return (1.5 * r_s) * (x[0] * x[0] + x[1] * x[1]) + r_e * (x[2] * x[2]);
  }
  template <class T>
  FLYBALL_INLINE T InputPower(const T* x, const T* u) const {
    return 1.5 * (u[0] * x[0] + u[1] * x[1]) + u[2] * x[2];
  }
  template <class T>
  FLYBALL_INLINE void Inputs(const T* terminal, const Frame<T>& rotor, T* u) const {
    const Dq<T> v = ToDq(ToAlphaBeta(Phases<T>{terminal[0], terminal[1], terminal[2]}),
                         rotor.cosine, rotor.sine);
    u[0] = v.d;
    u[1] = v.q;
    u[2] = terminal[3];
  }
  template <class T>
  FLYBALL_INLINE void Currents(const T* x, const Frame<T>& rotor, T* terminal) const {
    const Phases<T> i = ToPhases(ToAlphaBeta(Dq<T>{x[0], x[1]}, rotor.cosine, rotor.sine));
    terminal[0] = i.a;
    terminal[1] = i.b;
    terminal[2] = i.c;
    terminal[3] = x[2];
  }
};

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_DRIVE_EESM_H_
