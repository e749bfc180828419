// Six-phase permanent-magnet machine. State: i_sd, i_sq in rotor coordinates, and i_sx, i_sy of the
// second plane in coordinates that turn against the rotor (A).
#ifndef FLYBALL_PHYSICS_DRIVE_SIX_PHASE_PMSM_H_
#define FLYBALL_PHYSICS_DRIVE_SIX_PHASE_PMSM_H_

#include "physics/drive/machine.h"
#include "physics/drive/six_phase.h"

namespace flyball {

struct SixPhasePmsm {
  double r_s = 64.3e-3;
  double l_d = 0.125e-3;
  double l_q = 0.126e-3;
  double l_x = 39e-6;
  double l_y = 35e-6;
  double psi_pm = 4.7e-3;
  double p = 5;
  double j_rotor = 0.011;
  // As the peer has it: the voltages of motion with the mechanical speed instead of the electrical,
  // and the torque of three phases. No such machine conserves energy.
  bool mechanical_emf = false;

  static constexpr int kStates = 4, kInputs = 4, kTerminals = 6;
  static constexpr bool kHasAngle = true;
  static constexpr std::array<Turn, 2> kTurns = {{{0, -1}, {2, 1}}};
  static constexpr auto Parameters() {
    using M = SixPhasePmsm;
    using P = Parameter<M>;
    return std::array{
        P{&M::r_s, "r_s", "Ohm", Allowed::kPositive, "stator resistance"},
        P{&M::l_d, "l_d", "H", Allowed::kPositive, "inductance along the magnet"},
        P{&M::l_q, "l_q", "H", Allowed::kPositive, "inductance across the magnet"},
        P{&M::l_x, "l_x", "H", Allowed::kPositive, "inductance of the second plane along x"},
        P{&M::l_y, "l_y", "H", Allowed::kPositive, "inductance of the second plane along y"},
        P{&M::psi_pm, "psi_PM", "Wb", Allowed::kPositive, "flux of the magnet in a phase, peak"},
        P{&M::p, "p", "1", Allowed::kWhole, "pole pairs"},
        P{&M::j_rotor, "j_rotor", "kg m^2", Allowed::kPositive, "moment of inertia of the rotor"}};
  }

  template <class T>
  FLYBALL_INLINE void Derivative(const T* x, const T* u, const T& omega, T* dx) const {
    const T speed = (mechanical_emf ? 1.0 : p) * omega;
    dx[0] = (u[0] - r_s * x[0] + speed * (l_q * x[1])) / l_d;
    dx[1] = (u[1] - r_s * x[1] - speed * (l_d * x[0] + psi_pm)) / l_q;
    dx[2] = (u[2] - r_s * x[2] - speed * (l_y * x[3])) / l_x;
    dx[3] = (u[3] - r_s * x[3] + speed * (l_x * x[2])) / l_y;
  }
  template <class T>
  FLYBALL_INLINE T Torque(const T* x) const {
    const T main = (psi_pm + (l_d - l_q) * x[0]) * x[1];
    if (mechanical_emf) return (1.5 * p) * main;
    return (3 * p) * (main + (l_y - l_x) * (x[2] * x[3]));
  }
  template <class T>
  FLYBALL_INLINE T FieldEnergy(const T* x) const {
    return 1.5 *
           (l_d * (x[0] * x[0]) + l_q * (x[1] * x[1]) + l_x * (x[2] * x[2]) + l_y * (x[3] * x[3]));
  }
  template <class T>
  FLYBALL_INLINE T CopperLoss(const T* x) const {
    return (3 * r_s) * (x[0] * x[0] + x[1] * x[1] + x[2] * x[2] + x[3] * x[3]);
  }
  template <class T>
  FLYBALL_INLINE T InputPower(const T* x, const T* u) const {
    return 3.0 * (u[0] * x[0] + u[1] * x[1] + u[2] * x[2] + u[3] * x[3]);
  }
  template <class T>
  FLYBALL_INLINE void Inputs(const T* terminal, const Frame<T>& rotor, T* u) const {
    T v[4];
    SixToPlanes(terminal, v);
    const Dq<T> dq = ToDq(AlphaBeta<T>{v[0], v[1]}, rotor.cosine, rotor.sine);
    const AlphaBeta<T> xy = ToAlphaBeta(Dq<T>{v[2], v[3]}, rotor.cosine, rotor.sine);
    u[0] = dq.d;
    u[1] = dq.q;
    u[2] = xy.alpha;
    u[3] = xy.beta;
  }
  template <class T>
  FLYBALL_INLINE void Currents(const T* x, const Frame<T>& rotor, T* terminal) const {
    const AlphaBeta<T> main = ToAlphaBeta(Dq<T>{x[0], x[1]}, rotor.cosine, rotor.sine);
    const Dq<T> second = ToDq(AlphaBeta<T>{x[2], x[3]}, rotor.cosine, rotor.sine);
    const T v[4] = {main.alpha, main.beta, second.d, second.q};
    PlanesToSix(v, terminal);
  }
};

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_DRIVE_SIX_PHASE_PMSM_H_
