// When the legs of a converter switch within a control step, and what they do with it: commands at
// exact times, and the interlocking time in which a leg that changes sides is open.
#ifndef FLYBALL_PHYSICS_DRIVE_SWITCHING_H_
#define FLYBALL_PHYSICS_DRIVE_SWITCHING_H_

#include "physics/drive/converter.h"

namespace flyball {

struct Modulation {
  enum class Kind {
    kCarrier,      // a leg is high while its duty lies above a triangle
    kSpaceVector,  // the same after the three duties of a B6 were shifted to the middle: the
                   // switching vectors next to the wanted one, the zero time shared by both zeros
  };
  Kind kind = Kind::kCarrier;
  int periods = 1;  // of the carrier in a control step, 1 to kMostPeriods
};
inline constexpr int kMostPeriods = 64;

struct Edge {
  double time;  // s from the start of the control step
  int leg;
  double gate;  // kLegHigh, kLegLow or kLegOpen
};

// Of one control step, sorted by time.
struct Edges {
  int count = 0;
  Edge edge[Converter::kMaxLegs * (2 * kMostPeriods + 1)];
};

// The duties of the legs of each B6 after the shift of Modulation::kSpaceVector.
void CentreDuties(const Converter& converter, double* leg);

// Centred pulses: in each period of the carrier a leg is high in its middle for `duty` of it.
void PulseEdges(const Modulation& modulation, int num_legs, const double* duty, double tau,
                Edges& edges);
// Legs that are told once, at the start.
void HeldEdges(int num_legs, const double* gate, Edges& edges);

// What a leg does (kLegOpen ...), what it is told, and how long it must stay open before it may, s.
struct Leg {
  double gate = kLegLow, target = kLegLow, wait = 0.0;
  // Obeys `command`; a leg that goes from one transistor to the other opens first.
  void Tell(double command, double interlocking_time) {
    if (command == target) return;
    target = command;
    if (command == kLegOpen || (gate == kLegOpen && wait == 0) || interlocking_time == 0) {
      gate = command;
      wait = 0;
    } else if (wait == 0) {
      gate = kLegOpen;
      wait = interlocking_time;
    }
  }
  void Wait(double time) {
    if (wait == 0) return;
    wait -= time;
    // Within rounding of its end.
    if (wait > 1e-15) return;
    wait = 0;
    gate = target;
  }
};

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_DRIVE_SWITCHING_H_
