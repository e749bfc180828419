// Torques of servos by sweeps over them, as Bullet's solver finds those of its motors.
#include <mujoco/mujoco.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>
#include <vector>

#include "physics/world/mujoco/servo_torque.h"

namespace flyball {
namespace {

// What Hoare's quicksort does to a range [low, high] of equal keys: a fixed shuffle.
void SortEquals(std::span<int> rows, int low, int high) {
  int i = low, j = high;
  while (i <= j) std::swap(rows[static_cast<size_t>(i++)], rows[static_cast<size_t>(j--)]);
  if (low < j) SortEquals(rows, low, j);
  if (i < high) SortEquals(rows, i, high);
}

}  // namespace

void ServoTorque::ConfigureSweeps(const mjModel& model) {
  // Bullet lists limits, then motors, and sorts the list by a key that is the same for all. Sweeps that
  // stop early depend on the order.
  constexpr int kLimit = -1;
  sweep_order_.clear();
  for (const Drive& drive : drives_) {
    if (model.jnt_limited[drive.servo.joint]) sweep_order_.push_back(kLimit);
  }
  for (size_t i = 0; i < drives_.size(); ++i) sweep_order_.push_back(static_cast<int>(i));
  SortEquals(sweep_order_, 0, static_cast<int>(sweep_order_.size()) - 1);
  std::erase(sweep_order_, kLimit);
  mobility_.resize(dofs_.size() * dofs_.size());
}

void ServoTorque::ApplySwept(const mjModel& model, const mjData& data) {
  // A servo's residual (rad/s or m/s, squared) below which Bullet sweeps no more.
  constexpr double kEnough = 1e-7;
  ReadInertia(model, data);
  const size_t n = dofs_.size();
  const int size = static_cast<int>(n);
  const double h = model.opt.timestep;
  mju_cholFactor(inertia_.data(), size, 0);
  std::fill(mobility_.begin(), mobility_.end(), 0.0);
  for (size_t i = 0; i < n; ++i) {
    double* column = mobility_.data() + i * n;
    column[i] = 1.0;
    mju_cholSolve(column, inertia_.data(), column, size);
  }

  // Velocities at the substep's end under the torques found so far, none to begin with.
  mju_cholSolve(acceleration_.data(), inertia_.data(), smooth_.data(), size);
  for (size_t i = 0; i < n; ++i) acceleration_[i] = data.qvel[dofs_[i]] + h * acceleration_[i];
  std::vector<double>& velocity = acceleration_;
  std::fill(torque_.begin(), torque_.end(), 0.0);

  for (int sweep = 0; sweep < settings_.servo_sweeps; ++sweep) {
    double farthest = 0.0;
    for (size_t k = 0; k < drives_.size(); ++k) {
      const size_t place = sweep % 2 ? k : drives_.size() - 1 - k;
      const Drive& drive = drives_[static_cast<size_t>(sweep_order_[place])];
      const auto i = static_cast<size_t>(drive.local);
      const double* column = mobility_.data() + i * n;
      const double missing = WantedSpeed(drive.servo, data.qpos[drive.qpos], h) - velocity[i];
      const double cap = drive.servo.max_force;
      const double torque = std::clamp(torque_[i] + missing / (h * column[i]), -cap, cap);
      const double change = torque - torque_[i];
      torque_[i] = torque;
      for (size_t j = 0; j < n; ++j) velocity[j] += h * column[j] * change;
      farthest = std::max(farthest, std::abs(h * column[i] * change));
    }
    if (farthest * farthest < kEnough) break;
  }
}

}  // namespace flyball
