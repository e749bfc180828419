// Three-phase quantities and their vectors. Amplitude invariant: a balanced set of peak x has a
// vector of length x. Phases a, b, c; alpha lies on phase a; d lies on the rotor's magnet, at the
// electrical angle epsilon (rad) from alpha, and q a quarter turn ahead of it.
#ifndef FLYBALL_PHYSICS_DRIVE_THREE_PHASE_H_
#define FLYBALL_PHYSICS_DRIVE_THREE_PHASE_H_

#include <numbers>

#include "physics/numeric/lanes.h"

namespace flyball {

template <class T>
struct Phases {
  T a, b, c;
};
template <class T>
struct AlphaBeta {  // stator frame
  T alpha, beta;
};
template <class T>
struct Dq {  // rotor frame
  T d, q;
};

// Clarke. What the three phases have in common does not appear in the vector.
template <class T>
FLYBALL_INLINE AlphaBeta<T> ToAlphaBeta(const Phases<T>& x) {
  constexpr double kInverseRoot3 = std::numbers::inv_sqrt3;
  return {(2.0 * x.a - x.b - x.c) * (1.0 / 3.0), (x.b - x.c) * kInverseRoot3};
}
// The phases that sum to zero and have this vector.
template <class T>
FLYBALL_INLINE Phases<T> ToPhases(const AlphaBeta<T>& x) {
  constexpr double kHalfRoot3 = 0.5 * std::numbers::sqrt3;
  const T half = -0.5 * x.alpha, swing = kHalfRoot3 * x.beta;
  return {x.alpha, half + swing, half - swing};
}

// Park, given the cosine and sine of epsilon.
template <class T>
FLYBALL_INLINE Dq<T> ToDq(const AlphaBeta<T>& x, const T& cosine, const T& sine) {
  return {cosine * x.alpha + sine * x.beta, cosine * x.beta - sine * x.alpha};
}
template <class T>
FLYBALL_INLINE AlphaBeta<T> ToAlphaBeta(const Dq<T>& x, const T& cosine, const T& sine) {
  return {cosine * x.d - sine * x.q, sine * x.d + cosine * x.q};
}

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_DRIVE_THREE_PHASE_H_
