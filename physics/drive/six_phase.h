// Six phases: two three-phase sets, the second turned by 30 degrees. Their vector space falls into
// the plane alpha-beta, which makes the torque, and the plane x-y, which only makes heat.
// Amplitude invariant, as three_phase.h.
#ifndef FLYBALL_PHYSICS_DRIVE_SIX_PHASE_H_
#define FLYBALL_PHYSICS_DRIVE_SIX_PHASE_H_

#include "physics/drive/three_phase.h"

namespace flyball {

// v: alpha, beta, x, y of the phases a1, b1, c1, a2, b2, c2.
template <class T>
FLYBALL_INLINE void SixToPlanes(const T* phase, T* v) {
  constexpr double kHalfRoot3 = 0.5 * std::numbers::sqrt3;
  const T first = phase[0] - 0.5 * (phase[1] + phase[2]);
  const T second = kHalfRoot3 * (phase[3] - phase[4]);
  const T across = kHalfRoot3 * (phase[1] - phase[2]);
  const T down = 0.5 * (phase[3] + phase[4]) - phase[5];
  v[0] = (first + second) * (1.0 / 3.0);
  v[1] = (across + down) * (1.0 / 3.0);
  v[2] = (first - second) * (1.0 / 3.0);
  v[3] = (down - across) * (1.0 / 3.0);
}
// The phases with these planes of which each set sums to zero.
template <class T>
FLYBALL_INLINE void PlanesToSix(const T* v, T* phase) {
  constexpr double kHalfRoot3 = 0.5 * std::numbers::sqrt3;
  const T first = v[0] + v[2], second = v[0] - v[2], across = v[1] - v[3], down = v[1] + v[3];
  phase[0] = first;
  phase[1] = kHalfRoot3 * across - 0.5 * first;
  phase[2] = -kHalfRoot3 * across - 0.5 * first;
  phase[3] = kHalfRoot3 * second + 0.5 * down;
  phase[4] = 0.5 * down - kHalfRoot3 * second;
  phase[5] = -down;
}

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_DRIVE_SIX_PHASE_H_
