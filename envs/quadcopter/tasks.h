// The quadcopter tasks as data: where drones are to go, what bounds them, how long an episode is.
// Every task is one row of a table; rewards and ends read it (judge_kernel.cc).
#ifndef FLYBALL_ENVS_QUADCOPTER_TASKS_H_
#define FLYBALL_ENVS_QUADCOPTER_TASKS_H_

#include <span>
#include <string_view>

namespace flyball::quadcopter {

enum class TaskId {
  kControl,
  kVelocity,
  kHover,
  kMultiHover,  // the peer's
  kTakeoff,
  kFlyThruGate,
  kTune,
  kFlock,
  kLeaderFollower,
  kMeetup,  // of its first version
  kLanding,
  kWaypoints,
  kFigureEight,
  kGates,
  kFormation,
  kDocking  // our own
};

// Where a moving goal is, about its centre: amplitude * sin(rate * t + phase) on each axis.
struct Path {
  double amplitude[3] = {0, 0, 0};  // m
  double rate[3] = {0, 0, 0};       // rad/s
  double phase[3] = {0, 0, 0};      // rad
  bool moves() const { return amplitude[0] != 0 || amplitude[1] != 0 || amplitude[2] != 0; }
};

// Which other drone a drone's goal hangs on, and along which axes.
enum class Partner { kNone, kPrevious, kFirst, kOpposite, kPair };

// An upright square hole that is flown through along its normal, in a frame that is not to be hit.
struct Gate {
  double x, y, z;      // m, its centre in the world
  double yaw;          // rad, of the direction of flight
  double hole, frame;  // m, half the sides of the hole and of the frame
};
inline constexpr double kFrameDepth = 0.04;  // m, along the direction of flight
// Goals are this far behind the centre of a gate (m), so that whoever flies to them goes through.
inline constexpr double kGateBehind = 0.4;

struct Task {
  TaskId id;
  std::string_view name;
  std::string_view doc;       // in the default preset
  std::string_view peer_doc;  // in the peer's; empty: the peer has no such task
  bool learning = true;       // false: 20 numbers are shown, nothing ends an episode
  bool old = false;           // of the peer's first version: 12 numbers scaled to [-1, 1]
  std::string_view action = "rpm";
  int num_drones = 1, least_drones = 1;
  double seconds = 8.0;  // of an episode
  // Default preset: an episode ends further than this aside from the centre of the goal (m), above
  // this (m), or tilted more than this (rad).
  double side = 3.0, ceiling = 3.0, tilt = 1.5;
  Path path = {};
  Partner partner = Partner::kNone;
  bool follow[3] = {false, false, false};
  bool stages = false;  // goals one after the other
  bool gates = false;
};

// What is landed on: a mat as round and as thick as this (m).
inline constexpr double kPadRadius = 0.1, kPadThickness = 0.002;

std::span<const Task> Tasks();
const Task& FindTask(TaskId id);
// The course of a task with gates.
std::span<const Gate> GatesOf(TaskId id);

// Waypoints of an episode, drawn at its start.
inline constexpr int kNumWaypoints = 5;
inline constexpr double kWaypointRadius = 0.2;  // m, within which one is reached

}  // namespace flyball::quadcopter

#endif  // FLYBALL_ENVS_QUADCOPTER_TASKS_H_
