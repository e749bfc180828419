// What a quadcopter environment is made of after its options are resolved: shared by its spec, its
// kernels, its engines and its baselines.
#ifndef FLYBALL_ENVS_QUADCOPTER_CONFIG_H_
#define FLYBALL_ENVS_QUADCOPTER_CONFIG_H_

#include <string>
#include <string_view>
#include <vector>

#include "envs/core/options.h"
#include "envs/core/pictures.h"
#include "envs/core/spec.h"
#include "envs/quadcopter/residual.h"
#include "envs/quadcopter/tasks.h"
#include "envs/quadcopter/wind.h"
#include "physics/rotorcraft/airframe.h"
#include "physics/rotorcraft/surfaces.h"

namespace flyball::quadcopter {

enum class Preset { kDefault, kGpdDyn, kGpdPyb };
enum class Mover { kAnalytic, kMujoco, kBullet };
// kRaw: rotor speeds themselves (rpm). kRpm to kVel, and kGains: the peer's. The rest are commands
// to a cascade of controllers, from the outermost loop to the innermost.
enum class ActionKind {
  kRaw,
  kRpm,
  kOneDRpm,
  kPid,
  kOneDPid,
  kVel,
  kGains,
  kPosition,
  kVelocity,
  kAcceleration,
  kAttitude,
  kRates
};
enum class ObservationKind { kKin, kFull, kSensor };

inline constexpr int kMostNeighbours = 32;
inline constexpr int kMostAdjacent = 64;  // drones of a row whose adjacency is shown

int ActionSize(ActionKind kind);  // numbers of one drone

// Beyond these, costs are counted in info.
struct Limits {
  double tilt, rate, floor, ceiling, side, separation, saturation;
};

struct Battery {
  bool on = false;
  double capacity = 900;           // A s: 250 mAh
  double resistance = 0.14;        // ohm
  double full = 4.2, empty = 3.0;  // V, without load, charged and used up
  double efficiency = 0.15;  // of propellers and motors: ideal induced power over electric power
  double charge = 1.0;       // share of the capacity at the start
};

struct Config {
  TaskId task = TaskId::kHover;
  Preset preset = Preset::kDefault;
  Mover mover = Mover::kAnalytic;
  rotorcraft::Airframe airframe;
  ActionKind action = ActionKind::kRpm;
  ObservationKind observation = ObservationKind::kKin;
  PictureRequest pictures;                              // from each drone's camera
  bool ground = false, drag = false, downwash = false;  // effects
  int num_drones = 1;
  int neighbours = 0;          // how many nearest drones each sees
  double neighbourhood = 0.0;  // m, radius of the adjacency that each sees; 0: it sees none
  int physics_hz = 240;
  int control_hz = 30;
  bool end_together = true;   // an episode ends with its first drone, not with its last
  double rpm_range = 0.05;    // of hover speed, what an action of 1 adds
  double start_spread = 1.0;  // factor on the random offsets of start states
  double randomise = 0.0;     // largest relative change of mass, inertia and thrust
  double pad_speed = 0.0;     // m/s
  double motor_noise = 0.0;   // relative, of commands
  double sensor_noise = 1.0;  // factor on the sensors' noise (ObservationKind::kSensor)
  int action_delay = 0;       // control steps
  Wind wind;
  Residual residual;
  Battery battery;
  Limits limits;

  const Task& about() const { return FindTask(task); }
  Path path() const;  // of the goal
  int substeps() const { return physics_hz / control_hz; }
  double time_step() const { return 1.0 / physics_hz; }
  double control_period() const { return 1.0 / control_hz; }
  bool gpd() const { return preset != Preset::kDefault; }
  // A position controller of the peer's stands behind the action.
  bool uses_pid() const {
    return action == ActionKind::kPid || action == ActionKind::kOneDPid ||
           action == ActionKind::kVel || action == ActionKind::kGains;
  }
  // A controller runs with the physics: all but the peer's own.
  bool inner_loop() const { return action >= ActionKind::kPosition || (uses_pid() && !gpd()); }
  // The peer's learning tasks show the actions of the last half second.
  int history() const { return gpd() && about().learning && !about().old ? control_hz / 2 : 0; }
  int episode_steps() const;
  int shown() const;  // numbers in one drone's observation, without the history
  int observation_size() const { return shown() + history() * ActionSize(action); }
  int num_info() const;   // of one drone
  int num_noise() const;  // normal draws of one drone in a control step
  bool has_partner() const { return about().partner != Partner::kNone; }
};

// Success: this near the goal and this slow.
inline constexpr double kSuccessDistance = 0.1;  // m
inline constexpr double kSuccessSpeed = 0.2;     // m/s
// Landing: no harder than this.
inline constexpr double kLandingSpeed = 0.3;  // m/s
// What actions of 1 stand for.
inline constexpr double kMostAttitude = 0.6;      // rad, roll and pitch
inline constexpr double kMostRate = 6.0;          // rad/s, about x and y
inline constexpr double kMostYawRate = 3.0;       // rad/s
inline constexpr double kMostAcceleration = 4.0;  // m/s^2
inline constexpr double kMostVelocity = 2.0;      // m/s
inline constexpr double kMostPosition = 5.0;      // m

// Where drone k starts, and its goal (or its offset from a partner), without random parts (m).
struct Place {
  double x, y, z;
};
Place HomeOf(const Config& config, int drone);
Place GoalOf(const Config& config, int drone);
// The drone whose place a drone's goal hangs on; -1 for none.
int PartnerOf(const Config& config, int drone);

// What rotors are above besides the ground: the frames of gates, and each drone's pad, about its goal.
rotorcraft::Surfaces SurfacesOf(const Config& config);

OptionSchema OptionsOf(const Task& task);
Config MakeConfig(const Task& task, const Options& resolved);
EnvSpec MakeSpec(const Config& config, const Options& resolved);

// Indices of EnvSpec::reset.
enum ResetField { kPosition, kRpy, kQuat, kVel, kAngvel, kRpm, kGoal };

}  // namespace flyball::quadcopter

#endif  // FLYBALL_ENVS_QUADCOPTER_CONFIG_H_
