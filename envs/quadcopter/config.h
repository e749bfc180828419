// What a quadcopter environment is made of after its options are resolved: shared by its spec, its
// kernels and its baseline.
#ifndef FLYBALL_ENVS_QUADCOPTER_CONFIG_H_
#define FLYBALL_ENVS_QUADCOPTER_CONFIG_H_

#include <string_view>

#include "envs/core/options.h"
#include "envs/core/spec.h"
#include "physics/rotorcraft/airframe.h"

namespace flyball::quadcopter {

enum class Task { kControl, kHover };
enum class Preset { kDefault, kGpdDyn, kGpdPyb };
// kRaw: rotor speeds themselves (rpm). The others are the peer's names.
enum class ActionKind { kRaw, kRpm, kOneDRpm, kPid, kOneDPid, kVel };

int ActionSize(ActionKind kind);  // numbers of one drone

struct Config {
  Task task = Task::kHover;
  Preset preset = Preset::kDefault;
  rotorcraft::Airframe airframe;
  ActionKind action = ActionKind::kRpm;
  bool ground = false, drag = false, downwash = false;  // effects
  int num_drones = 1;
  int physics_hz = 240;
  int control_hz = 30;
  double rpm_range = 0.05;     // of hover speed, what an action of 1 adds
  double wind[3] = {0, 0, 0};  // m/s, world
  double start_spread = 1.0;   // factor on the random offsets of start states
  double randomise = 0.0;      // largest relative change of mass, inertia and thrust

  int substeps() const { return physics_hz / control_hz; }
  double time_step() const { return 1.0 / physics_hz; }
  double control_period() const { return 1.0 / control_hz; }
  bool gpd() const { return preset != Preset::kDefault; }
  bool uses_pid() const {
    return action == ActionKind::kPid || action == ActionKind::kOneDPid ||
           action == ActionKind::kVel;
  }
  // The peer's learning tasks show the actions of the last half second.
  int history() const { return gpd() && task != Task::kControl ? control_hz / 2 : 0; }
  int episode_steps() const;
  // Numbers in one drone's observation.
  int observation_size() const;
};

// The bounds of the hover task, about each drone's goal, and where learning starts afresh.
inline constexpr double kHoverSide = 1.5;     // m, level distance from the goal
inline constexpr double kHoverCeiling = 2.0;  // m
inline constexpr double kHoverTilt = 0.4;     // rad, roll and pitch
inline constexpr double kHoverSeconds = 8.0;  // s
inline constexpr double kGoalHeight = 1.0;    // m
// Success: this near the goal and this slow.
inline constexpr double kSuccessDistance = 0.1;  // m
inline constexpr double kSuccessSpeed = 0.2;     // m/s

// Where drone k starts, without random offsets (m).
struct Home {
  double x, y, z;
};
Home HomeOf(const Config& config, int drone);

OptionSchema OptionsOf(Task task);
Config MakeConfig(Task task, const Options& resolved);
EnvSpec MakeSpec(const Config& config, const Options& resolved);

// Indices of EnvSpec::reset.
enum ResetField { kPosition, kRpy, kQuat, kVel, kAngvel, kRpm, kGoal };

}  // namespace flyball::quadcopter

#endif  // FLYBALL_ENVS_QUADCOPTER_CONFIG_H_
