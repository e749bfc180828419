// Where a drone's numbers lie in its kernel state. The first are always there; the rest are blocks
// that the configuration asks for.
#ifndef FLYBALL_ENVS_QUADCOPTER_LAYOUT_H_
#define FLYBALL_ENVS_QUADCOPTER_LAYOUT_H_

#include "envs/quadcopter/config.h"
#include "physics/rotorcraft/rotation.h"

namespace flyball::quadcopter {

using rotorcraft::Quat;
using rotorcraft::Rotation;
using rotorcraft::Vec3;

enum Slot {
  kSlotP = 0,       // 3: position, m, world
  kSlotQ = 3,       // 4: attitude, xyzw
  kSlotV = 7,       // 3: velocity, m/s, world
  kSlotW = 10,      // 3: angular velocity, rad/s: body, in preset gpd_pyb world
  kSlotRpm = 13,    // 4: rotor speeds; the peer's presets: those last commanded
  kSlotPush = 17,   // 3: downwash of this substep, N, world; gpd_pyb: its size first
  kSlotGoal = 20,   // 3: m, world; on axes that follow a partner: offset from it
  kSlotExtra = 23,  // 4: factors on mass, inertia and thrust; gpd_dyn: angular velocity shown;
                    // gpd_pyb: attitude one step ago
  kNumFixedSlots = 27
};

// Begins of the blocks; -1 where there is none.
struct Layout {
  explicit Layout(const Config& config) {
    int next = kNumFixedSlots;
    const auto block = [&next](bool wanted, int size) {
      const int begin = wanted ? next : -1;
      if (wanted) next += size;
      return begin;
    };
    const Task& task = config.about();
    pid = block(config.uses_pid(), 9);
    const bool moves = config.path().moves() || config.has_partner() ||
                       (config.gpd() && config.task == TaskId::kFlyThruGate);
    target = block(moves, 9);
    mates = block(config.num_drones > 1, 8 + 6 * config.neighbours);
    adjacency = block(config.neighbourhood > 0, config.num_drones);
    stage = block(task.stages && !config.gpd(), 1 + 3);
    waypoints = block(config.task == TaskId::kWaypoints, 3 * kNumWaypoints);
    ended = block(!config.end_together, 1);
    wind = block(config.wind.blows(), 3);
    residual = block(config.residual.acts(), 6);
    gust = block(config.wind.gusts > 0, 3);
    battery = block(config.battery.on, 2);
    sensors = block(config.observation == ObservationKind::kSensor, 9);
    delayed = block(config.action_delay > 0, config.action_delay * ActionSize(config.action));
    worked_on = next;
    shown = config.shown();
    num_info = config.num_info();
    num_noise = config.num_noise();
    action_size = ActionSize(config.action);
    history = block(config.history() > 0, config.history() * ActionSize(config.action));
    size = next;
  }

  int pid;        // 9: memory of the position controller
  int target;     // 9: where the goal is now: m, m/s, m/s^2, world
  int mates;      // partner's position and velocity, whether to follow it, distance (m) of the
                  // nearest drone; then of each neighbour relative position and velocity
  int adjacency;  // 1 for each drone of the row that is near, itself included, else 0
  int stage;      // goals reached; position before the step
  int waypoints;  // 3 each
  int ended;      // 0, 1: terminated, 2: truncated
  int wind;       // 3: m/s, world, in this control step
  int gust;       // 3: m/s
  int residual;   // force (N, world) and torque (N m, body) in this control step
  int battery;    // charge (share), voltage (V)
  int sensors;    // biases of gyroscope and accelerometer; velocity before the step
  int delayed;    // actions on their way, oldest first
  int history;    // actions shown, oldest first
  int worked_on;  // slots before the history: what a step works on
  int size;
  // Of one drone, as Config works them out.
  int shown, num_info, num_noise, action_size;
};
inline constexpr int kMostSlots = 512;  // of Layout::worked_on

template <class T>
FLYBALL_INLINE Vec3<T> ReadVec3(const T* slots) {
  return {slots[0], slots[1], slots[2]};
}
template <class T>
FLYBALL_INLINE void WriteVec3(T* slots, const Vec3<T>& v) {
  slots[0] = v.x, slots[1] = v.y, slots[2] = v.z;
}
template <class T>
FLYBALL_INLINE Quat<T> ReadQuat(const T* slots) {
  return {slots[0], slots[1], slots[2], slots[3]};
}
template <class T>
FLYBALL_INLINE void WriteQuat(T* slots, const Quat<T>& q) {
  slots[0] = q.x, slots[1] = q.y, slots[2] = q.z, slots[3] = q.w;
}

}  // namespace flyball::quadcopter

#endif  // FLYBALL_ENVS_QUADCOPTER_LAYOUT_H_
