// The cascaded PID of the Dynamic Systems Lab, as gym-pybullet-drones flies Crazyflies with it: a
// position loop gives a force, its direction an attitude, an attitude loop the four motor commands.
// On lanes, since it also stands behind the position and velocity actions of the tasks.
#ifndef FLYBALL_ENVS_POLICIES_DSL_PID_H_
#define FLYBALL_ENVS_POLICIES_DSL_PID_H_

#include "physics/rotorcraft/airframe.h"
#include "physics/rotorcraft/rotation.h"

namespace flyball::policies {

// Gains and limits; the defaults are the peer's, for a Crazyflie at 48 Hz or more.
struct DslPidGains {
  // Position: N/m, N/(m s), N s/m, level and up; the integral of the error is held within m s.
  double p_xy = 0.4, p_z = 1.25;
  double i_xy = 0.05, i_z = 0.05;
  double d_xy = 0.2, d_z = 0.5;
  double integral_xy = 2.0, integral_z = 0.15;
  // Attitude: motor command (PWM counts) per unit of attitude error, per its integral, per rad/s.
  double attitude_p_xy = 70000, attitude_p_z = 60000;
  double attitude_i_xy = 0, attitude_i_z = 500;
  double attitude_d_xy = 20000, attitude_d_z = 12000;
};

template <class T>
struct DslPidMemory {
  rotorcraft::Vec3<T> position_integral;  // m s
  rotorcraft::Vec3<T> attitude_integral;  // s
  rotorcraft::Vec3<T> last_rpy;           // rad
  static constexpr int kSize = 9;
};

class DslPid {
 public:
  // Motor command to rotor speed, of the Crazyflie's motors.
  static constexpr double kRpmPerCount = 0.2685, kRpmOffset = 4070.3;

  // Whether the controller, with its map from motor commands to speeds, is made for an airframe.
  static bool Knows(const rotorcraft::Airframe& airframe) {
    return airframe.name == "cf2x" || airframe.name == "cf2p";
  }
  // `plus`: motors on the axes.
  DslPid(const rotorcraft::Airframe& airframe, bool plus, const DslPidGains& gains = {});

  // rpm of the four rotors after `dt` s. Pose and velocity in the world; yaw (rad). `tuning` (6), if
  // given: relative changes of p, i, d of the position loop, then of the attitude loop.
  template <class T>
  FLYBALL_INLINE void Step(DslPidMemory<T>& memory, double dt, const rotorcraft::Vec3<T>& p,
                           const rotorcraft::Quat<T>& q, const rotorcraft::Vec3<T>& rpy,
                           const rotorcraft::Vec3<T>& v, const rotorcraft::Vec3<T>& target_p,
                           const rotorcraft::Vec3<T>& target_v, const T& target_yaw, T* rpm,
                           const T* tuning = nullptr) const {
    using rotorcraft::Rotation;
    using rotorcraft::Vec3;
    const DslPidGains& g = gains_;
    T scale[6];
    for (int i = 0; i < 6; ++i) scale[i] = tuning == nullptr ? T(1.0) : T(1.0 + tuning[i]);

    // Position: the force that brings the vehicle to its target.
    const Vec3<T> error = target_p - p, slip = target_v - v;
    Vec3<T>& sum = memory.position_integral;
    sum = sum + error * dt;
    sum = {Clamp(sum.x, -g.integral_xy, g.integral_xy), Clamp(sum.y, -g.integral_xy, g.integral_xy),
           Clamp(Clamp(sum.z, -2.0, 2.0), -g.integral_z, g.integral_z)};
    const Vec3<T> p_part = error * scale[0], i_part = sum * scale[1], d_part = slip * scale[2];
    const Vec3<T> force = {g.p_xy * p_part.x + g.i_xy * i_part.x + g.d_xy * d_part.x,
                           g.p_xy * p_part.y + g.i_xy * i_part.y + g.d_xy * d_part.y,
                           g.p_z * p_part.z + g.i_z * i_part.z + g.d_z * d_part.z + weight_};
    const Rotation<T> R(q);
    const T lift = Max(Dot(force, R.BodyZ()), 0.0);
    const T thrust = (Sqrt(T(lift / four_thrust_factor_)) - kRpmOffset) / kRpmPerCount;

    // The attitude whose z is along the force and whose x heads along the yaw; shaky only where the
    // force is level and along the heading.
    T sine, cosine;
    SinCos(target_yaw, sine, cosine);
    const Vec3<T> z = force * (1.0 / Sqrt(T(Dot(force, force))));
    const Vec3<T> across = Cross(z, Vec3<T>{cosine, sine, T(0.0)});
    const Vec3<T> y = across * (1.0 / Sqrt(T(Dot(across, across))));
    const Vec3<T> x = Cross(y, z);

    // Twice the attitude error about each axis: the skew part of Rt^T R, by columns of both.
    const Vec3<T> bx = {R.xx, R.yx, R.zx}, by = {R.xy, R.yy, R.zy}, bz = R.BodyZ();
    const Vec3<T> turn = {Dot(z, by) - Dot(bz, y), Dot(x, bz) - Dot(bx, z),
                          Dot(y, bx) - Dot(by, x)};
    const Vec3<T> rate_error = (memory.last_rpy - rpy) * T(1.0 / dt);
    memory.last_rpy = rpy;
    Vec3<T>& twist = memory.attitude_integral;
    twist = twist - turn * dt;
    twist = {Clamp(twist.x, -1.0, 1.0), Clamp(twist.y, -1.0, 1.0), Clamp(twist.z, -1500.0, 1500.0)};
    constexpr double kMost = 3200;
    const Vec3<T> p_turn = turn * scale[3], i_turn = twist * scale[4],
                  d_turn = rate_error * scale[5];
    const T roll =
        Clamp(g.attitude_d_xy * d_turn.x - g.attitude_p_xy * p_turn.x + g.attitude_i_xy * i_turn.x,
              -kMost, kMost);
    const T pitch =
        Clamp(g.attitude_d_xy * d_turn.y - g.attitude_p_xy * p_turn.y + g.attitude_i_xy * i_turn.y,
              -kMost, kMost);
    const T yaw =
        Clamp(g.attitude_d_z * d_turn.z - g.attitude_p_z * p_turn.z + g.attitude_i_z * i_turn.z,
              -kMost, kMost);
    for (int i = 0; i < 4; ++i) {
      const T counts = thrust + mixer_[i][0] * roll + mixer_[i][1] * pitch + mixer_[i][2] * yaw;
      rpm[i] = kRpmPerCount * Clamp(counts, 20000.0, 65535.0) + kRpmOffset;
    }
  }

 private:
  DslPidGains gains_;
  double weight_;              // N
  double four_thrust_factor_;  // N/rpm^2
  double mixer_[4][3];         // counts of each motor per unit of roll, pitch and yaw command
};

}  // namespace flyball::policies

#endif  // FLYBALL_ENVS_POLICIES_DSL_PID_H_
