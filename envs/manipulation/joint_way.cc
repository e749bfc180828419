#include "envs/manipulation/joint_way.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace flyball {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Smallest u > 0 at which a u^2 + b u reaches c or -c; infinite if none does. c > 0.
double FirstReach(double a, double b, double c) {
  if (std::abs(a) * 1e12 < std::abs(b) * std::abs(b) / c)
    return c / std::abs(b);  // a straight line
  double first = kInfinity;
  for (const double level : {c, -c}) {
    const double discriminant = b * b + 4.0 * a * level;
    if (discriminant < 0.0) continue;
    // The two roots without cancellation.
    const double q = -0.5 * (b + std::copysign(std::sqrt(discriminant), b));
    for (const double u : {q / a, -level / q}) {
      if (u > 0.0) first = std::min(first, u);
    }
  }
  return first;
}

// One over the duration of the fastest cubic over d (not 0) from a speed v to rest: it begins with the
// acceleration 6 d u^2 - 4 v u and ends with -6 d u^2 + 2 v u; its speed stays within the larger of v
// and 1.5 d u.
double Fastest(double d, double v, double max_speed, double max_acceleration) {
  double u = std::min(FirstReach(6.0 * d, -4.0 * v, max_acceleration),
                      FirstReach(-6.0 * d, 2.0 * v, max_acceleration));
  if (d != 0.0) u = std::min(u, max_speed / (1.5 * std::abs(d)));
  return u;
}

}  // namespace

JointWay::JointWay(int num_joints, double max_speed, double max_acceleration)
    : max_speed_(max_speed), max_acceleration_(max_acceleration) {
  for (std::vector<double>* values :
       {&position_, &speed_, &position0_, &speed0_, &acceleration0_, &jerk_, &target_}) {
    values->assign(static_cast<size_t>(num_joints), 0.0);
  }
}

void JointWay::Start(std::span<const double> q) {
  std::copy(q.begin(), q.end(), position_.begin());
  std::fill(speed_.begin(), speed_.end(), 0.0);
  time_ = duration_ = 0.0;
}

void JointWay::Aim(std::span<const double> target) {
  position0_ = position_;
  speed0_ = speed_;
  std::copy(target.begin(), target.end(), target_.begin());
  // The fastest that keeps all joints inside their limits.
  double u = kInfinity;
  for (size_t i = 0; i < target_.size(); ++i) {
    const double d = target_[i] - position0_[i], v = speed0_[i];
    if (d == 0.0 && v == 0.0) continue;
    u = std::min(u, Fastest(d, v, max_speed_, max_acceleration_));
  }
  time_ = 0.0;
  duration_ = 1.0 / u;  // 0 if nothing is to be done
  if (duration_ == 0.0) return;
  for (size_t i = 0; i < target_.size(); ++i) {
    const double d = target_[i] - position0_[i], v = speed0_[i];
    acceleration0_[i] = (6.0 * d * u - 4.0 * v) * u;
    jerk_[i] = (-12.0 * d * u + 6.0 * v) * u * u;
  }
}

void JointWay::Advance(double dt) {
  time_ += dt;
  for (size_t i = 0; i < target_.size(); ++i) {
    if (time_ >= duration_) {
      position_[i] = target_[i];
      speed_[i] = 0.0;
      continue;
    }
    const double t = time_;
    speed_[i] = speed0_[i] + t * (acceleration0_[i] + t * jerk_[i] / 2.0);
    position_[i] =
        position0_[i] + t * (speed0_[i] + t * (acceleration0_[i] / 2.0 + t * jerk_[i] / 6.0));
  }
}

double JointWay::PeakSpeed(double distance, double speed, double max_speed, double max_acceleration,
                           double time) {
  if (distance == 0.0 && speed == 0.0) return 0.0;
  const double u = Fastest(distance, speed, max_speed, max_acceleration);
  const double a = (6.0 * distance * u - 4.0 * speed) * u;
  const double jerk = (-12.0 * distance * u + 6.0 * speed) * u * u;
  // A parabola, largest at an end or at its top.
  const auto at = [&](double t) { return speed + t * (a + t * jerk / 2.0); };
  const double end = std::min(time, 1.0 / u);
  double peak = std::max(speed, at(end));
  if (jerk < 0.0 && a > 0.0 && -a / jerk < end) peak = std::max(peak, at(-a / jerk));
  return peak;
}

void JointWay::VisitState(StateVisitor& visitor) {
  visitor("way position", std::span<double>(position_));
  visitor("way speed", std::span<double>(speed_));
}

}  // namespace flyball
