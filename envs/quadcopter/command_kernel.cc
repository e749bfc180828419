// From actions to rotor speeds.
#include "envs/quadcopter/drone.h"

namespace flyball::quadcopter {

template <class T>
void Drone::Command(DroneIo<T>& io) const {
  T* rpm = io.rpm;
  const T* a = io.action;
  switch (config_.action) {
    case ActionKind::kRaw:
      for (int i = 0; i < 4; ++i) rpm[i] = a[i];
      break;
    case ActionKind::kRpm:
      for (int i = 0; i < 4; ++i) rpm[i] = hover_rpm_ * (1.0 + config_.rpm_range * a[i]);
      break;
    case ActionKind::kOneDRpm:
      for (int i = 0; i < 4; ++i) rpm[i] = hover_rpm_ * (1.0 + config_.rpm_range * a[0]);
      break;
    case ActionKind::kPid:
    case ActionKind::kOneDPid:
    case ActionKind::kVel:
    case ActionKind::kGains:
      Track(io);
      break;
    default:
      Cascade(io);
  }
  // The peer clips rotor speeds as such, but not what its learning actions ask for.
  if (config_.gpd() && config_.action != ActionKind::kRaw) return;
  if (config_.motor_noise > 0.0) {
    for (int i = 0; i < 4; ++i) rpm[i] = rpm[i] * (1.0 + config_.motor_noise * io.noise[i]);
  }
  T most = T(max_rpm_);
  if (layout_.battery >= 0) {
    most = most * (io.state[layout_.battery + 1] * (1 / config_.battery.full));
  }
  for (int i = 0; i < 4; ++i) rpm[i] = Clamp(rpm[i], 0.0, most);
}

// The peer's actions that a position controller carries out.
template <class T>
void Drone::Track(DroneIo<T>& io) const {
  const T* a = io.action;
  const T* s = io.state;
  const Vec3<T> p = ReadVec3(s + kSlotP), v = ReadVec3(s + kSlotV);
  const Quat<T> q = ShownQuat(s);
  const Vec3<T> rpy = rotorcraft::RollPitchYaw(q);
  Vec3<T> target_p = p, target_v = {T(0.0), T(0.0), T(0.0)};
  T target_yaw = T(0.0);
  const T* tuning = nullptr;
  if (config_.action == ActionKind::kPid) {
    // At most 1 m at a time.
    const Vec3<T> way = Vec3<T>{a[0], a[1], a[2]} - p;
    const T distance = Sqrt(T(Dot(way, way)));
    target_p = p + way * (1.0 / Max(distance, 1.0));
  } else if (config_.action == ActionKind::kOneDPid) {
    target_p.z = p.z + 0.1 * a[0];
  } else if (config_.action == ActionKind::kGains) {
    target_p = TargetNow(s);
    tuning = a;
  } else {
    const Vec3<T> direction = {a[0], a[1], a[2]};
    const T size2 = Dot(direction, direction);
    const T size = Select(size2 > 0.0, Sqrt(size2), T(1.0));
    target_v = direction * (0.03 * config_.airframe.max_speed * Abs(a[3]) / size);
    target_yaw = rpy.z;
  }
  if (dsl_) {
    T* slots = io.state + layout_.pid;
    policies::DslPidMemory<T> memory = {ReadVec3(slots), ReadVec3(slots + 3), ReadVec3(slots + 6)};
    const double period = config_.inner_loop() ? config_.time_step() : config_.control_period();
    pid_.Step(memory, period, p, q, rpy, v, target_p, target_v, target_yaw, io.rpm, tuning);
    WriteVec3(slots, memory.position_integral);
    WriteVec3(slots + 3, memory.attitude_integral);
    WriteVec3(slots + 6, memory.last_rpy);
    // A controller that knows its rotors' lag tells them further than it wants them.
    if (!config_.inner_loop()) return;
    for (int i = 0; i < 4; ++i) {
      io.rpm[i] = s[kSlotRpm + i] + (io.rpm[i] - s[kSlotRpm + i]) * lead_;
    }
    return;
  }
  // Other airframes: the cascade does the same.
  const Rotation<T> R(q);
  T sine, cosine;
  SinCos(target_yaw, sine, cosine);
  policies::Axes<T> wanted;
  const T thrust = cascade_.Aim(cascade_.Approach(p, v, target_p, target_v),
                                Vec3<T>{cosine, sine, T(0.0)}, R, wanted);
  const Vec3<T> torque = cascade_.Turn(R, wanted, BodyRates(s), Vec3<T>{T(0.0), T(0.0), T(0.0)});
  cascade_.Mix(thrust, torque, s + kSlotRpm, io.rpm);
}

// Commands to the loops of the cascade, each entered at its own.
template <class T>
void Drone::Cascade(DroneIo<T>& io) const {
  const T* a = io.action;
  const T* s = io.state;
  const Vec3<T> p = ReadVec3(s + kSlotP), v = ReadVec3(s + kSlotV), w_B = BodyRates(s);
  const Rotation<T> R(ReadQuat(s + kSlotQ));
  const T zero = T(0.0);
  const double weight = config_.airframe.mass * rotorcraft::kGravity;
  T thrust;
  Vec3<T> torque;
  if (config_.action == ActionKind::kRates) {
    thrust = Clamp(T(weight * (1.0 + a[0])), 0.0, cascade_.max_thrust());
    torque = cascade_.Spin(w_B, Vec3<T>{a[1] * kMostRate, a[2] * kMostRate, a[3] * kMostYawRate});
  } else {
    // The heading now: x of the body, laid level; the world's x where the body points straight up.
    const T level2 = R.xx * R.xx + R.yx * R.yx;
    const T level = 1.0 / Sqrt(T(Max(level2, 1e-12)));
    Vec3<T> heading = {Select(level2 > 1e-12, T(R.xx * level), T(1.0)), R.yx * level, zero};
    Vec3<T> rate = {zero, zero, zero};
    policies::Axes<T> wanted;
    if (config_.action == ActionKind::kAttitude) {
      thrust = Clamp(T(weight * (1.0 + a[0])), 0.0, cascade_.max_thrust());
      T sr, cr, sp, cp;
      SinCos(T(a[1] * kMostAttitude), sr, cr);
      SinCos(T(a[2] * kMostAttitude), sp, cp);
      // Rz(heading) Ry(pitch) Rx(roll), by columns.
      const T c = heading.x, d = heading.y;
      wanted.x = {c * cp, d * cp, -sp};
      wanted.y = {c * sp * sr - d * cr, d * sp * sr + c * cr, cp * sr};
      wanted.z = {c * sp * cr + d * sr, d * sp * cr - c * sr, cp * cr};
      rate.z = a[3] * kMostYawRate;
    } else {
      Vec3<T> acceleration;
      if (config_.action == ActionKind::kAcceleration) {
        acceleration = Vec3<T>{a[0], a[1], a[2]} * kMostAcceleration;
        heading = {T(1.0), zero, zero};
      } else if (config_.action == ActionKind::kVelocity) {
        acceleration = cascade_.Reach(v, Vec3<T>(Vec3<T>{a[0], a[1], a[2]} * kMostVelocity));
        rate.z = a[3] * kMostYawRate;
      } else {
        acceleration =
            cascade_.Approach(p, v, Vec3<T>{a[0], a[1], a[2]}, Vec3<T>{zero, zero, zero});
        SinCos(a[3], heading.y, heading.x);
      }
      thrust = cascade_.Aim(acceleration, heading, R, wanted);
    }
    torque = cascade_.Turn(R, wanted, w_B, rate);
  }
  cascade_.Mix(thrust, torque, s + kSlotRpm, io.rpm);
}

template void Drone::Command(DroneIo<double>&) const;
template void Drone::Command(DroneIo<DroneLanes>&) const;

}  // namespace flyball::quadcopter
