// Geometric tracking control of a quadcopter (Lee, Leok and McClamroch, "Geometric tracking control
// of a quadrotor UAV on SE(3)", CDC 2010), in stages that can be entered at any: position and
// velocity to acceleration, acceleration to thrust and attitude, attitude to torque, torque to rotor
// speeds. On lanes, since it also stands behind actions.
#ifndef FLYBALL_ENVS_POLICIES_GEOMETRIC_H_
#define FLYBALL_ENVS_POLICIES_GEOMETRIC_H_

#include "physics/rotorcraft/airframe.h"
#include "physics/rotorcraft/rotation.h"

namespace flyball::policies {

using rotorcraft::Rotation;
using rotorcraft::Vec3;

// A direction for each axis of the body, in the world.
template <class T>
struct Axes {
  Vec3<T> x, y, z;
};

class Geometric {
 public:
  struct Settings {
    double period = 1.0 / 240;  // s between calls; gains follow from it
    bool lagging = true;        // rotors follow commands with their lag, which is made up for
    double aside = 5.0;         // m/s^2, most acceleration asked for level, and up or down
    double up = 5.0;
  };
  Geometric(const rotorcraft::Airframe& airframe, const Settings& settings);

  // Acceleration (m/s^2, world) that brings a drone to a moving target.
  template <class T>
  FLYBALL_INLINE Vec3<T> Approach(const Vec3<T>& p, const Vec3<T>& v, const Vec3<T>& target_p,
                                  const Vec3<T>& target_v) const {
    return Bounded(Vec3<T>((target_p - p) * position_gain_ + (target_v - v) * velocity_gain_));
  }
  template <class T>
  FLYBALL_INLINE Vec3<T> Reach(const Vec3<T>& v, const Vec3<T>& target_v) const {
    return Bounded(Vec3<T>((target_v - v) * velocity_gain_));
  }

  // Thrust (N) and the attitude whose z is along it and whose x heads along `heading` (unit, level).
  template <class T>
  FLYBALL_INLINE T Aim(const Vec3<T>& acceleration, const Vec3<T>& heading, const Rotation<T>& R,
                       Axes<T>& wanted) const {
    const Vec3<T> force = {acceleration.x * mass_, acceleration.y * mass_,
                           (acceleration.z + rotorcraft::kGravity) * mass_};
    const T length = Sqrt(T(Max(Dot(force, force), 1e-12)));
    wanted.z = force * (1.0 / length);
    const Vec3<T> across = Cross(wanted.z, heading);
    wanted.y = across * (1.0 / Sqrt(T(Max(Dot(across, across), 1e-12))));
    wanted.x = Cross(wanted.y, wanted.z);
    return Max(Dot(force, R.BodyZ()), 0.0);
  }

  // Torque (N m, body) towards an attitude, turning at `rate` (rad/s, body) when there.
  template <class T>
  FLYBALL_INLINE Vec3<T> Turn(const Rotation<T>& R, const Axes<T>& wanted, const Vec3<T>& w_B,
                              const Vec3<T>& rate) const {
    const Vec3<T> bx = {R.xx, R.yx, R.zx}, by = {R.xy, R.yy, R.zy}, bz = R.BodyZ();
    const Vec3<T> error = {0.5 * (Dot(wanted.z, by) - Dot(bz, wanted.y)),
                           0.5 * (Dot(wanted.x, bz) - Dot(bx, wanted.z)),
                           0.5 * (Dot(wanted.y, bx) - Dot(by, wanted.x))};
    const Vec3<T> aim = {rate.x - error.x * (attitude_gain_ / rate_gain_),
                         rate.y - error.y * (attitude_gain_ / rate_gain_),
                         rate.z - error.z * (kYaw * attitude_gain_ / rate_gain_)};
    return Spin(w_B, aim);
  }
  // Torque (N m, body) towards turning rates (rad/s, body).
  template <class T>
  FLYBALL_INLINE Vec3<T> Spin(const Vec3<T>& w_B, const Vec3<T>& rate) const {
    return {(rate.x - w_B.x) * (inertia_[0] * rate_gain_) +
                (inertia_[2] - inertia_[1]) * (w_B.y * w_B.z),
            (rate.y - w_B.y) * (inertia_[1] * rate_gain_) +
                (inertia_[0] - inertia_[2]) * (w_B.z * w_B.x),
            (rate.z - w_B.z) * (inertia_[2] * rate_gain_ * kYaw)};
  }

  // Rotor speeds (rpm) that give thrust and torque, from the speeds now.
  template <class T>
  FLYBALL_INLINE void Mix(const T& thrust, const Vec3<T>& torque, const T* now, T* rpm) const {
    for (int i = 0; i < 4; ++i) {
      const T share = Max(
          0.25 * thrust + torque.x * mix_x_[i] + torque.y * mix_y_[i] + torque.z * mix_z_[i], 0.0);
      const T wanted =
          (Sqrt(T(linear_ * linear_ + 4 * factor_ * share)) - linear_) * (0.5 / factor_);
      rpm[i] = Clamp(T(now[i] + (wanted - now[i]) * lead_), 0.0, max_rpm_);
    }
  }

  // Torque (N m) of Spin for each rad/s of difference.
  Vec3<double> SpinGains() const {
    return {inertia_[0] * rate_gain_, inertia_[1] * rate_gain_, inertia_[2] * rate_gain_ * kYaw};
  }
  double rate_gain() const { return rate_gain_; }
  double attitude_gain() const { return attitude_gain_; }
  double max_thrust() const { return max_thrust_; }  // N

 private:
  // Rotors turn the body about z only weakly: that loop is slower.
  static constexpr double kYaw = 1.0 / 3.0;

  template <class T>
  FLYBALL_INLINE Vec3<T> Bounded(const Vec3<T>& a) const {
    return {Clamp(a.x, -aside_, aside_), Clamp(a.y, -aside_, aside_), Clamp(a.z, -up_, up_)};
  }

  double mass_, inertia_[3];
  double rate_gain_, attitude_gain_;      // 1/s, 1/s^2
  double velocity_gain_, position_gain_;  // 1/s, 1/s^2
  double aside_, up_;                     // m/s^2
  double mix_x_[4], mix_y_[4], mix_z_[4];
  double linear_, factor_;  // of thrust, N/rpm and N/rpm^2
  double lead_;  // how much further than wanted a rotor is told to go, to be there in time
  double max_rpm_, max_thrust_;
};

}  // namespace flyball::policies

#endif  // FLYBALL_ENVS_POLICIES_GEOMETRIC_H_
