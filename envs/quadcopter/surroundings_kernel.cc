// What surrounds a drone in a control step: actions on their way, moving air, the battery.
#include "envs/quadcopter/drone.h"

namespace flyball::quadcopter {

namespace {

// What a user's fields add to the wind, a drone at a time.
template <class T>
Vec3<T> FieldsAt(const Wind& wind, const T& time, const Vec3<T>& p) {
  Vec3<T> sum = {T(0.0), T(0.0), T(0.0)};
  for (int lane = 0; lane < kWidth<T>; ++lane) {
    const Vec3<double> one =
        wind.FieldsAt(GetLane(time, lane),
                      Vec3<double>{GetLane(p.x, lane), GetLane(p.y, lane), GetLane(p.z, lane)});
    SetLane(sum.x, lane, one.x), SetLane(sum.y, lane, one.y), SetLane(sum.z, lane, one.z);
  }
  return sum;
}

}  // namespace

template <class T>
void Drone::Begin(DroneIo<T>& io) const {
  T* s = io.state;
  if (layout_.delayed >= 0) {
    const int size = layout_.action_size, last = (config_.action_delay - 1) * size;
    T* queue = s + layout_.delayed;
    for (int i = 0; i < size; ++i) {
      const T oldest = queue[i];
      for (int j = i; j < last; j += size) queue[j] = queue[j + size];
      queue[last + i] = io.action[i];
      io.action[i] = oldest;
    }
  }
  if (layout_.wind >= 0) BlowWind(io);
  if (layout_.battery >= 0) DrainBattery(s);
  if (layout_.residual >= 0) AddResidual(io);
}

template <class T>
void Drone::BlowWind(DroneIo<T>& io) const {
  T* s = io.state;
  const double period = config_.control_period();
  const Wind& wind = config_.wind;
  // The power law of mean wind over height, 1 at 1 m.
  T factor = T(1.0);
  if (wind.shear > 0) factor = Pow(T(Max(s[kSlotP + 2], 0.1)), wind.shear);
  Vec3<T> air = Vec3<T>{T(wind.mean[0]), T(wind.mean[1]), T(wind.mean[2])} * factor;
  if (wind.has_fields()) {
    air = air + FieldsAt(wind, T(io.step * period), ReadVec3(s + kSlotP));
  }
  if (layout_.gust >= 0) {
    // Dryden's first-order form on each component, exact over the step: it forgets itself over
    // the time in which the air passes by once its length.
    const Vec3<T> relative = ReadVec3(s + kSlotV) - air;
    const T speed = Sqrt(T(Dot(relative, relative) + 0.25));
    const T kept = Exp(T(speed * (-period / wind.length)));
    const T fresh = wind.gusts * Sqrt(T(1.0 - kept * kept));
    for (int i = 0; i < 3; ++i) {
      T& gust = s[layout_.gust + i];
      gust = gust * kept + fresh * io.noise[gust_noise_ + i];
    }
    air = air + ReadVec3(s + layout_.gust);
  }
  WriteVec3(s + layout_.wind, air);
}

template <class T>
void Drone::DrainBattery(T* s) const {
  const double period = config_.control_period();
  const Battery& battery = config_.battery;
  const rotorcraft::Airframe& a = config_.airframe;
  // What momentum theory asks of the air, T^1.5 / sqrt(2 rho A) for each rotor, and no less.
  constexpr double kAir = 1.2;  // kg/m^3
  const double radius = a.propeller_radius > 0 ? a.propeller_radius : a.arm / 2;
  const double disc = 2 * kAir * std::numbers::pi * radius * radius;
  T power = T(0.0);  // W
  for (int i = 0; i < 4; ++i) {
    const T rpm = s[kSlotRpm + i];
    const T thrust = Max((a.thrust_linear + a.thrust_factor * rpm) * rpm, 0.0);
    power = power + thrust * Sqrt(T(thrust * (1 / disc)));
  }
  power = power * (1 / battery.efficiency);
  // Terminal voltage under that power: V = E - R P / V.
  T& charge = s[layout_.battery];
  const T open = battery.empty + (battery.full - battery.empty) * charge;
  const T root = Max(open * open - (4 * battery.resistance) * power, 0.0);
  const T voltage = 0.5 * (open + Sqrt(root));
  charge = Max(charge - power / voltage * (period / battery.capacity), 0.0);
  s[layout_.battery + 1] = voltage;
}

template <class T>
void Drone::AddResidual(DroneIo<T>& io) const {
  T* s = io.state;
  const Rotation<T> R_WB(ReadQuat(s + kSlotQ));
  const T time = io.step * config_.control_period();
  const Vec3<T> v_B = R_WB.ToBody(ReadVec3(s + kSlotV)), w_B = BodyRates(s), up_B = R_WB.WorldZ();
  // Of each neighbour position and velocity, from the world's axes to the drone's.
  const int vectors = 2 * config_.neighbours;
  Vec3<T> others[2 * kMostNeighbours];
  for (int i = 0; i < vectors; ++i) {
    others[i] = R_WB.ToBody(ReadVec3(s + layout_.mates + 8 + 3 * i));
  }
  // The rest a drone at a time.
  Vec3<T> force, torque;
  for (int lane = 0; lane < kWidth<T>; ++lane) {
    const auto get = [lane](const Vec3<T>& v, double* to) {
      to[0] = GetLane(v.x, lane), to[1] = GetLane(v.y, lane), to[2] = GetLane(v.z, lane);
    };
    double p[3], q[4], v[3], w[3], up[3], rotors[4], near[6 * kMostNeighbours], wrench[6];
    get(ReadVec3(s + kSlotP), p), get(v_B, v), get(w_B, w), get(up_B, up);
    for (int i = 0; i < 4; ++i) {
      q[i] = GetLane(s[kSlotQ + i], lane);
      rotors[i] = GetLane(s[kSlotRpm + i], lane) * (1 / hover_rpm_);
    }
    for (int i = 0; i < vectors; ++i) get(others[i], near + 3 * i);
    config_.residual.Evaluate({.time = GetLane(time, lane),
                               .p_W = p,
                               .q_WB = q,
                               .v_B = v,
                               .w_B = w,
                               .up_B = up,
                               .rotors = rotors,
                               .neighbours = {near, static_cast<size_t>(3 * vectors)}},
                              wrench);
    SetLane(force.x, lane, wrench[0]), SetLane(force.y, lane, wrench[1]);
    SetLane(force.z, lane, wrench[2]), SetLane(torque.x, lane, wrench[3]);
    SetLane(torque.y, lane, wrench[4]), SetLane(torque.z, lane, wrench[5]);
  }
  WriteVec3(s + layout_.residual, R_WB.ToWorld(force));
  WriteVec3(s + layout_.residual + 3, torque);
}

template void Drone::Begin(DroneIo<double>&) const;
template void Drone::Begin(DroneIo<DroneLanes>&) const;

}  // namespace flyball::quadcopter
