// B6 bridge: three half bridges between the rails of a direct supply. Voltages are those of the
// three legs against the supply's midpoint, as fractions of the supply voltage, in [-0.5, 0.5].
#ifndef FLYBALL_PHYSICS_DRIVE_B6_H_
#define FLYBALL_PHYSICS_DRIVE_B6_H_

#include "physics/drive/three_phase.h"

namespace flyball {

// The mean over a control step of a leg that switches much faster. `command` in [-1, 1] is -1 for
// always low and 1 for always high. `lost` = interlocking time / control step, in [0, 1]: while
// both transistors of a leg are off, its current flows through a diode against the command.
template <class T>
FLYBALL_INLINE T AveragedLeg(const T& command, const T& current, double lost) {
  T high = 0.5 * (command + 1.0);
  if (lost > 0) high = Clamp(high - Sign(current) * lost, 0.0, 1.0);
  return high - 0.5;
}
template <class T>
FLYBALL_INLINE Phases<T> AveragedB6(const Phases<T>& command, const Phases<T>& current,
                                    double lost) {
  return {AveragedLeg(command.a, current.a, lost), AveragedLeg(command.b, current.b, lost),
          AveragedLeg(command.c, current.c, lost)};
}

// What a leg of the switched bridge does, as numbers, since it is kept in a row's state.
inline constexpr double kLegOff = 0, kLegHigh = 1, kLegLow = 2;

// The legs' states for a switching vector k in 0 .. 7: bit 4 is leg a, bit 2 leg b, bit 1 leg c; a
// set bit is high.
template <class T>
FLYBALL_INLINE Phases<T> LegsOfVector(const T& k) {
  const T a = Floor(k * 0.25), b = Floor((k - 4.0 * a) * 0.5), c = k - 4.0 * a - 2.0 * b;
  return {2.0 - a, 2.0 - b, 2.0 - c};
}
// A leg's voltage; an open leg's current picks its diode.
template <class T>
FLYBALL_INLINE T SwitchedLeg(const T& leg, const T& current) {
  const T open = Select(current < 0.0, T(0.5), T(-0.5));
  return Select(leg == kLegOff, open, Select(leg == kLegHigh, T(0.5), T(-0.5)));
}
template <class T>
FLYBALL_INLINE Phases<T> SwitchedB6(const Phases<T>& legs, const Phases<T>& current) {
  return {SwitchedLeg(legs.a, current.a), SwitchedLeg(legs.b, current.b),
          SwitchedLeg(legs.c, current.c)};
}
// The state of a leg during the interlocking time: open if it goes from one transistor to the
// other.
template <class T>
FLYBALL_INLINE T InterlockedLeg(const T& before, const T& after) {
  return Select((before == kLegOff) | (before == after), after, T(kLegOff));
}

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_DRIVE_B6_H_
