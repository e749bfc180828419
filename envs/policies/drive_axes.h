// A machine as its controllers see it: a few axes, each a winding with a resistance, an inductance
// and a voltage of motion, in the frame in which its currents stand still.
#ifndef FLYBALL_ENVS_POLICIES_DRIVE_AXES_H_
#define FLYBALL_ENVS_POLICIES_DRIVE_AXES_H_

#include "physics/drive/machines.h"

namespace flyball {

inline constexpr int kMaxAxes = 4;

struct Axes {
  int n = 1;
  double i[kMaxAxes] = {};           // A
  double resistance[kMaxAxes] = {};  // Ohm
  double inductance[kMaxAxes] = {};  // H, what the current resists a change with
  double motion[kMaxAxes] = {};      // V, induced by what turns and by fluxes
  double flux = 0.0;                 // Wb, what the second axis makes torque with
  Frame<double> rotor = {1, 0};      // of the electrical angle
  Frame<double> frame = {1, 0};      // of the axes, in the stator
  double speed = 0.0;                // of that frame, electrical rad/s
  double omega = 0.0;                // of the shaft, rad/s
};

// `x` the machine's electrical state, `omega` mechanical rad/s, `rotor` of the electrical angle.
inline Axes AxesOf(const PermExDc& m, const double* x, double omega, const Frame<double>&) {
  return {.n = 1,
          .i = {x[0]},
          .resistance = {m.r_a},
          .inductance = {m.l_a},
          .motion = {m.psi_e * omega},
          .flux = m.psi_e};
}
inline Axes AxesOf(const SeriesDc& m, const double* x, double omega, const Frame<double>&) {
  return {.n = 1,
          .i = {x[0]},
          .resistance = {m.r_a + m.r_e},
          .inductance = {m.l_a + m.l_e},
          .motion = {m.l_e_prime * omega * x[0]},
          .flux = m.l_e_prime * x[0]};
}
inline Axes AxesOf(const ExtExDc& m, const double* x, double omega, const Frame<double>&) {
  return {.n = 2,
          .i = {x[0], x[1]},
          .resistance = {m.r_a, m.r_e},
          .inductance = {m.l_a, m.l_e},
          .motion = {m.l_e_prime * omega * x[1], 0},
          .flux = m.l_e_prime * x[1],
          .omega = omega};
}
// Its one voltage goes by the armature.
inline Axes AxesOf(const ShuntDc& m, const double* x, double omega, const Frame<double>&) {
  return {.n = 1,
          .i = {x[0]},
          .resistance = {m.r_a},
          .inductance = {m.l_a},
          .motion = {m.l_e_prime * omega * x[1]},
          .flux = m.l_e_prime * x[1]};
}
inline Axes AxesOf(const Pmsm& m, const double* x, double omega, const Frame<double>& rotor) {
  const double speed = m.p * omega;
  return {.n = 2,
          .i = {x[0], x[1]},
          .resistance = {m.r_s, m.r_s},
          .inductance = {m.l_d, m.l_q},
          .motion = {-speed * m.l_q * x[1], speed * (m.l_d * x[0] + m.psi_p)},
          .flux = m.psi_p,
          .rotor = rotor,
          .frame = rotor,
          .speed = speed};
}
// The axes of d and of the exciting winding see each other: each current resists with what the other
// leaves of its inductance.
inline Axes AxesOf(const Eesm& m, const double* x, double omega, const Frame<double>& rotor) {
  const double speed = m.p * omega;
  return {.n = 3,
          .i = {x[0], x[1], x[2]},
          .resistance = {m.r_s, m.r_s, m.r_e},
          .inductance = {m.leakage() * m.l_d, m.l_q, m.leakage() * m.l_e},
          .motion = {-speed * m.l_q * x[1], speed * (m.l_d * x[0] + m.l_m * x[2]), 0},
          .flux = m.l_m * x[2],
          .rotor = rotor,
          .frame = rotor,
          .speed = speed};
}
// In the frame of the rotor's flux.
inline Axes AxesOf(const InductionMachine& m, const double* x, double omega,
                   const Frame<double>& rotor) {
  const Frame<double> field = InductionMachine::Field(x);
  const Dq<double> i = ToDq(AlphaBeta<double>{x[0], x[1]}, field.cosine, field.sine);
  const double flux = Sqrt(x[2] * x[2] + x[3] * x[3]), coupling = m.l_m / m.l_r();
  const double decay = m.r_r / m.l_r();
  // Slip of the flux under a rotor without a voltage; bounded where there is hardly any flux.
  const double slip = decay * m.l_m * i.q / Max(flux, 1e-2 * m.l_m);
  const double speed = m.p * omega + slip;
  const double r = m.r_s + m.r_r * coupling * coupling;
  return {.n = 2,
          .i = {i.d, i.q},
          .resistance = {r, r},
          .inductance = {m.l_transient(), m.l_transient()},
          .motion = {-speed * m.l_transient() * i.q - coupling * decay * flux,
                     speed * m.l_transient() * i.d + coupling * m.p * omega * flux},
          .flux = coupling * flux,
          .rotor = rotor,
          .frame = field,
          .speed = speed};
}
inline Axes AxesOf(const SixPhasePmsm& m, const double* x, double omega,
                   const Frame<double>& rotor) {
  const double speed = m.p * omega, induced = (m.mechanical_emf ? 1.0 : m.p) * omega;
  return {.n = 4,
          .i = {x[0], x[1], x[2], x[3]},
          .resistance = {m.r_s, m.r_s, m.r_s, m.r_s},
          .inductance = {m.l_d, m.l_q, m.l_x, m.l_y},
          .motion = {-induced * m.l_q * x[1], induced * (m.l_d * x[0] + m.psi_pm),
                     induced * m.l_y * x[3], -induced * m.l_x * x[2]},
          .flux = m.psi_pm,
          .rotor = rotor,
          .frame = rotor,
          .speed = speed};
}

// Converter voltages that put `u` on the axes; `rotor` and `frame` where they will be.
template <class M>
void TerminalVoltages(const M&, const double* u, const Frame<double>& rotor,
                      const Frame<double>& frame, double* terminal) {
  if constexpr (!M::kHasAngle) {
    for (int k = 0; k < M::kTerminals; ++k) terminal[k] = u[k];
    return;
  } else if constexpr (std::is_same_v<M, SixPhasePmsm>) {
    const AlphaBeta<double> main = ToAlphaBeta(Dq<double>{u[0], u[1]}, frame.cosine, frame.sine);
    const Dq<double> second = ToDq(AlphaBeta<double>{u[2], u[3]}, frame.cosine, frame.sine);
    const double planes[4] = {main.alpha, main.beta, second.d, second.q};
    PlanesToSix(planes, terminal);
  } else {
    const Phases<double> phase =
        ToPhases(ToAlphaBeta(Dq<double>{u[0], u[1]}, frame.cosine, frame.sine));
    terminal[0] = phase.a;
    terminal[1] = phase.b;
    terminal[2] = phase.c;
    if constexpr (std::is_same_v<M, Eesm>) terminal[3] = u[2];
    if constexpr (std::is_same_v<M, Dfim>) {
      // The rotor's windings, whose voltage is u[2], u[3] in the same frame.
      const AlphaBeta<double> seen = ToAlphaBeta(Dq<double>{u[2], u[3]}, frame.cosine, frame.sine);
      const Dq<double> own = ToDq(seen, rotor.cosine, rotor.sine);
      const Phases<double> windings = ToPhases(AlphaBeta<double>{own.d, own.q});
      terminal[3] = windings.a;
      terminal[4] = windings.b;
      terminal[5] = windings.c;
    }
  }
}

}  // namespace flyball

#endif  // FLYBALL_ENVS_POLICIES_DRIVE_AXES_H_
