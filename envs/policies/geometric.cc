#include "envs/policies/geometric.h"

#include <algorithm>
#include <cmath>

#include "physics/numeric/lanes.h"

namespace flyball::policies {

Geometric::Geometric(const rotorcraft::Airframe& airframe, const Settings& settings)
    : mass_(airframe.mass), inertia_{airframe.inertia_x, airframe.inertia_y, airframe.inertia_z},
      aside_(settings.aside), up_(settings.up), linear_(airframe.thrust_linear),
      factor_(airframe.thrust_factor), max_rpm_(airframe.max_rpm()),
      max_thrust_(airframe.max_thrust()) {
  // Each loop is critically damped and about four times slower than the one inside it; the
  // innermost may remove half of its error from one call to the next.
  rate_gain_ = std::min(40.0, 0.5 / settings.period);
  attitude_gain_ = rate_gain_ * rate_gain_ / 4;
  const double bandwidth = std::min(5.0, std::sqrt(attitude_gain_) / 4);  // rad/s
  velocity_gain_ = 2 * bandwidth;
  position_gain_ = bandwidth * bandwidth;
  lead_ = settings.lagging ? -1 / Expm1(-settings.period / airframe.lag()) : 1.0;

  double span_x = 0, span_y = 0;
  for (const rotorcraft::Rotor& rotor : airframe.rotors) {
    span_x += rotor.x * rotor.x;
    span_y += rotor.y * rotor.y;
  }
  const double hover = airframe.hover_rpm();
  const double yaw_arm = airframe.RotorTorque(hover) / airframe.RotorThrust(hover);
  for (int i = 0; i < 4; ++i) {
    mix_x_[i] = airframe.rotors[i].y / span_y;
    mix_y_[i] = -airframe.rotors[i].x / span_x;
    mix_z_[i] = airframe.rotors[i].yaw / (4 * yaw_arm);
  }
}

}  // namespace flyball::policies
