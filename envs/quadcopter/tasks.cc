#include "envs/quadcopter/tasks.h"

#include <limits>
#include <numbers>

namespace flyball::quadcopter {
namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();
constexpr double kPi = std::numbers::pi;

constexpr Task kTasks[] = {
    {.id = TaskId::kControl,
     .name = "QuadControl-v1",
     .doc = "Quadcopters under raw rotor speeds, for work on controllers. Nothing ends an episode "
            "but its time limit. The goal of each drone is 1 m above its start.",
     .peer_doc = "Quadcopters under raw rotor speeds, for work on controllers. Nothing ends an "
                 "episode but its time limit. The reward is -1.",
     .learning = false,
     .seconds = 60,
     .side = kNever,
     .ceiling = kNever,
     .tilt = kNever},
    {.id = TaskId::kVelocity,
     .name = "QuadVelocity-v1",
     .doc = "Quadcopters under velocity commands, which a position controller carries out. Nothing "
            "ends an episode but its time limit. The goal of each drone is 1 m above its start.",
     .peer_doc = "Quadcopters under velocity commands, which a position controller carries out. "
                 "Nothing ends an episode but its time limit. The reward is -1.",
     .learning = false,
     .action = "vel",
     .seconds = 60,
     .side = kNever,
     .ceiling = kNever,
     .tilt = kNever},
    {.id = TaskId::kHover,
     .name = "QuadHover-v1",
     .doc = "Bring a quadcopter 1 m above the ground and hold it there.",
     .peer_doc = "Bring a quadcopter 1 m above the ground and hold it there. Reward of a step: "
                 "max(0, 2 - d^4), d the distance (m) from the goal.",
     .side = 1.5,
     .ceiling = 2.0,
     .tilt = 0.4},
    {.id = TaskId::kMultiHover,
     .name = "QuadMultiHover-v1",
     .doc = "Several quadcopters, each to be held at its own height: drone k 1/(k+1) m above where "
            "it stands on average at the start.",
     .peer_doc = "Several quadcopters, drone k to be held 1/(k+1) m above its start. Reward of a "
                 "step: the sum over drones of max(0, 2 - d^4), d the distance (m) from the goal.",
     .num_drones = 2,
     .side = 2.0,
     .ceiling = 2.0,
     .tilt = 0.4},
    {.id = TaskId::kTakeoff,
     .name = "QuadTakeoff-v1",
     .doc = "Take off from the ground, rotors still, and hold 1 m above it.",
     .peer_doc = "Climb. Reward of a step: -1/(10 z), -5 below z = 0.02 m.",
     .old = true,
     .seconds = 5},
    {.id = TaskId::kFlyThruGate,
     .name = "QuadFlyThruGate-v1",
     .doc = "Fly through a gate 1 m ahead (along -y) and 0.75 m high, and hold 1 m behind it. 1 is "
            "added to the reward when the gate, 0.6 m wide, is passed. Hitting its frame ends the "
            "episode.",
     .peer_doc = "Follow a point that moves from (0, 0, 0.75) to (0, -2, 0.75) in the 5 s of the "
                 "episode. Reward of a step: -10 d^2, d the distance (m) from it. The gate that "
                 "stands there is not simulated.",
     .old = true,
     .seconds = 5,
     .stages = true,
     .gates = true},
    {.id = TaskId::kTune,
     .name = "QuadTune-v1",
     .doc = "Tune the gains of a position controller while it follows a goal that swings 4 m to "
            "and fro along y, 1 m high.",
     .peer_doc =
         "Tune the gains of the position controller while it follows (0, 4 cos(0.006 k), 1) "
         "m at step k. Reward of a step: -d^2, d the distance (m) from it.",
     .old = true,
     .action = "gains",
     .seconds = 5,
     .side = 6.0,
     .path = {.amplitude = {0, 4, 0}, .rate = {0, 0.288, 0}, .phase = {0, kPi / 2, 0}}},
    {.id = TaskId::kFlock,
     .name = "QuadFlock-v1",
     .doc = "The first drone goes 1 m high; each other keeps the height of the one before it.",
     .peer_doc = "The first drone is rewarded with -d^2, d the distance (m) from (0, 0, 1); each "
                 "other with minus the square of its difference in height from the one before.",
     .old = true,
     .num_drones = 3,
     .least_drones = 2,
     .seconds = 5,
     .partner = Partner::kPrevious,
     .follow = {false, false, true}},
    {.id = TaskId::kLeaderFollower,
     .name = "QuadLeaderFollower-v1",
     .doc = "The first drone goes 0.5 m high and leads; the others keep its height.",
     .peer_doc = "The first drone is rewarded with -d^2, d the distance (m) from (0, 0, 0.5); each "
                 "other with -1/N of the square of its difference in height from the first.",
     .old = true,
     .num_drones = 2,
     .least_drones = 2,
     .seconds = 5,
     .partner = Partner::kFirst,
     .follow = {false, false, true}},
    {.id = TaskId::kMeetup,
     .name = "QuadMeetup-v1",
     .doc = "Drones meet in pairs, the first with the last and so on, and stop 0.4 m from each "
            "other.",
     .peer_doc = "Drones meet in pairs, the first with the last and so on. Both of a pair are "
                 "rewarded with -d^2, d their distance (m).",
     .old = true,
     .num_drones = 2,
     .least_drones = 2,
     .seconds = 5,
     .partner = Partner::kOpposite,
     .follow = {true, true, true}},
    {.id = TaskId::kLanding,
     .name = "QuadLanding-v1",
     .doc =
         "Land on a pad on the ground, which moves about if pad_speed is not 0. The episode ends "
         "well, with 10 added to the reward, on the pad within 0.1 m of its middle and slower than "
         "0.3 m/s against it; it ends badly on the ground elsewhere.",
     .peer_doc = "",
     .seconds = 10},
    {.id = TaskId::kWaypoints,
     .name = "QuadWaypoints-v1",
     .doc = "Fly to five points drawn at the start, one after the other, and hold the last. 1 is "
            "added to the reward for each that is reached within 0.2 m.",
     .peer_doc = "",
     .seconds = 20,
     .side = 5.0,
     .stages = true},
    {.id = TaskId::kFigureEight,
     .name = "QuadFigureEight-v1",
     .doc =
         "Follow a goal that flies a figure of eight, 2 m long, 1 m wide and 1 m high, once in 6 "
         "s.",
     .peer_doc = "",
     .seconds = 18,
     .path = {.amplitude = {1.0, 0.5, 0}, .rate = {2 * kPi / 6, 4 * kPi / 6, 0}}},
    {.id = TaskId::kGates,
     .name = "QuadGates-v1",
     .doc =
         "Fly through four gates on a ring, in order and in their direction, and hold behind the "
         "last. 1 is added to the reward for each gate, 0.8 m wide. Hitting a frame ends the "
         "episode.",
     .peer_doc = "",
     .seconds = 20,
     .side = 5.0,
     .stages = true,
     .gates = true},
    {.id = TaskId::kFormation,
     .name = "QuadFormation-v1",
     .doc =
         "Drones fly in a ring, half a metre or more from each other, whose middle swings to and "
         "fro.",
     .peer_doc = "",
     .num_drones = 4,
     .least_drones = 2,
     .seconds = 10,
     .side = 5.0,
     .path = {.amplitude = {0.5, 0, 0}, .rate = {2 * kPi / 5, 0, 0}}},
    {.id = TaskId::kDocking,
     .name = "QuadDocking-v1",
     .doc = "Drones go in pairs: the first of a pair holds its place, the second comes to 0.2 m "
            "beside it, at its height, and stays there.",
     .peer_doc = "",
     .num_drones = 2,
     .least_drones = 2,
     .seconds = 10,
     .partner = Partner::kPair,
     .follow = {true, true, true}},
};

constexpr Gate kOneGate[] = {{0, -1, 0.75, -kPi / 2, 0.3, 0.4}};
constexpr Gate kRing[] = {{1.5, 0, 1.0, kPi / 2, 0.4, 0.6},
                          {0, 1.5, 1.25, kPi, 0.4, 0.6},
                          {-1.5, 0, 1.0, -kPi / 2, 0.4, 0.6},
                          {0, -1.5, 0.75, 0, 0.4, 0.6}};

}  // namespace

std::span<const Task> Tasks() { return kTasks; }

const Task& FindTask(TaskId id) { return kTasks[static_cast<int>(id)]; }

std::span<const Gate> GatesOf(TaskId id) {
  if (id == TaskId::kFlyThruGate) return kOneGate;
  if (id == TaskId::kGates) return kRing;
  return {};
}

}  // namespace flyball::quadcopter
