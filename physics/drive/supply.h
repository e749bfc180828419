// Where the converter's power comes from.
#ifndef FLYBALL_PHYSICS_DRIVE_SUPPLY_H_
#define FLYBALL_PHYSICS_DRIVE_SUPPLY_H_

#include "physics/drive/check.h"
#include "physics/numeric/lanes.h"

namespace flyball {

struct Supply {
  enum class Kind {
    kIdeal,         // a stiff direct voltage
    kRc,            // a stiff voltage behind a resistor, and a capacitor at the converter
    kAc1,           // one phase of alternating voltage, root mean square u_nominal
    kAc3Rectified,  // three phases of that root mean square between two of them, through six diodes
  };
  Kind kind = Kind::kIdeal;
  double u_nominal = 300.0;  // V, > 0
  // kRc:
  double r = 1.0;   // Ohm, > 0
  double c = 4e-3;  // F, > 0
  // kAc1, kAc3Rectified:
  double frequency = 50.0;    // Hz, > 0
  double phase = 0.0;         // rad at the start of an episode, unless drawn
  bool random_phase = false;  // drawn for each episode, uniform

  bool alternating() const { return kind == Kind::kAc1 || kind == Kind::kAc3Rectified; }
  // The largest voltage it gives, V.
  double most() const;

  // kRc: the capacitor's voltage after `duration` with the converter drawing `current` (A).
  template <class T>
  FLYBALL_INLINE T Discharge(const T& u, const T& current, double duration) const {
    const T end = u_nominal - r * current;
    return end + (u - end) * Exp(-duration / (r * c));
  }
  // The same by one step of Euler's method.
  template <class T>
  FLYBALL_INLINE T DischargeByEuler(const T& u, const T& current, double duration) const {
    return u + duration * ((u_nominal - u - r * current) / (r * c));
  }
  // Alternating kinds: the voltage at `time` (s) of an episode that began at `start` (rad).
  template <class T>
  FLYBALL_INLINE T Alternating(const T& time, const T& start) const {
    const T turns = frequency * time;
    const T angle = (2 * std::numbers::pi) * (turns - Floor(turns)) + start;
    if (kind == Kind::kAc1) return (std::numbers::sqrt2 * u_nominal) * Sin(angle);
    // The diodes pick the two phases that lie furthest apart: sixty degrees of the crest at a time.
    constexpr double kSixth = std::numbers::pi / 3;
    const T sixth = angle - kSixth * Floor(angle * (1 / kSixth));
    return (std::numbers::sqrt2 * u_nominal) * Cos(sixth - 0.5 * kSixth);
  }
};

inline double Supply::most() const {
  return alternating() ? std::numbers::sqrt2 * u_nominal : u_nominal;
}

inline void CheckSupply(const Supply& supply) {
  RequirePositive("supply u_nominal", supply.u_nominal, "V");
  RequirePositive("supply r", supply.r, "Ohm");
  RequirePositive("supply c", supply.c, "F");
  RequirePositive("supply frequency", supply.frequency, "Hz");
  RequireFinite("supply phase", supply.phase, "rad");
}

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_DRIVE_SUPPLY_H_
