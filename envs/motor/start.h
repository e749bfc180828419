// Where episodes begin.
#ifndef FLYBALL_ENVS_MOTOR_START_H_
#define FLYBALL_ENVS_MOTOR_START_H_

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "envs/core/field.h"
#include "envs/motor/reference.h"
#include "envs/motor/task.h"
#include "physics/drive/machines.h"
#include "physics/numeric/random.h"
#include "physics/numeric/truncated_normal.h"

namespace flyball::motor {

struct DriveSettings;
struct Ratings;

// One state of the drive's differential equation, drawn from an interval.
struct StateDraw {
  int slot = 0;                           // among OdeEntries
  Range interval;                         // in the state's unit; equal ends are a constant
  std::optional<TruncatedNormal> normal;  // in the interval; uniform without
};

// Each uniform unless forced; states that are named in `states` are drawn as it says instead.
struct StartSettings {
  double current = 0.0;    // stator or armature currents in +- this part of their limit
  double exciting = 0.0;   // exciting current, from 0 to this part of its limit
  double flux = 0.0;       // rotor flux of induction machines: that of this part of nominal current
  bool any_angle = false;  // of rotor and flux
  double speed = 0.0;      // free shafts: within this of the speed's reference, rad/s
  std::vector<StateDraw> states;
};

// The states of a drive's differential equation, in order: the shaft, then the machine's.
std::vector<Entry> OdeEntries(const Task& task);
// What each of them is at these ratings, in its unit: half a turn for the angle, the flux of its
// own current for a rotor.
std::vector<double> OdeAt(const Machine& machine, const Ratings& ratings);

// Draws the start of an episode but for `states`. Always as many numbers, whether forced or not.
void DrawStart(const DriveSettings& settings, Rng& rng, std::span<double> ode);
// One number for each of `states`.
void DrawStates(const StartSettings& start, Rng& rng, std::span<double> ode);
// Throws InputError, beginning with `where`, for states beyond the limits.
void CheckStart(const DriveSettings& settings, const std::string& where,
                std::span<const double> ode);

}  // namespace flyball::motor

#endif  // FLYBALL_ENVS_MOTOR_START_H_
