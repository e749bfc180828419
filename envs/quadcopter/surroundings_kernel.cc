// What surrounds a drone in a control step: actions on their way, moving air, the battery.
#include "envs/quadcopter/drone.h"

namespace flyball::quadcopter {

template <class T>
void Drone::Begin(DroneIo<T>& io) const {
  T* s = io.state;
  const double period = config_.control_period();
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
  if (layout_.wind >= 0) {
    const Wind& wind = config_.wind;
    // The power law of mean wind over height, 1 at 1 m.
    T factor = T(1.0);
    if (wind.shear > 0) factor = Pow(T(Max(s[kSlotP + 2], 0.1)), wind.shear);
    Vec3<T> air = Vec3<T>{T(wind.mean[0]), T(wind.mean[1]), T(wind.mean[2])} * factor;
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
  if (layout_.battery >= 0) {
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
}

template void Drone::Begin(DroneIo<double>&) const;
template void Drone::Begin(DroneIo<DroneLanes>&) const;

}  // namespace flyball::quadcopter
