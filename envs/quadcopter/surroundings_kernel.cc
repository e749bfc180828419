// What surrounds a drone in a control step: actions on their way, moving air, the battery.
#include <algorithm>

#include "envs/quadcopter/drone.h"

namespace flyball::quadcopter {

namespace {

// The field at one place, linear between its points.
Vec3<double> SampleGrid(const Wind& wind, const Vec3<double>& p) {
  int low[3];
  double share[3];
  for (int i = 0; i < 3; ++i) {
    const double at = ((&p.x)[i] - wind.origin[i]) / wind.spacing[i];
    const double inside = Min(Max(at, 0.0), wind.count[i] - 1.0);
    low[i] = static_cast<int>(Min(inside, Max(wind.count[i] - 2.0, 0.0)));
    share[i] = inside - low[i];
  }
  Vec3<double> sum = {0, 0, 0};
  for (int corner = 0; corner < 8; ++corner) {
    double weight = 1.0;
    size_t at = 0;
    for (int i = 0; i < 3; ++i) {
      const bool high = (corner >> i) & 1;
      weight *= high ? share[i] : 1.0 - share[i];
      at = at * wind.count[i] + std::min(low[i] + high, wind.count[i] - 1);
    }
    for (int k = 0; k < 3; ++k) (&sum.x)[k] += weight * wind.grid[3 * at + k];
  }
  return sum;
}
template <class T>
requires(kIsLanes<T>) Vec3<T> SampleGrid(const Wind& wind, const Vec3<T>& p) {
  Vec3<T> sum = {T(0.0), T(0.0), T(0.0)};
  for (int lane = 0; lane < kWidth<T>; ++lane) {
    const Vec3<double> one =
        SampleGrid(wind, Vec3<double>{GetLane(p.x, lane), GetLane(p.y, lane), GetLane(p.z, lane)});
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
  if (layout_.residual >= 0) AddResidual(s);
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
  if (!wind.grid.empty()) air = air + SampleGrid(wind, ReadVec3(s + kSlotP));
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
void Drone::AddResidual(T* s) const {
  using R = Residual;
  const Rotation<T> R_WB(ReadQuat(s + kSlotQ));
  T values[R::kMostWidth], next[R::kMostWidth];
  WriteVec3(values, R_WB.ToBody(ReadVec3(s + kSlotV)));
  WriteVec3(values + 3, BodyRates(s));
  WriteVec3(values + 6, R_WB.WorldZ());
  values[9] = s[kSlotP + 2];
  for (int i = 0; i < 4; ++i) values[10 + i] = s[kSlotRpm + i] * (1 / hover_rpm_);
  const std::vector<R::Layer>& layers = config_.residual.layers;
  for (size_t k = 0; k < layers.size(); ++k) {
    const R::Layer& layer = layers[k];
    for (int i = 0; i < layer.outputs; ++i) {
      T sum = T(layer.bias[i]);
      for (int j = 0; j < layer.inputs; ++j) {
        sum = sum + layer.weights[static_cast<size_t>(i) * layer.inputs + j] * values[j];
      }
      next[i] = k + 1 < layers.size() ? Tanh(sum) : sum;
    }
    std::copy_n(next, layer.outputs, values);
  }
  WriteVec3(s + layout_.residual, R_WB.ToWorld(ReadVec3(values)));
  WriteVec3(s + layout_.residual + 3, ReadVec3(values + 3));
}

template void Drone::Begin(DroneIo<double>&) const;
template void Drone::Begin(DroneIo<DroneLanes>&) const;

}  // namespace flyball::quadcopter
