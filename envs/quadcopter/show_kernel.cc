// Observations.
#include "envs/quadcopter/drone.h"

namespace flyball::quadcopter {
namespace {

// As the peer's first version scales what it shows.
template <class T>
FLYBALL_INLINE void ShowScaled(const Vec3<T>& p, const Vec3<T>& rpy, const Vec3<T>& v,
                               const Vec3<T>& w, T* out) {
  constexpr double kPi = std::numbers::pi;
  out[0] = Clamp(p.x, -15.0, 15.0) / 15.0;
  out[1] = Clamp(p.y, -15.0, 15.0) / 15.0;
  out[2] = Clamp(p.z, 0.0, 5.0) / 5.0;
  out[3] = rpy.x / kPi, out[4] = rpy.y / kPi, out[5] = rpy.z / kPi;
  out[6] = Clamp(v.x, -3.0, 3.0) / 3.0;
  out[7] = Clamp(v.y, -3.0, 3.0) / 3.0;
  out[8] = Clamp(v.z, -1.0, 1.0) / 3.0;  // clipped at 1, divided by 3: the peer's slip
  const T size2 = Dot(w, w);
  const T size = Sqrt(T(Select(size2 > 0.0, size2, T(1.0))));
  out[9] = w.x / size, out[10] = w.y / size, out[11] = w.z / size;
}

}  // namespace

template <class T>
void Drone::Show(DroneIo<T>& io, const Quat<T>& q, const Vec3<T>& rpy, const T& steps) const {
  const T* s = io.state;
  T* out = io.observation;
  const Task& task = task_;
  const Vec3<T> p = ReadVec3(s + kSlotP), v = ReadVec3(s + kSlotV), error = TargetNow(s) - p;
  if (config_.gpd() && task.old) return ShowScaled(p, rpy, v, WorldRates(s), out);
  if (config_.gpd() && task.learning) {
    WriteVec3(out, p);
    WriteVec3(out + 3, rpy);
    WriteVec3(out + 6, v);
    WriteVec3(out + 9, WorldRates(s));
    return;
  }
  if (config_.observation == ObservationKind::kSensor) {
    ShowSensors(io, out);
    out += 13;
  } else if (config_.observation == ObservationKind::kKin && !task.learning) {
    Kinematics(s, q, rpy, out);
    out += 20;
  } else {
    const double scale = 1 / (hover_rpm_ * config_.rpm_range);
    T rotors[4];
    for (int i = 0; i < 4; ++i) rotors[i] = (s[kSlotRpm + i] - hover_rpm_) * scale;
    if (config_.observation == ObservationKind::kKin) {
      WriteVec3(out, error);
      WriteVec3(out + 3, rpy);
      WriteVec3(out + 6, v);
      WriteVec3(out + 9, BodyRates(s));
      for (int i = 0; i < 4; ++i) out[12 + i] = rotors[i];
      out += 16;
    } else {
      WriteVec3(out, p);
      WriteQuat(out + 3, q);
      WriteVec3(out + 7, v);
      WriteVec3(out + 10, BodyRates(s));
      for (int i = 0; i < 4; ++i) out[13 + i] = rotors[i];
      WriteVec3(out + 17, error);
      for (int i = 0; i < 3; ++i) out[20 + i] = config_.gpd() ? T(1.0) : s[kSlotExtra + i];
      out += 23;
      for (int i = 0; layout_.wind >= 0 && i < 3; ++i) *out++ = s[layout_.wind + i];
      for (int i = 0; layout_.battery >= 0 && i < 2; ++i) *out++ = s[layout_.battery + i];
    }
  }
  if (task.learning && layout_.target >= 0) {
    for (int i = 0; i < 3; ++i) *out++ = s[layout_.target + 3 + i];
  }
  if (layout_.stage >= 0) *out++ = s[layout_.stage];
  if (task.learning && (task_.partner != Partner::kNone)) {
    WriteVec3(out, ReadVec3(s + layout_.mates) - p);
    WriteVec3(out + 3, ReadVec3(s + layout_.mates + 3) - v);
    out += 6;
  }
  for (int i = 0; i < 6 * config_.neighbours; ++i) *out++ = s[layout_.mates + 8 + i];
  for (int i = 0; layout_.adjacency >= 0 && i < config_.num_drones; ++i) {
    *out++ = s[layout_.adjacency + i];
  }
  if (task.learning) *out = Max(1.0 - steps * (1 / episode_steps_), 0.0);
}

// Inertial unit, barometer and position sensor, with white noise and biases that wander.
template <class T>
void Drone::ShowSensors(DroneIo<T>& io, T* out) const {
  // Standard deviations of small drones' sensors at some 100 Hz.
  constexpr double kGyroscope = 0.005, kAccelerometer = 0.05;         // rad/s, m/s^2
  constexpr double kGyroscopeWalk = 2e-4, kAccelerometerWalk = 2e-3;  // in a step
  constexpr double kBarometer = 0.1, kPosition = 0.002;               // m
  T* s = io.state;
  T* bias = s + layout_.sensors;
  const T* noise = io.noise + sensor_noise_;
  const double size = config_.sensor_noise;
  for (int i = 0; i < 3; ++i) {
    bias[i] = bias[i] + (size * kGyroscopeWalk) * noise[i];
    bias[3 + i] = bias[3 + i] + (size * kAccelerometerWalk) * noise[3 + i];
  }
  // What the body feels: its mean acceleration over the step without gravity's.
  const Vec3<T> v = ReadVec3(s + kSlotV), before = ReadVec3(s + layout_.sensors + 6);
  Vec3<T> felt = (v - before) * (1 / config_.control_period());
  felt.z = felt.z + rotorcraft::kGravity;
  felt = Rotation<T>(ReadQuat(s + kSlotQ)).ToBody(felt);
  WriteVec3(s + layout_.sensors + 6, v);
  const Vec3<T> w = BodyRates(s), p = ReadVec3(s + kSlotP), goal = TargetNow(s);
  const T seen[3][3] = {{w.x, w.y, w.z}, {felt.x, felt.y, felt.z}, {p.x, p.y, p.z}};
  for (int i = 0; i < 3; ++i) {
    out[i] = seen[0][i] + bias[i] + (size * kGyroscope) * noise[6 + i];
    out[3 + i] = seen[1][i] + bias[3 + i] + (size * kAccelerometer) * noise[9 + i];
    out[7 + i] = seen[2][i] + (size * kPosition) * noise[12 + i];
  }
  out[6] = p.z + (size * kBarometer) * noise[15];
  WriteVec3(out + 10, goal);
}

template void Drone::Show(DroneIo<double>&, const Quat<double>&, const Vec3<double>&,
                          const double&) const;
template void Drone::Show(DroneIo<DroneLanes>&, const Quat<DroneLanes>&, const Vec3<DroneLanes>&,
                          const DroneLanes&) const;

}  // namespace flyball::quadcopter
