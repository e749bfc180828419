// Converters: bridges of transistors with diodes across them between the rails of a supply. An
// output's voltage is a fraction of the supply's.
//
//   bridge  legs  duty in      output                   a switched action
//   1QC     1     [0, 1]       [0, 1]                   0: open, 1: high
//   2QC     1     [0, 1]       [0, 1]                   0: open, 1: high, 2: low
//   4QC     2     [-1, 1]      [-1, 1], leg 1 - leg 2   0 .. 3: both high, +, -, both low
//   B6      3     3 x [-1, 1]  3 x [-0.5, 0.5]          0 .. 7: bit 4 leg a, 2 leg b, 1 leg c
//
// B6 outputs are the legs' voltages against the supply's midpoint.
#ifndef FLYBALL_PHYSICS_DRIVE_CONVERTER_H_
#define FLYBALL_PHYSICS_DRIVE_CONVERTER_H_

#include "physics/numeric/lanes.h"

namespace flyball {

enum class Bridge { k1Q, k2Q, k4Q, kB6 };

struct Converter {
  int num_bridges = 1;
  Bridge bridges[2] = {Bridge::kB6, Bridge::kB6};
  double interlocking_time = 0.0;  // s: a leg that changes sides is open that long, at most a step
  // The peer gives both legs of a 4QC the same current, though it flows into one and out of the
  // other: what the interlocking takes from one leg it gives to the other.
  bool same_current_in_both_legs = false;

  static constexpr int kMaxLegs = 6;
  static constexpr int Legs(Bridge bridge) {
    return bridge == Bridge::kB6 ? 3 : bridge == Bridge::k4Q ? 2 : 1;
  }
  static constexpr int Outputs(Bridge bridge) { return bridge == Bridge::kB6 ? 3 : 1; }
  static constexpr int Choices(Bridge bridge) {
    return bridge == Bridge::kB6 ? 8 : bridge == Bridge::k4Q ? 4 : bridge == Bridge::k2Q ? 3 : 2;
  }
  int num_outputs() const {
    int n = 0;
    for (int k = 0; k < num_bridges; ++k) n += Outputs(bridges[k]);
    return n;
  }
  // Whether a bridge is a single transistor.
  bool has_single() const {
    return bridges[0] == Bridge::k1Q || (num_bridges == 2 && bridges[1] == Bridge::k1Q);
  }
  int num_legs() const {
    int n = 0;
    for (int k = 0; k < num_bridges; ++k) n += Legs(bridges[k]);
    return n;
  }
};

// What a leg of a switched bridge does, as numbers, since it is kept in a row's state.
inline constexpr double kLegOpen = 0, kLegHigh = 1, kLegLow = 2;

// The mean over a control step of a leg that switches much faster, in [0, 1]. `lost` = interlocking
// time / control step, in [0, 1]: while both transistors of a leg are off, its current flows
// through a diode against the command.
template <class T>
FLYBALL_INLINE T AveragedLeg(const T& high, const T& current, double lost) {
  return lost > 0 ? Clamp(high - Sign(current) * lost, 0.0, 1.0) : high;
}
// A leg's voltage in 0, 1; an open leg's current picks its diode.
template <class T>
FLYBALL_INLINE T SwitchedLeg(const T& leg, const T& current) {
  return Select(leg == kLegOpen, Select(current < 0.0, T(1.0), T(0.0)),
                Select(leg == kLegHigh, T(1.0), T(0.0)));
}
// The state of a leg during the interlocking time: open if it goes from one transistor to the
// other.
template <class T>
FLYBALL_INLINE T InterlockedLeg(const T& before, const T& after) {
  return Select((before == kLegOpen) | (after == kLegOpen) | (before == after), after, T(kLegOpen));
}

// The currents of all legs from those of the outputs.
template <class T>
FLYBALL_INLINE void LegCurrents(const Converter& converter, const T* output, T* leg) {
  for (int k = 0; k < converter.num_bridges; ++k) {
    const Bridge bridge = converter.bridges[k];
    if (bridge == Bridge::k4Q) {
      leg[0] = output[0];
      leg[1] = converter.same_current_in_both_legs ? output[0] : -output[0];
    } else {
      for (int j = 0; j < Converter::Legs(bridge); ++j) leg[j] = output[j];
    }
    leg += Converter::Legs(bridge);
    output += Converter::Outputs(bridge);
  }
}
// The outputs from the legs' voltages in [0, 1].
template <class T>
FLYBALL_INLINE void LegOutputs(const Converter& converter, const T* leg, T* output) {
  for (int k = 0; k < converter.num_bridges; ++k) {
    const Bridge bridge = converter.bridges[k];
    if (bridge == Bridge::kB6) {
      for (int j = 0; j < 3; ++j) output[j] = leg[j] - 0.5;
    } else {
      output[0] = bridge == Bridge::k4Q ? leg[0] - leg[1] : leg[0];
    }
    leg += Converter::Legs(bridge);
    output += Converter::Outputs(bridge);
  }
}

// The duties (num_legs, in [0, 1]) that the outputs' duties ask of the legs.
template <class T>
FLYBALL_INLINE void LegDuties(const Converter& converter, const T* duty, T* leg) {
  for (int k = 0; k < converter.num_bridges; ++k) {
    const Bridge bridge = converter.bridges[k];
    if (bridge == Bridge::k4Q) {
      leg[0] = 0.5 * (1.0 + duty[0]);
      leg[1] = 0.5 * (1.0 - duty[0]);
    } else if (bridge == Bridge::kB6) {
      for (int j = 0; j < 3; ++j) leg[j] = 0.5 * (1.0 + duty[j]);
    } else {
      leg[0] = duty[0];
    }
    leg += Converter::Legs(bridge);
    duty += Converter::Outputs(bridge);
  }
}

// Outputs of averaged bridges from duties, given the currents of the outputs.
template <class T>
FLYBALL_INLINE void AveragedOutputs(const Converter& converter, const T* duty, const T* current,
                                    double lost, T* output) {
  if (lost == 0 && !converter.has_single()) {
    for (int k = 0, n = 0; k < converter.num_bridges; ++k) {
      const bool half = converter.bridges[k] == Bridge::kB6;
      for (int j = 0; j < Converter::Outputs(converter.bridges[k]); ++j, ++n) {
        output[n] = half ? 0.5 * duty[n] : duty[n];
      }
    }
    return;
  }
  T leg[Converter::kMaxLegs], leg_current[Converter::kMaxLegs];
  LegCurrents(converter, current, leg_current);
  LegDuties(converter, duty, leg);
  for (int k = 0, n = 0; k < converter.num_bridges; ++k) {
    const Bridge bridge = converter.bridges[k];
    for (int j = 0; j < Converter::Legs(bridge); ++j, ++n) {
      leg[n] = AveragedLeg(leg[n], leg_current[n], lost);
      // Nothing but a diode carries a current that flows back into one transistor.
      if (bridge == Bridge::k1Q) leg[n] = Select(leg_current[n] < 0.0, T(1.0), leg[n]);
    }
  }
  LegOutputs(converter, leg, output);
}

// What the legs are to do for the actions of switched bridges, one number per bridge.
template <class T>
FLYBALL_INLINE void LegsOfActions(const Converter& converter, const T* action, T* leg) {
  for (int k = 0; k < converter.num_bridges; ++k) {
    const T x = action[k];
    switch (converter.bridges[k]) {
      case Bridge::k1Q:
      case Bridge::k2Q:
        leg[0] = x;
        break;
      case Bridge::k4Q: {
        const T first = Floor(x * 0.5);
        leg[0] = 1.0 + first;
        leg[1] = 1.0 + x - 2.0 * first;
        break;
      }
      case Bridge::kB6: {
        const T a = Floor(x * 0.25), b = Floor((x - 4.0 * a) * 0.5);
        leg[0] = 2.0 - a;
        leg[1] = 2.0 - b;
        leg[2] = 2.0 - (x - 4.0 * a - 2.0 * b);
      }
    }
    leg += Converter::Legs(converter.bridges[k]);
  }
}
template <class T>
FLYBALL_INLINE void SwitchedOutputs(const Converter& converter, const T* leg, const T* current,
                                    T* output) {
  T leg_current[Converter::kMaxLegs], high[Converter::kMaxLegs];
  LegCurrents(converter, current, leg_current);
  for (int n = 0; n < converter.num_legs(); ++n) high[n] = SwitchedLeg(leg[n], leg_current[n]);
  LegOutputs(converter, high, output);
}

// What the legs draw from the supply (A), leg by leg: the share of the step in which a leg is high,
// times its current. While a leg is open (`lost` of an averaged step, or kLegOpen) its diodes decide.
template <class T>
FLYBALL_INLINE T DrawnByLegs(Converter converter, const T* high, const T* current, double lost) {
  converter.same_current_in_both_legs = false;
  T leg_current[Converter::kMaxLegs], drawn(0.0);
  LegCurrents(converter, current, leg_current);
  for (int n = 0; n < converter.num_legs(); ++n) {
    const T diode = Select(leg_current[n] < 0.0, T(1.0), T(0.0));
    drawn += (high[n] + lost * (diode - high[n])) * leg_current[n];
  }
  return drawn;
}
template <class T>
FLYBALL_INLINE T DrawnBySwitches(Converter converter, const T* leg, const T* current) {
  converter.same_current_in_both_legs = false;
  T leg_current[Converter::kMaxLegs], high[Converter::kMaxLegs];
  LegCurrents(converter, current, leg_current);
  for (int n = 0; n < converter.num_legs(); ++n) high[n] = SwitchedLeg(leg[n], leg_current[n]);
  return DrawnByLegs(converter, high, current, 0.0);
}

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_DRIVE_CONVERTER_H_
