// Induction machines in stator coordinates. State: stator currents i_sa, i_sb on alpha and beta (A)
// and rotor flux linkages psi_ra, psi_rb (Wb), referred to the stator.
#ifndef FLYBALL_PHYSICS_DRIVE_INDUCTION_H_
#define FLYBALL_PHYSICS_DRIVE_INDUCTION_H_

#include "physics/drive/machine.h"

namespace flyball {

// What cage and wound rotors share. Inputs: stator voltage, and the rotor's (alpha, beta).
struct InductionMachine {
  double r_s, r_r;
  double l_m, l_sigs, l_sigr;
  double p;
  double j_rotor;

  static constexpr int kStates = 4;
  static constexpr bool kHasAngle = true;
  template <class M>
  static constexpr auto ParametersOf() {
    using P = Parameter<M>;
    return std::array{
        P{&M::r_s, "r_s", "Ohm", Allowed::kPositive, "stator resistance"},
        P{&M::r_r, "r_r", "Ohm", Allowed::kPositive, "rotor resistance"},
        P{&M::l_m, "l_m", "H", Allowed::kPositive, "main inductance"},
        P{&M::l_sigs, "l_sigs", "H", Allowed::kPositive, "leakage inductance of the stator"},
        P{&M::l_sigr, "l_sigr", "H", Allowed::kPositive, "leakage inductance of the rotor"},
        P{&M::p, "p", "1", Allowed::kWhole, "pole pairs"},
        P{&M::j_rotor, "j_rotor", "kg m^2", Allowed::kPositive, "moment of inertia of the rotor"}};
  }
  double l_s() const { return l_m + l_sigs; }
  double l_r() const { return l_m + l_sigr; }
  // What the stator sees when the rotor's flux stands still, H.
  double l_transient() const { return l_s() - l_m * l_m / l_r(); }

  template <class T>
  FLYBALL_INLINE void Flow(const T* x, const T* u_s, const T& u_ra, const T& u_rb, const T& omega,
                           T* dx) const {
    const T speed = p * omega;  // electrical, rad/s
    const double coupling = l_m / l_r();
    // Rotor: d psi / dt = u - r i + speed J psi, with l_r i = psi - l_m i_s.
    dx[2] = u_ra - (r_r / l_r()) * (x[2] - l_m * x[0]) - speed * x[3];
    dx[3] = u_rb - (r_r / l_r()) * (x[3] - l_m * x[1]) + speed * x[2];
    // Stator: what its voltage leaves after resistance and the rotor's changing flux.
    dx[0] = (u_s[0] - r_s * x[0] - coupling * dx[2]) / l_transient();
    dx[1] = (u_s[1] - r_s * x[1] - coupling * dx[3]) / l_transient();
  }
  template <class T>
  FLYBALL_INLINE void RotorCurrent(const T* x, T& alpha, T& beta) const {
    alpha = (x[2] - l_m * x[0]) / l_r();
    beta = (x[3] - l_m * x[1]) / l_r();
  }
  template <class T>
  FLYBALL_INLINE T Torque(const T* x) const {
    return (1.5 * p * l_m / l_r()) * (x[2] * x[1] - x[3] * x[0]);
  }
  template <class T>
  FLYBALL_INLINE T FieldEnergy(const T* x) const {
    return 0.75 * (l_transient() * (x[0] * x[0] + x[1] * x[1]) +
                   (1 / l_r()) * (x[2] * x[2] + x[3] * x[3]));
  }
  template <class T>
  FLYBALL_INLINE T CopperLoss(const T* x) const {
    T alpha, beta;
    RotorCurrent(x, alpha, beta);
    return (1.5 * r_s) * (x[0] * x[0] + x[1] * x[1]) + (1.5 * r_r) * (alpha * alpha + beta * beta);
  }
  // The direction of the rotor's flux; alpha where there is none.
  template <class T>
  static FLYBALL_INLINE Frame<T> Field(const T* x) {
    const T flux = Sqrt(x[2] * x[2] + x[3] * x[3]);
    const Mask<T> none = flux == 0.0;
    const T divisor = Select(none, T(1.0), flux);
    return {Select(none, T(1.0), x[2] / divisor), x[3] / divisor};
  }
};

// With a cage: 3 kW, gym-electric-motor's figures.
struct Scim : InductionMachine {
  Scim()
      : InductionMachine{.r_s = 2.9338,
                         .r_r = 1.355,
                         .l_m = 143.75e-3,
                         .l_sigs = 5.87e-3,
                         .l_sigr = 5.87e-3,
                         .p = 2,
                         .j_rotor = 1.1e-3} {}
  static constexpr int kInputs = 2, kTerminals = 3;
  static constexpr std::array<Turn, 0> kTurns = {};
  static constexpr auto Parameters() { return ParametersOf<Scim>(); }

  template <class T>
  FLYBALL_INLINE void Derivative(const T* x, const T* u, const T& omega, T* dx) const {
    Flow(x, u, T(0.0), T(0.0), omega, dx);
  }
  template <class T>
  FLYBALL_INLINE T InputPower(const T* x, const T* u) const {
    return 1.5 * (u[0] * x[0] + u[1] * x[1]);
  }
  template <class T>
  FLYBALL_INLINE void Inputs(const T* terminal, const Frame<T>&, T* u) const {
    const AlphaBeta<T> v = ToAlphaBeta(Phases<T>{terminal[0], terminal[1], terminal[2]});
    u[0] = v.alpha;
    u[1] = v.beta;
  }
  template <class T>
  FLYBALL_INLINE void Currents(const T* x, const Frame<T>&, T* terminal) const {
    const Phases<T> i = ToPhases(AlphaBeta<T>{x[0], x[1]});
    terminal[0] = i.a;
    terminal[1] = i.b;
    terminal[2] = i.c;
  }
};

// With a wound rotor on slip rings, fed by a second bridge.
struct Dfim : InductionMachine {
  Dfim()
      : InductionMachine{.r_s = 4.42,
                         .r_r = 3.51,
                         .l_m = 297.5e-3,
                         .l_sigs = 25.71e-3,
                         .l_sigr = 25.71e-3,
                         .p = 2,
                         .j_rotor = 13.695e-3} {}
  static constexpr int kInputs = 4, kTerminals = 6;
  // A rotor voltage that stands still in the rotor turns forwards in the stator.
  static constexpr std::array<Turn, 1> kTurns = {{{2, 1}}};
  static constexpr auto Parameters() { return ParametersOf<Dfim>(); }

  template <class T>
  FLYBALL_INLINE void Derivative(const T* x, const T* u, const T& omega, T* dx) const {
    Flow(x, u, u[2], u[3], omega, dx);
  }
  template <class T>
  FLYBALL_INLINE T InputPower(const T* x, const T* u) const {
    T alpha, beta;
    RotorCurrent(x, alpha, beta);
    return 1.5 * (u[0] * x[0] + u[1] * x[1] + u[2] * alpha + u[3] * beta);
  }
  template <class T>
  FLYBALL_INLINE void Inputs(const T* terminal, const Frame<T>& rotor, T* u) const {
    const AlphaBeta<T> v = ToAlphaBeta(Phases<T>{terminal[0], terminal[1], terminal[2]});
    const AlphaBeta<T> w = ToAlphaBeta(Phases<T>{terminal[3], terminal[4], terminal[5]});
    const AlphaBeta<T> turned = ToAlphaBeta(Dq<T>{w.alpha, w.beta}, rotor.cosine, rotor.sine);
    u[0] = v.alpha;
    u[1] = v.beta;
    u[2] = turned.alpha;
    u[3] = turned.beta;
  }
  template <class T>
  FLYBALL_INLINE void Currents(const T* x, const Frame<T>& rotor, T* terminal) const {
    const Phases<T> i = ToPhases(AlphaBeta<T>{x[0], x[1]});
    terminal[0] = i.a;
    terminal[1] = i.b;
    terminal[2] = i.c;
    AlphaBeta<T> r;
    RotorCurrent(x, r.alpha, r.beta);
    const Dq<T> own = ToDq(r, rotor.cosine, rotor.sine);
    const Phases<T> j = ToPhases(AlphaBeta<T>{own.d, own.q});
    terminal[3] = j.a;
    terminal[4] = j.b;
    terminal[5] = j.c;
  }
};

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_DRIVE_INDUCTION_H_
