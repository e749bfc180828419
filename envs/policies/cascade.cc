#include "envs/policies/cascade.h"

#include <algorithm>
#include <cmath>

#include "physics/numeric/lanes.h"

namespace flyball::policies {

using rotorcraft::Rotation;
using rotorcraft::Vec3;

Cascade::Cascade(const rotorcraft::Airframe& airframe, const CascadeSettings& settings)
    : airframe_(airframe), settings_(settings), span_x_(0), span_y_(0) {
  // Each loop is critically damped and four times slower than the one inside it; the innermost may
  // remove half of its error from one call to the next.
  rate_gain_ = std::min(40.0, 0.5 / settings.period);
  attitude_gain_ = rate_gain_ * rate_gain_ / 4;
  const double bandwidth = std::min(3.0, std::sqrt(attitude_gain_) / 4);  // rad/s
  velocity_gain_ = 2 * bandwidth;
  position_gain_ = bandwidth * bandwidth;
  integral_gain_ = 0.1 * position_gain_ * bandwidth;
  lead_ = settings.rotor_lag > 0 ? -1 / Expm1(-settings.period / settings.rotor_lag) : 1.0;
  for (const rotorcraft::Rotor& rotor : airframe.rotors) {
    span_x_ += rotor.x * rotor.x;
    span_y_ += rotor.y * rotor.y;
  }
}

void Cascade::Step(CascadeMemory& memory, std::span<const double> kinematics,
                   std::span<const double> target, std::span<double> rpm) const {
  const double* s = kinematics.data();
  const Rotation<double> R({s[3], s[4], s[5], s[6]});
  const Vec3<double> v = {s[10], s[11], s[12]}, w_B = R.ToBody(Vec3<double>{s[13], s[14], s[15]});

  // Acceleration asked for. The integral waits while far away, where it would only wind up.
  const Vec3<double> error = {target[0] - s[0], target[1] - s[1], target[2] - s[2]};
  const Vec3<double> slip = {target[3] - v.x, target[4] - v.y, target[5] - v.z};
  if (Dot(error, error) < 0.25 * 0.25) memory.integral = memory.integral + error * settings_.period;
  constexpr double kAside = 2.5;  // m/s^2
  const double up = settings_.acceleration_up;
  Vec3<double> a = error * position_gain_ + slip * velocity_gain_ +
                   memory.integral * integral_gain_ + Vec3<double>{target[6], target[7], target[8]};
  a = {std::clamp(a.x, -kAside, kAside), std::clamp(a.y, -kAside, kAside),
       std::clamp(a.z, -up, up)};

  // Thrust and attitude that give it: z along the force, x over the world's x.
  const Vec3<double> force = Vec3<double>{a.x, a.y, a.z + rotorcraft::kGravity} * airframe_.mass;
  const double thrust = std::max(Dot(force, R.BodyZ()), 0.0);
  const Vec3<double> z = force * (1 / std::sqrt(Dot(force, force)));
  Vec3<double> y = Cross(z, Vec3<double>{1, 0, 0});
  y = y * (1 / std::sqrt(Dot(y, y)));
  const Vec3<double> x = Cross(y, z);

  // Attitude error about the body's axes, then the turning acceleration that removes it. Rotors
  // turn the body about z only weakly: that loop is slower.
  const Vec3<double> bx = {R.xx, R.yx, R.zx}, by = {R.xy, R.yy, R.zy}, bz = R.BodyZ();
  const Vec3<double> turn = {0.5 * (Dot(z, by) - Dot(bz, y)), 0.5 * (Dot(x, bz) - Dot(bx, z)),
                             0.5 * (Dot(y, bx) - Dot(by, x))};
  constexpr double kYaw = 1.0 / 3.0;
  const double torque_x = airframe_.inertia_x * -(attitude_gain_ * turn.x + rate_gain_ * w_B.x);
  const double torque_y = airframe_.inertia_y * -(attitude_gain_ * turn.y + rate_gain_ * w_B.y);
  const double torque_z =
      airframe_.inertia_z * -kYaw * (kYaw * attitude_gain_ * turn.z + rate_gain_ * w_B.z);

  // Shared out among the rotors, whose places are symmetric about both axes.
  const double yaw_arm = airframe_.torque_factor / airframe_.thrust_factor;
  for (int i = 0; i < 4; ++i) {
    const rotorcraft::Rotor& rotor = airframe_.rotors[i];
    const double share = thrust / 4 + torque_x * rotor.y / span_y_ - torque_y * rotor.x / span_x_ +
                         torque_z * rotor.yaw / (4 * yaw_arm);
    const double wanted = airframe_.RpmOf(share);
    const double now = s[16 + i];
    rpm[i] = settings_.rotor_lag > 0 ? now + (wanted - now) * lead_ : wanted;
    rpm[i] = std::clamp(rpm[i], 0.0, airframe_.max_rpm());
  }
}

}  // namespace flyball::policies
