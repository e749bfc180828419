// Machines from their data sheets: figures in the makers' units and conventions, checked against each
// other.
//
// All figures of a brushless machine come down to one, the peak of the voltage between two terminals
// per mechanical speed, K (V s/rad), by factors that hold for sinusoidal machines:
//   speed constant 60 / (2 pi Kv)   as the voltage is meant (below)
//   voltage between lines, peak     K;  root mean square: K / sqrt 2
//   voltage of a phase, peak        K / sqrt 3;  root mean square: K / sqrt 6
//   mean under block commutation    3 / pi K (what makers of motors with Hall sensors mean by Kv, and
//                                   by the torque per direct current)
//   torque per current in a phase   peak: sqrt 3 / 2 K;  root mean square: sqrt(3/2) K
// The linkage of the magnets in a phase is then psi_p = K / (sqrt 3 p). Between two terminals there are
// two phases in series, whatever the connection is: of the star that is equivalent, r_s and l_s are
// halves. Figures of single windings are those of the star as they are, and of a delta a third
// (currents and voltages of windings are not taken).
#ifndef FLYBALL_PHYSICS_DRIVE_DATASHEET_H_
#define FLYBALL_PHYSICS_DRIVE_DATASHEET_H_

#include <limits>
#include <string>

#include "physics/drive/machines.h"

namespace flyball {

enum class VoltageMeaning { kLinePeak, kLineRms, kPhasePeak, kPhaseRms, kBlock };
enum class CurrentMeaning { kPeak, kRms, kBlock };
enum class WindingMeaning { kTerminals, kStar, kDelta };

// Not-a-number: not on the sheet.
struct Datasheet {
  static constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  double kv = kNone;  // rpm/V
  double ke = kNone;  // V s/rad
  double kt = kNone;  // N m/A
  VoltageMeaning kv_of = VoltageMeaning::kBlock, ke_of = VoltageMeaning::kLinePeak;
  CurrentMeaning current_of = CurrentMeaning::kBlock;  // kt, current, max_current
  WindingMeaning winding = WindingMeaning::kTerminals;
  double resistance = kNone;       // Ohm
  double inductance_d = kNone;     // H, the least as the rotor turns
  double inductance_q = kNone;     // H, the most
  double pole_pairs = kNone;       // brushless
  double inertia = kNone;          // kg m^2
  double voltage = kNone;          // V, of the direct supply
  double current = kNone;          // A, for ever
  double torque = kNone;           // N m, at that current
  double speed = kNone;            // rad/s, at that torque and voltage
  double power = kNone;            // W, torque * speed
  double max_current = kNone;      // A
  double max_speed = kNone;        // rad/s
  double no_load_speed = kNone;    // rad/s
  double no_load_current = kNone;  // A
  double stall_current = kNone;    // A
  double stall_torque = kNone;     // N m
  double tolerance = 0.1;          // by how much figures may disagree, as a part of them
};

struct SheetRatings {
  double omega, omega_limit;  // rad/s
  double i, i_limit;          // A: peak of a phase, or of the armature
  double u;                   // V
};

// The machine and what it is rated for. Throws InputError for what is missing, cannot be, or
// disagrees, with the figures and, where one fits, the other meaning under which they would agree.
Pmsm BrushlessFromDatasheet(const Datasheet& sheet, SheetRatings& ratings);
PermExDc BrushedFromDatasheet(const Datasheet& sheet, SheetRatings& ratings);

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_DRIVE_DATASHEET_H_
