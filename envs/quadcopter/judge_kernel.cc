// Rewards, ends and costs.
#include "envs/quadcopter/drone.h"

namespace flyball::quadcopter {

template <class T>
void Drone::Judge(DroneIo<T>& io, bool starts) const {
  T* s = io.state;
  const Task& task = task_;
  Events<T> events;
  if (layout_.stage >= 0) {
    if (!starts) {
      if (task.gates) {
        PassGates(io, events);
      } else {
        ReachWaypoint(io, events);
      }
    }
    WriteVec3(s + layout_.stage + 1, ReadVec3(s + kSlotP));
  }
  // The peer's clock shows the time before the step.
  const T steps = starts || config_.gpd() ? io.step : T(io.step + 1.0);
  if (layout_.target >= 0) MoveGoal(T(steps * config_.control_period()), s);

  const Vec3<T> p = ReadVec3(s + kSlotP);
  const Vec3<T> error = TargetNow(s) - p;
  Vec3<T> v = ReadVec3(s + kSlotV);
  if (layout_.target >= 0) v = v - ReadVec3(s + layout_.target + 3);
  const Quat<T> q = ShownQuat(s);
  const Vec3<T> rpy = rotorcraft::RollPitchYaw(q);
  const T distance2 = Dot(error, error), speed2 = Dot(v, v);
  const T distance = Sqrt(distance2);
  const T level = Max(Abs(error.x), Abs(error.y));
  const T tilt = Max(Abs(rpy.x), Abs(rpy.y));
  Show(io, q, rpy, steps);

  io.terminated = io.truncated = T(0.0);
  Mask<T> success = distance < kSuccessDistance && speed2 < kSuccessSpeed * kSuccessSpeed;
  if (layout_.stage >= 0) success = success && events.done > 0.5;
  if (config_.gpd()) {
    JudgeAsPeer(io, rpy);
  } else {
    if (config_.task == TaskId::kLanding) {
      const Mask<T> down = p.z < config_.airframe.rest_height() + 0.01;
      const Mask<T> well =
          down && error.x * error.x + error.y * error.y < kSuccessDistance * kSuccessDistance &&
          speed2 < kLandingSpeed * kLandingSpeed;
      success = well;
      events.bonus = Select(well, T(10.0), T(0.0));
      events.crash = Select(down && !well, T(1.0), T(0.0));
      io.terminated = Select(well, T(1.0), T(0.0));
    }
    if (layout_.mates >= 0 && task.learning) {
      const Mask<T> touches = s[layout_.mates + 7] < 2 * config_.airframe.collision_radius;
      events.crash = Select(touches, T(1.0), events.crash);
    }
    io.terminated = Max(io.terminated, events.crash);
    // 1 on the goal, a half at half a metre, less up to 0.15 for moving against it and turning, and
    // up to 0.1 for what is asked of the rotors: without that nothing speaks against commands that
    // jump from bound to bound, which the rotors' lag smooths, and learners' noise grows.
    const Vec3<T> w = ReadVec3(s + kSlotW);
    io.reward = 1.0 / (1.0 + 4.0 * distance2) - 0.1 * Min(speed2, 1.0) -
                0.05 * Min(0.04 * Dot(w, w), 1.0) - 0.1 * Effort(io.rpm) + events.bonus -
                5.0 * events.crash;
    // Leaving the bounds is a failure, not a cut: a learner that values what comes after a cut by its
    // own guess is drawn out of them by that guess.
    if (task.learning) io.terminated = Max(io.terminated, Bounds(s, level, tilt));
  }
  // The time limit is also the task's own, for those who step without the core's.
  if (task.learning && !config_.gpd()) {
    io.truncated = Select(steps >= episode_steps_, T(1.0), T(0.0));
  }
  FillInfo(io, T(Select(success, T(1.0), T(0.0))), distance, level, tilt);
}

// Mean square of what the rotors are told beyond hover speed, in units of rpm_range, each at most 1.
template <class T>
FLYBALL_INLINE T Drone::Effort(const T* rpm) const {
  T sum(0.0);
  for (int i = 0; i < 4; ++i) {
    const T beyond = (rpm[i] - hover_rpm_) * (1 / (hover_rpm_ * config_.rpm_range));
    sum += Min(beyond * beyond, 1.0);
  }
  return 0.25 * sum;
}

// Whether a drone has left what bounds the task.
template <class T>
FLYBALL_INLINE T Drone::Bounds(const T* s, const T& level, const T& tilt) const {
  const Task& task = task_;
  return Select(level > task.side || s[kSlotP + 2] > task.ceiling || tilt > task.tilt, T(1.0),
                T(0.0));
}

template <class T>
void Drone::JudgeAsPeer(DroneIo<T>& io, const Vec3<T>& rpy) const {
  const T* s = io.state;
  const Vec3<T> p = ReadVec3(s + kSlotP), error = TargetNow(s) - p;
  const T distance2 = Dot(error, error);
  const T* mate = s + layout_.mates;
  io.reward = -distance2;
  switch (config_.task) {
    case TaskId::kControl:
    case TaskId::kVelocity:
      io.reward = T(-1.0);
      return;
    case TaskId::kHover:
    case TaskId::kMultiHover: {
      io.reward = Max(2.0 - distance2 * distance2, 0.0);
      // Of several drones the distances are added up before they are compared (Reduce).
      if (config_.num_drones == 1) {
        io.terminated = Select(Sqrt(distance2) < 1e-4, T(1.0), T(0.0));
      }
      const bool one = config_.task == TaskId::kHover;
      const double side = one ? 1.5 : 2.0, tilt = 0.4;
      // The peer's bounds are the world's, not the goal's.
      io.truncated =
          Select(Max(Abs(p.x), Abs(p.y)) > side || p.z > 2.0 || Max(Abs(rpy.x), Abs(rpy.y)) > tilt,
                 T(1.0), T(0.0));
      break;
    }
    case TaskId::kTakeoff:
      io.reward = Select(p.z < 0.02, T(-5.0), T(-0.1 / Max(p.z, 0.02)));
      break;
    case TaskId::kFlyThruGate:
      io.reward = -10.0 * distance2;
      break;
    case TaskId::kFlock:
      io.reward = Select(mate[6] > 0.5, T(-error.z * error.z), T(-distance2));
      break;
    case TaskId::kLeaderFollower:
      io.reward =
          Select(mate[6] > 0.5, T(error.z * error.z * (-1.0 / config_.num_drones)), T(-distance2));
      break;
    default:
      break;
  }
  const Mask<T> late = io.step * config_.substeps() > task_.seconds * config_.physics_hz;
  io.truncated = Select(late, T(1.0), io.truncated);
}

template <class T>
void Drone::FillInfo(DroneIo<T>& io, const T& success, const T& distance, const T& level,
                     const T& tilt) const {
  const T* s = io.state;
  const Limits& limits = config_.limits;
  const T z = s[kSlotP + 2];
  const Vec3<T> w = ReadVec3(s + kSlotW);
  T fastest = io.rpm[0];
  for (int i = 1; i < 4; ++i) fastest = Max(fastest, io.rpm[i]);
  T* info = io.info;
  *info++ = success;
  *info++ = distance;
  *info++ = Max(tilt - limits.tilt, 0.0);
  *info++ = Max(Max(z - limits.ceiling, limits.floor - z), 0.0);
  *info++ = Max(level - limits.side, 0.0);
  *info++ = Max(Sqrt(T(Dot(w, w))) - limits.rate, 0.0);
  *info++ = Max(fastest * (1 / max_rpm_) - limits.saturation, 0.0);
  if (layout_.mates >= 0) *info++ = Max(limits.separation - s[layout_.mates + 7], 0.0);
  for (int i = 0; i < 4; ++i) *info++ = io.rpm[i];
}

template void Drone::Judge(DroneIo<double>&, bool) const;
template void Drone::Judge(DroneIo<DroneLanes>&, bool) const;

}  // namespace flyball::quadcopter
