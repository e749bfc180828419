// How gym-pybullet-drones moves a quadcopter: its explicit dynamics (DYN) and its Bullet flight
// (PYB), formula for formula, quirks included. The plant as it should be is
// physics/rotorcraft/flight.h.
#ifndef FLYBALL_ENVS_QUADCOPTER_GPD_H_
#define FLYBALL_ENVS_QUADCOPTER_GPD_H_

#include <cmath>

#include "physics/rotorcraft/airframe.h"
#include "physics/rotorcraft/contact.h"
#include "physics/rotorcraft/flight.h"
#include "physics/rotorcraft/rotation.h"

namespace flyball::quadcopter {

using rotorcraft::Airframe;
using rotorcraft::Quat;
using rotorcraft::Rotation;
using rotorcraft::Vec3;

// Of q and -q, the one Bullet reports: it reads the quaternion off the matrix, the largest of its
// parts made positive, w preferred.
template <class T>
FLYBALL_INLINE Quat<T> AsBulletReports(const Quat<T>& q) {
  const T xx = q.x * q.x, yy = q.y * q.y, zz = q.z * q.z;
  const T largest = Select(xx < yy, Select(yy < zz, q.z, q.y), Select(xx < zz, q.z, q.x));
  const T sign = CopySign(1.0, Select(q.w * q.w > 0.25, q.w, largest));
  return {q.x * sign, q.y * sign, q.z * sign, q.w * sign};
}

// DYN: semi-implicit Euler on body rates, no contact, no aerodynamics. Rotors sit at arm/sqrt(2),
// not where the model file puts them; the angular velocity shown is that of the new rates in the
// old attitude.
class GpdDynamics {
 public:
  GpdDynamics(const Airframe& airframe, double time_step)
      : airframe_(airframe), dt_(time_step), lever_(airframe.arm / std::sqrt(2.0)),
        weight_(rotorcraft::kGravity * airframe.mass) {}

  // Thrust (N, along the body's z) and torque (N m, body).
  template <class T>
  FLYBALL_INLINE void Wrench(const T* rpm, T& total, Vec3<T>& torque) const {
    const Airframe& a = airframe_;
    T thrust[4], drag[4];
    for (int i = 0; i < 4; ++i) {
      thrust[i] = (rpm[i] * rpm[i]) * a.thrust_factor;
      drag[i] = (rpm[i] * rpm[i]) * (a.torque_factor * a.rotors[i].yaw);
    }
    torque = {T(0.0), T(0.0), (drag[0] + drag[1]) + (drag[2] + drag[3])};
    for (int i = 0; i < 4; ++i) {
      torque.x = torque.x + Lever(a.rotors[i].y) * thrust[i];
      torque.y = torque.y - Lever(a.rotors[i].x) * thrust[i];
    }
    total = (thrust[0] + thrust[1]) + (thrust[2] + thrust[3]);
  }

  // `thrust`, `torque`: as from Wrench. `w_B`: body rates, in and out; `w_W`: the angular velocity
  // shown, out.
  template <class T>
  FLYBALL_INLINE void Step(Vec3<T>& p, Quat<T>& q, Vec3<T>& v, Vec3<T>& w_B, Vec3<T>& w_W,
                           const T& thrust, const Vec3<T>& torque) const {
    const Airframe& a = airframe_;
    const Rotation<T> R(q);
    const Vec3<T> lift = R.BodyZ() * thrust;
    v = v + Vec3<T>{lift.x, lift.y, lift.z - weight_} * (dt_ / a.mass);
    const Vec3<T> momentum = {w_B.x * a.inertia_x, w_B.y * a.inertia_y, w_B.z * a.inertia_z};
    const Vec3<T> net = torque - Cross(w_B, momentum);
    w_B = w_B + Vec3<T>{net.x * (dt_ / a.inertia_x), net.y * (dt_ / a.inertia_y),
                        net.z * (dt_ / a.inertia_z)};
    p = p + v * dt_;
    w_W = R.ToWorld(w_B);
    // The peer leaves the attitude alone below 1e-8 rad/s.
    const Mask<T> turns = Dot(w_B, w_B) > 1e-16;
    const Quat<T> turned = q * ExponentialMap(w_B * dt_);
    q = {Select(turns, turned.x, q.x), Select(turns, turned.y, q.y), Select(turns, turned.z, q.z),
         Select(turns, turned.w, q.w)};
  }

 private:
  // Where the peer's torque formulas put a rotor: on the square of the X, or on the plus' axes.
  double Lever(double place) const {
    if (airframe_.plus) return place;
    return place > 0 ? lever_ : -lever_;
  }

  Airframe airframe_;
  double dt_, lever_, weight_;
};

// PYB: what Bullet's multibody does with gym-pybullet-drones' forces. Thrust and rotor torque point
// where the body's z did one step before; velocities are damped linearly and quadratically though
// nobody asked for it; velocity first, then pose, attitude by the world's exponential map.
class GpdBullet {
 public:
  struct Effects {
    bool ground = false, drag = false, downwash = false;
  };
  GpdBullet(const Airframe& airframe, Effects effects, double time_step)
      : airframe_(airframe), effects_(effects), dt_(time_step),
        clip_(airframe.ground_effect_clip()),
        // The margin is that on which the peer's drones come to rest on the plane.
        contact_(airframe, airframe.collision_height / 2 + 0.00099) {
    // The Hummingbird's coefficient is 0; without a height to clip at, 0 / 0 would come of it.
    effects_.ground = effects_.ground && clip_ > 0.0;
  }

  // What rotors at given speeds do, along the axis that their links had one step before.
  template <class T>
  struct Rotors {
    T thrust[4];         // N
    T lift;              // N, of all
    T about_x, about_y;  // N m, of all about the body's axes if they point along its z
    T yaw_torque;        // N m
    T speed;             // rpm, summed
  };
  template <class T>
  FLYBALL_INLINE Rotors<T> RotorsAt(const T* rpm) const {
    const Airframe& a = airframe_;
    Rotors<T> r;
    r.about_x = r.about_y = r.yaw_torque = T(0.0);
    for (int i = 0; i < 4; ++i) {
      const T square = rpm[i] * rpm[i];
      r.thrust[i] = square * a.thrust_factor;
      r.about_x = r.about_x + r.thrust[i] * a.rotors[i].y;
      r.about_y = r.about_y - r.thrust[i] * a.rotors[i].x;
      r.yaw_torque = r.yaw_torque + square * (a.torque_factor * a.rotors[i].yaw);
    }
    r.lift = (r.thrust[0] + r.thrust[1]) + (r.thrust[2] + r.thrust[3]);
    r.speed = (rpm[0] + rpm[1]) + (rpm[2] + rpm[3]);
    return r;
  }

  // Force (N, world) and torque (N m, body) on the drone without gravity and damping; arguments as
  // of Step.
  template <class T>
  FLYBALL_INLINE void Wrench(const Vec3<T>& p, const Quat<T>& q, const Quat<T>& q_before,
                             const Vec3<T>& v, const Rotors<T>& rotors, const T& previous_speed,
                             const T& downwash, Vec3<T>& force_W, Vec3<T>& torque_B) const {
    const Airframe& a = airframe_;
    const Rotation<T> R(q);
    // Each rotor's force acts at the rotor of today in the direction of yesterday.
    const Vec3<T> axis_W = Rotation<T>(q_before).BodyZ();
    const Vec3<T> axis = R.ToBody(axis_W);
    force_W = axis_W * rotors.lift;
    torque_B = {axis.x * rotors.yaw_torque + axis.z * rotors.about_x,
                axis.y * rotors.yaw_torque + axis.z * rotors.about_y,
                axis.z * rotors.yaw_torque - (axis.x * rotors.about_x + axis.y * rotors.about_y)};

    if (effects_.ground) {
      const Mask<T> upright = q.w * q.w - q.x * q.x - q.y * q.y + q.z * q.z > 0.0 &&
                              Abs(rotorcraft::SineOfPitch(q)) < rotorcraft::kGimbalSine;
      const double gain =
          a.ground_effect_coefficient * a.propeller_radius * a.propeller_radius / 16;
      T lift = T(0.0);
      for (int i = 0; i < 4; ++i) {
        const T height = Max(p.z + R.zx * a.rotors[i].x + R.zy * a.rotors[i].y, clip_);
        const T more = Select(upright, T(rotors.thrust[i] * (gain / (height * height))), T(0.0));
        lift = lift + more;
        torque_B.x = torque_B.x + more * a.rotors[i].y;
        torque_B.y = torque_B.y - more * a.rotors[i].x;
      }
      force_W = force_W + R.BodyZ() * lift;
    }
    if (effects_.drag || effects_.downwash) {
      // Asking for the rotors' height refreshes the frames of links: then what follows uses today's.
      const Rotation<T> R_link(effects_.ground ? q : q_before);
      if (effects_.drag) {
        // The coefficients meet the velocity in the world; only then is the force put into a link.
        const T speed = previous_speed * rotorcraft::kRadPerSecondOfRpm;
        const Vec3<T> drag = {-(speed * a.drag_xy) * v.x, -(speed * a.drag_xy) * v.y,
                              -(speed * a.drag_z) * v.z};
        force_W = force_W + R_link.ToWorld(R.ToBody(drag));
      }
      if (effects_.downwash) force_W = force_W - R_link.BodyZ() * downwash;
    }
  }

  // `q_before`: attitude one step ago, in and out (the present one on the first step). `w_W`:
  // angular velocity in the world. `previous_speed`: of the rotors in the step before, summed (0 on
  // the first). `downwash` (N): how strongly the drones above press along -z of the body.
  template <class T>
  FLYBALL_INLINE void Step(Vec3<T>& p, Quat<T>& q, Quat<T>& q_before, Vec3<T>& v, Vec3<T>& w_W,
                           const Rotors<T>& rotors, const T& previous_speed,
                           const T& downwash) const {
    const Airframe& a = airframe_;
    const Rotation<T> R(q);
    Vec3<T> force_W, torque_B;
    Wrench(p, q, q_before, v, rotors, previous_speed, downwash, force_W, torque_B);

    // Accelerations with Bullet's hidden damping.
    constexpr double kDamping = 0.04f;  // a float literal in Bullet, 0.039999999
    const T drag_v = kDamping + kDamping * Sqrt(T(Dot(v, v)));
    const T drag_w = kDamping + kDamping * Sqrt(T(Dot(w_W, w_W)));
    const Vec3<T> w_B = R.ToBody(w_W);
    const Vec3<T> momentum = {w_B.x * a.inertia_x, w_B.y * a.inertia_y, w_B.z * a.inertia_z};
    const Vec3<T> net = torque_B - Cross(w_B, momentum);
    const Vec3<T> dw = R.ToWorld(
        Vec3<T>{net.x * (1 / a.inertia_x), net.y * (1 / a.inertia_y), net.z * (1 / a.inertia_z)});
    Vec3<T> dv = force_W * (1 / a.mass) - v * drag_v;
    dv.z = dv.z - rotorcraft::kGravity;
    v = Clamped(v + dv * dt_);
    w_W = Clamped(w_W + (dw - w_W * drag_w) * dt_);

    p = p + v * dt_;
    q_before = q;
    q = Renormalized(Turn(w_W) * q);
    if (contact_.MayTouch(p)) {
      const Rotation<T> R_new(q);
      Vec3<T> w_new = R_new.ToBody(w_W);
      const T z = p.z;
      contact_.Resolve(q, p, v, w_new);
      const Mask<T> touched = p.z != z;
      const Vec3<T> w = R_new.ToWorld(w_new);
      w_W = {Select(touched, w.x, w_W.x), Select(touched, w.y, w_W.y), Select(touched, w.z, w_W.z)};
    }
  }

  // N, the peer's fitted downwash on a drone at `offset` (m) from one above it; 0 if it is not
  // above or 10 m or more away. Where the fit's width is zero the peer divides by it; here: 0.
  double DownwashForce(const Vec3<double>& offset) const {
    const double below = -offset.z;
    const double aside2 = offset.x * offset.x + offset.y * offset.y;
    if (!(below > 0.0) || aside2 >= 100.0) return 0.0;
    const double ratio = airframe_.propeller_radius / (4 * below);
    const double width = airframe_.downwash_slope * below + airframe_.downwash_offset;
    if (width == 0.0) return 0.0;
    return airframe_.downwash_gain * ratio * ratio * Exp(-0.5 * aside2 / (width * width));
  }

 private:
  template <class T>
  FLYBALL_INLINE static Vec3<T> Clamped(const Vec3<T>& v) {
    return {Clamp(v.x, -100.0, 100.0), Clamp(v.y, -100.0, 100.0), Clamp(v.z, -100.0, 100.0)};
  }
  // exp(w dt); Bullet turns by no more than 45 degrees in a step.
  template <class T>
  FLYBALL_INLINE Quat<T> Turn(const Vec3<T>& w) const {
    constexpr double kMost = std::numbers::pi / 4;
    const T angle2 = Dot(w, w) * (dt_ * dt_);
    T time = T(dt_);
    const Mask<T> faster = angle2 > kMost * kMost;
    if (AnyOf(faster)) time = Select(faster, T(dt_ * kMost / Sqrt(angle2)), time);
    return ExponentialMap(w * time);
  }

  Airframe airframe_;
  Effects effects_;
  double dt_, clip_;
  rotorcraft::GroundContact contact_;
};

}  // namespace flyball::quadcopter

#endif  // FLYBALL_ENVS_QUADCOPTER_GPD_H_
