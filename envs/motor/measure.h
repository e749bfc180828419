// What is shown of each machine, in SI units, in the order of QuantitiesOf; and the frame in which
// its currents are controlled.
#ifndef FLYBALL_ENVS_MOTOR_MEASURE_H_
#define FLYBALL_ENVS_MOTOR_MEASURE_H_

#include "physics/drive/machines.h"

namespace flyball::motor {

// A row after a step.
template <class T>
struct Situation {
  const T* ode;
  const T* terminal;  // V of the converter's outputs at the end of the step
  Frame<T> rotor;     // of the electrical angle, now
  Frame<T> shown;     // that angle, as what is shown takes it to be
  Frame<T> field;     // of the rotor flux, as what is shown takes it to be; induction machines
  const T* flux;      // the observer's, alpha and beta; null if it does not run
  T u_sup;            // V
  bool midpoint;      // phase voltages against the supply's midpoint instead of the star point
};

namespace measure_internal {

template <class T>
FLYBALL_INLINE T* Put(T* q, const Phases<T>& x) {
  q[0] = x.a;
  q[1] = x.b;
  q[2] = x.c;
  return q + 3;
}
// Phase voltages, and as a vector in the frame.
template <class T>
FLYBALL_INLINE T* PutVoltages(T* q, const Situation<T>& now, const T* terminal,
                              const Frame<T>& frame) {
  const Phases<T> legs{terminal[0], terminal[1], terminal[2]};
  const AlphaBeta<T> u = ToAlphaBeta(legs);
  q = Put(q, now.midpoint ? legs : ToPhases(u));
  const Dq<T> turned = ToDq(u, frame.cosine, frame.sine);
  q[0] = turned.d;
  q[1] = turned.q;
  return q + 2;
}
template <class T>
FLYBALL_INLINE T* PutAngle(T* q, const Situation<T>& now, const T& epsilon) {
  q[0] = WrapAngle(epsilon);
  q[1] = now.u_sup;
  q[2] = now.rotor.cosine;
  q[3] = now.rotor.sine;
  return q + 4;
}

}  // namespace measure_internal

template <class T>
FLYBALL_INLINE void Measure(const PermExDc& m, const Situation<T>& now, T* q) {
  q[0] = now.ode[0];
  q[1] = m.Torque(now.ode + 1);
  q[2] = now.ode[1];
  q[3] = now.terminal[0];
  q[4] = now.u_sup;
}
template <class T>
FLYBALL_INLINE void Measure(const SeriesDc& m, const Situation<T>& now, T* q) {
  q[0] = now.ode[0];
  q[1] = m.Torque(now.ode + 1);
  q[2] = now.ode[1];
  q[3] = now.terminal[0];
  q[4] = now.u_sup;
}
template <class T>
FLYBALL_INLINE void Measure(const ExtExDc& m, const Situation<T>& now, T* q) {
  q[0] = now.ode[0];
  q[1] = m.Torque(now.ode + 1);
  q[2] = now.ode[1];
  q[3] = now.ode[2];
  q[4] = now.terminal[0];
  q[5] = now.terminal[1];
  q[6] = now.u_sup;
  q[7] = now.ode[1] + now.ode[2];
}
template <class T>
FLYBALL_INLINE void Measure(const ShuntDc& m, const Situation<T>& now, T* q) {
  q[0] = now.ode[0];
  q[1] = m.Torque(now.ode + 1);
  q[2] = now.ode[1];
  q[3] = now.ode[2];
  q[4] = now.terminal[0];
  q[5] = now.u_sup;
  q[6] = now.ode[1] + now.ode[2];
}

template <class T>
FLYBALL_INLINE void Measure(const Pmsm& m, const Situation<T>& now, T* q) {
  using namespace measure_internal;
  *q++ = now.ode[0];
  *q++ = m.Torque(now.ode + 1);
  T phase[3];
  m.Currents(now.ode + 1, now.shown, phase);
  q = Put(q, Phases<T>{phase[0], phase[1], phase[2]});
  *q++ = now.ode[1];
  *q++ = now.ode[2];
  q = PutVoltages(q, now, now.terminal, now.shown);
  PutAngle(q, now, now.ode[3]);
}
template <class T>
FLYBALL_INLINE void Measure(const Eesm& m, const Situation<T>& now, T* q) {
  using namespace measure_internal;
  *q++ = now.ode[0];
  *q++ = m.Torque(now.ode + 1);
  T phase[4];
  m.Currents(now.ode + 1, now.shown, phase);
  q = Put(q, Phases<T>{phase[0], phase[1], phase[2]});
  for (int k = 1; k <= 3; ++k) *q++ = now.ode[k];
  q = PutVoltages(q, now, now.terminal, now.shown);
  *q++ = now.terminal[3];
  PutAngle(q, now, now.ode[4]);
}
template <class T>
FLYBALL_INLINE void Measure(const SixPhasePmsm& m, const Situation<T>& now, T* q) {
  using namespace measure_internal;
  *q++ = now.ode[0];
  *q++ = m.Torque(now.ode + 1);
  m.Currents(now.ode + 1, now.shown, q);
  q += 6;
  for (int k = 1; k <= 4; ++k) *q++ = now.ode[k];
  T u[4];
  m.Inputs(now.terminal, now.shown, u);
  for (int set = 0; set < 6; set += 3) {
    const Phases<T> legs{now.terminal[set], now.terminal[set + 1], now.terminal[set + 2]};
    q = Put(q, now.midpoint ? legs : ToPhases(ToAlphaBeta(legs)));
  }
  for (int k = 0; k < 4; ++k) *q++ = u[k];
  PutAngle(q, now, now.ode[5]);
}

namespace measure_internal {

template <class T>
FLYBALL_INLINE T* PutField(T* q, const Situation<T>& now) {
  *q++ = now.field.cosine;
  *q++ = now.field.sine;
  if (now.flux == nullptr) return q + 2;
  *q++ = Sqrt(now.flux[0] * now.flux[0] + now.flux[1] * now.flux[1]);
  *q++ = Atan2(now.flux[1], now.flux[0]);
  return q;
}

}  // namespace measure_internal

template <class T>
FLYBALL_INLINE void Measure(const Scim& m, const Situation<T>& now, T* q) {
  using namespace measure_internal;
  *q++ = now.ode[0];
  *q++ = m.Torque(now.ode + 1);
  const AlphaBeta<T> i{now.ode[1], now.ode[2]};
  q = Put(q, ToPhases(i));
  const Dq<T> turned = ToDq(i, now.field.cosine, now.field.sine);
  *q++ = turned.d;
  *q++ = turned.q;
  q = PutVoltages(q, now, now.terminal, now.field);
  q = PutAngle(q, now, now.ode[5]);
  PutField(q, now);
}
template <class T>
FLYBALL_INLINE void Measure(const Dfim& m, const Situation<T>& now, T* q) {
  using namespace measure_internal;
  *q++ = now.ode[0];
  *q++ = m.Torque(now.ode + 1);
  const AlphaBeta<T> i{now.ode[1], now.ode[2]};
  T phase[6];
  m.Currents(now.ode + 1, now.shown, phase);
  q = Put(q, Phases<T>{phase[0], phase[1], phase[2]});
  const Dq<T> turned = ToDq(i, now.field.cosine, now.field.sine);
  *q++ = turned.d;
  *q++ = turned.q;
  q = Put(q, Phases<T>{phase[3], phase[4], phase[5]});
  AlphaBeta<T> r;
  m.RotorCurrent(now.ode + 1, r.alpha, r.beta);
  const Dq<T> rotor = ToDq(r, now.field.cosine, now.field.sine);
  *q++ = rotor.d;
  *q++ = rotor.q;
  q = PutVoltages(q, now, now.terminal, now.field);
  // The rotor's windings see the flux at its angle less their own.
  const Dq<T> slip =
      ToDq(AlphaBeta<T>{now.field.cosine, now.field.sine}, now.shown.cosine, now.shown.sine);
  q = PutVoltages(q, now, now.terminal + 3, Frame<T>{slip.d, slip.q});
  q = PutAngle(q, now, now.ode[5]);
  PutField(q, now);
}

// The rotor flux (alpha, beta) a step on, from stator current and speed: the rotor's equation, by
// Euler's method.
template <class T>
FLYBALL_INLINE void ObserveFlux(const InductionMachine& m, double tau, const T* ode, T* flux) {
  const double decay = m.r_r / m.l_r();
  const T speed = m.p * ode[0], alpha = flux[0], beta = flux[1];
  flux[0] += tau * (decay * (m.l_m * ode[1] - alpha) - speed * beta);
  flux[1] += tau * (decay * (m.l_m * ode[2] - beta) + speed * alpha);
}

// Duties of the phases from those of the vectors: d, q, then e of an exciting winding, x, y of a
// second plane, or d, q of the rotor's windings; in the frame of the currents' control.
template <class M, class T>
FLYBALL_INLINE void PhaseDuties(const M&, const T* vector, const Frame<T>& rotor,
                                const Frame<T>& field, T* duty) {
  if constexpr (M::kHasAngle) {
    constexpr bool kInduction = std::is_base_of_v<InductionMachine, M>;
    const Frame<T> frame = kInduction ? field : rotor;
    const AlphaBeta<T> main = ToAlphaBeta(Dq<T>{vector[0], vector[1]}, frame.cosine, frame.sine);
    if constexpr (std::is_same_v<M, SixPhasePmsm>) {
      const Dq<T> second = ToDq(AlphaBeta<T>{vector[2], vector[3]}, frame.cosine, frame.sine);
      const T planes[4] = {main.alpha, main.beta, second.d, second.q};
      PlanesToSix(planes, duty);
    } else {
      measure_internal::Put(duty, ToPhases(main));
      if constexpr (std::is_same_v<M, Eesm>) duty[3] = vector[2];
      if constexpr (std::is_same_v<M, Dfim>) {
        const AlphaBeta<T> seen =
            ToAlphaBeta(Dq<T>{vector[2], vector[3]}, field.cosine, field.sine);
        const Dq<T> own = ToDq(seen, rotor.cosine, rotor.sine);
        measure_internal::Put(duty + 3, ToPhases(AlphaBeta<T>{own.d, own.q}));
      }
    }
    for (int k = 0; k < M::kTerminals; ++k) duty[k] = Clamp(duty[k], -1.0, 1.0);
  } else {
    for (int k = 0; k < M::kTerminals; ++k) duty[k] = vector[k];
  }
}

}  // namespace flyball::motor

#endif  // FLYBALL_ENVS_MOTOR_MEASURE_H_
