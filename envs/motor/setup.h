// What the kernel is built from: the settings, and what is worked out from them once.
#ifndef FLYBALL_ENVS_MOTOR_SETUP_H_
#define FLYBALL_ENVS_MOTOR_SETUP_H_

#include <array>
#include <span>
#include <string>
#include <vector>

#include "envs/core/batch.h"
#include "envs/motor/settings.h"

namespace flyball::motor {

inline constexpr int kMaxQuantities = 40, kMaxActions = 6;

// The errors of two referenced currents as a vector in the stator.
struct ErrorVector {
  int first, second;              // positions among the references, -1: not referenced
  int first_state, second_state;  // quantities
  int shown;                      // quantity that takes the first component; the second follows
  double sign;                    // the frame turns with the rotor (1) or against it (-1)
};

struct DriveSetup {
  explicit DriveSetup(DriveSettings settings);

  DriveSettings settings;
  std::array<double, kMaxQuantities> inverse_scale;
  std::vector<double> range;  // per reference: the largest error of its scaled state
  std::vector<ErrorVector> errors;
  std::vector<std::string> reference_names;
  bool uses_noise = false;
  bool graded = false;    // a step may violate the constraints in part
  bool observer = false;  // whether the flux observer runs
  // What nobody looks at is not worked out.
  bool reads_currents = true;     // those of the outputs, where a step begins
  bool reads_start_field = true;  // the frame of the rotor's flux there
  bool reads_rotor = true;        // cosine and sine of the angle
  bool switches_inside = false;   // a switched step has two pieces
  bool keeps_legs = false;        // what the legs did in the last step is kept
  bool keeps_supply = false;      // a row has a supply voltage or phase of its own
  bool exact = false;
  int substeps = 1;
  std::vector<double> exact_step[3];  // by PieceKind, at the load's speed
  std::vector<double> scale;          // typical sizes of the ODE's states

  // A piece of a step between two switchings.
  enum PieceKind { kWhole, kBefore, kAfter };
  double Duration(PieceKind piece) const {
    return piece == kWhole    ? settings.tau
           : piece == kBefore ? settings.converter.interlocking_time
                              : settings.tau - settings.converter.interlocking_time;
  }

  // Slots of a row's state, in this order: shaft and machine; cosine and sine of the angle, where
  // there is one; supply; observer; the present reference and its memory; actions under way; legs;
  // the detailed kernel's (detail.h).
  int ode_size = 0, cosine = 0, supply = 0, flux = 0, reference = 0, memory = 0, queue = 0,
      legs = 0, detail = 0, num_state = 0;
};

// Starts an episode of one row. Throws InputError for a forced value that cannot be.
void ResetDrive(const DriveSetup& setup, Rng& rng, const ResetValues& values,
                std::span<double> state);

}  // namespace flyball::motor

#endif  // FLYBALL_ENVS_MOTOR_SETUP_H_
