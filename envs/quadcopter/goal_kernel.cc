// Goals that move: along a path, with a partner, from one gate or waypoint to the next.
#include "envs/quadcopter/drone.h"

namespace flyball::quadcopter {

// Where the goal is `time` s into the episode: about its slots, along its path, from its partner.
template <class T>
void Drone::MoveGoal(const T& time, T* s) const {
  T* target = s + layout_.target;
  for (int i = 0; i < 3; ++i) {
    target[i] = s[kSlotGoal + i];
    target[3 + i] = target[6 + i] = T(0.0);
  }
  if (config_.gpd() && config_.task == TaskId::kFlyThruGate) {
    target[1] = -2.0 / task_.seconds * time;
    return;
  }
  const Path& path = path_;
  for (int i = 0; i < 3; ++i) {
    if (path.amplitude[i] == 0.0) continue;
    const double size = path.amplitude[i], rate = path.rate[i];
    T sine, cosine;
    SinCos(T(rate * time + path.phase[i]), sine, cosine);
    target[i] = target[i] + size * sine;
    target[3 + i] = size * rate * cosine;
    target[6 + i] = -size * rate * rate * sine;
  }
  if ((task_.partner != Partner::kNone)) {
    const T* mate = s + layout_.mates;
    const T follows = mate[6];
    for (int i = 0; i < 3; ++i) {
      if (!task_.follow[i]) continue;
      target[i] = target[i] + follows * mate[i];
      target[3 + i] = target[3 + i] + follows * mate[3 + i];
    }
  }
}

template <class T>
void Drone::ReachWaypoint(DroneIo<T>& io, Events<T>& events) const {
  T* s = io.state;
  const Vec3<T> way = ReadVec3(s + kSlotGoal) - ReadVec3(s + kSlotP);
  T& stage = s[layout_.stage];
  const Mask<T> reached =
      Dot(way, way) < kWaypointRadius * kWaypointRadius && stage < kNumWaypoints - 0.5;
  events.bonus = Select(reached, T(1.0), T(0.0));
  stage = stage + events.bonus;
  events.done = Select(stage > kNumWaypoints - 0.5, T(1.0), T(0.0));
  for (int k = 1; k < kNumWaypoints; ++k) {
    const Mask<T> next = reached && stage > k - 0.5 && stage < k + 0.5;
    for (int i = 0; i < 3; ++i) {
      s[kSlotGoal + i] = Select(next, s[layout_.waypoints + 3 * k + i], s[kSlotGoal + i]);
    }
  }
}

// A gate counts where the centre of the drone goes through its plane between two control steps.
template <class T>
void Drone::PassGates(DroneIo<T>& io, Events<T>& events) const {
  T* s = io.state;
  T& stage = s[layout_.stage];
  const Vec3<T> after = ReadVec3(s + kSlotP), before = ReadVec3(s + layout_.stage + 1);
  const double radius = config_.airframe.collision_radius < 0.1 ? config_.airframe.collision_radius
                                                                : 0.1;  // m, at most
  const std::span<const Gate> gates = GatesOf(config_.task);
  const T stage_before = stage;
  for (size_t k = 0; k < gates.size(); ++k) {
    const Gate& gate = gates[k];
    double sine, cosine;
    SinCos(gate.yaw, sine, cosine);
    const T ahead = (after.x - gate.x) * cosine + (after.y - gate.y) * sine;
    const T behind = (before.x - gate.x) * cosine + (before.y - gate.y) * sine;
    const Mask<T> forward = behind < 0.0 && ahead >= 0.0;
    const Mask<T> crosses = forward || (behind >= 0.0 && ahead < 0.0);
    const T share = behind / Select(crosses, T(behind - ahead), T(1.0));
    const Vec3<T> at = before + (after - before) * share;
    const T aside = (at.y - gate.y) * cosine - (at.x - gate.x) * sine;
    const T off = Max(Abs(aside), Abs(T(at.z - gate.z)));
    const Mask<T> through = crosses && off < gate.hole - radius;
    const Mask<T> hits = crosses && !through && off < gate.frame + radius;
    const double k_low = static_cast<double>(k) - 0.5;
    const Mask<T> passed = through && forward && stage_before > k_low && stage_before < k_low + 1;
    events.crash = Select(hits, T(1.0), events.crash);
    events.bonus = Select(passed, T(1.0), events.bonus);
    // Behind the next gate; after the last, 1 m on.
    const bool last = k + 1 == gates.size();
    const Gate& next = last ? gate : gates[k + 1];
    double next_sine, next_cosine;
    SinCos(next.yaw, next_sine, next_cosine);
    const double on = last ? 1.0 : kGateBehind;
    const double x = next.x + on * next_cosine, y = next.y + on * next_sine, z = next.z;
    s[kSlotGoal] = Select(passed, T(x), s[kSlotGoal]);
    s[kSlotGoal + 1] = Select(passed, T(y), s[kSlotGoal + 1]);
    s[kSlotGoal + 2] = Select(passed, T(z), s[kSlotGoal + 2]);
  }
  stage = stage + events.bonus;
  events.done = Select(stage > static_cast<double>(gates.size()) - 0.5, T(1.0), T(0.0));
}

template void Drone::MoveGoal(const double&, double*) const;
template void Drone::MoveGoal(const DroneLanes&, DroneLanes*) const;
template void Drone::ReachWaypoint(DroneIo<double>&, Events<double>&) const;
template void Drone::ReachWaypoint(DroneIo<DroneLanes>&, Events<DroneLanes>&) const;
template void Drone::PassGates(DroneIo<double>&, Events<double>&) const;
template void Drone::PassGates(DroneIo<DroneLanes>&, Events<DroneLanes>&) const;

}  // namespace flyball::quadcopter
