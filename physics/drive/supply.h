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
    kBattery,       // cells behind a resistor and a slower part, and a capacitor at the converter
  };
  Kind kind = Kind::kIdeal;
  double u_nominal = 300.0;  // V, > 0
  // kRc, kBattery:
  double r = 1.0;   // Ohm, > 0
  double c = 4e-3;  // F, > 0
  // kBattery: a full one rests at u_nominal, an empty one at u_empty, in between on a straight line.
  double u_empty = 250.0;  // V, > 0, at most u_nominal
  double capacity = 3600;  // A s, > 0
  double charge = 1.0;     // of the capacity at the start of an episode, 0 to 1
  double r_slow = 0.05;    // Ohm, > 0: of what the cells drop more after r_slow c_slow
  double c_slow = 1000.0;  // F, > 0
  // kAc1, kAc3Rectified:
  double frequency = 50.0;    // Hz, > 0
  double phase = 0.0;         // rad at the start of an episode, unless drawn
  bool random_phase = false;  // drawn for each episode, uniform

  bool has_capacitor() const { return kind == Kind::kRc || kind == Kind::kBattery; }
  // kBattery: at rest, V; `charge` of the capacity.
  double RestVoltage(double charge_left) const {
    return u_empty + (u_nominal - u_empty) * charge_left;
  }
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
  if (supply.kind != Supply::Kind::kBattery) return;
  RequireBetween("supply u_empty", supply.u_empty, 1e-9, supply.u_nominal, "V");
  RequirePositive("supply capacity", supply.capacity, "A s");
  RequireBetween("supply charge", supply.charge, 0, 1, "1");
  RequirePositive("supply r_slow", supply.r_slow, "Ohm");
  RequirePositive("supply c_slow", supply.c_slow, "F");
}

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_DRIVE_SUPPLY_H_
