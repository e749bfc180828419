// Flight: the motion of one quadcopter, rotors to pose, for one row or many.
#ifndef FLYBALL_PHYSICS_ROTORCRAFT_FLIGHT_H_
#define FLYBALL_PHYSICS_ROTORCRAFT_FLIGHT_H_

#include "physics/rotorcraft/airframe.h"
#include "physics/rotorcraft/contact.h"
#include "physics/rotorcraft/rotation.h"
#include "physics/rotorcraft/rotors.h"
#include "physics/rotorcraft/surfaces.h"

namespace flyball::rotorcraft {

template <class T>
struct FlightState {
  Vec3<T> p_W;   // m
  Quat<T> q_WB;  // unit length
  Vec3<T> v_W;   // m/s
  Vec3<T> w_B;   // rad/s, in the body
  T rpm[4];      // rotor speeds
};

// What comes from outside, held over a call of Steps.
template <class T>
struct Surroundings {
  Vec3<T> force = {T(0.0), T(0.0), T(0.0)};  // N, world, at the centre of mass
  const T* wind = nullptr;                   // (3) m/s, world: velocity of the air; null: still
  const T* torque = nullptr;                 // (3) N m, body; null: none
  const T* pad = nullptr;                    // (2) m, world: the pad of FlightSettings::surfaces
};

struct FlightSettings {
  double time_step = 1.0 / 240.0;  // s
  bool ground_effect = true;
  Surfaces surfaces = {};  // felt besides the ground; no bodies that stop a vehicle
  bool drag = true;
};

// A rigid body under rotor thrust and drag torque, gravity, drag of the airframe in the air it
// moves through, ground effect, contact with the ground, and a force from outside. A step drifts
// half way, feels the forces of the pose in the middle, and drifts on: second order in the time
// step at one evaluation of the forces, with attitude by the exponential map, drag by the
// trapezoidal rule and gyroscopic torque at rates predicted half way. Between steps of one call the
// two half drifts are one.
class Flight {
 public:
  Flight(const Airframe& airframe, const FlightSettings& settings)
      : airframe_(airframe), settings_(settings),
        rotors_(airframe, settings.time_step, settings.ground_effect, settings.surfaces),
        contact_(airframe, airframe.collision_height / 2), max_rpm_(airframe.max_rpm()) {}

  const Airframe& airframe() const { return airframe_; }
  double time_step() const { return settings_.time_step; }

  // `count` steps under `command` (rpm) for each rotor.
  template <class T>
  FLYBALL_INLINE void Steps(int count, FlightState<T>& s, const Variation<T>& variation,
                            const T* command, const Surroundings<T>& around) const {
    const Airframe& a = airframe_;
    const double dt = settings_.time_step;
    const T inverse_mass = (1 / a.mass) / variation.mass;
    const T inverse_inertia = 1.0 / variation.inertia;
    const Vec3<T> inverse = {inverse_inertia * (1 / a.inertia_x),
                             inverse_inertia * (1 / a.inertia_y),
                             inverse_inertia * (1 / a.inertia_z)};
    T target[4];
    for (int i = 0; i < 4; ++i) target[i] = Clamp(command[i], 0.0, max_rpm_);
    Drift(s, 0.5 * dt);
    for (int i = 0; i < count; ++i) {
      Kick(s, variation.thrust, inverse_mass, inverse, target, around);
      Drift(s, i + 1 < count ? dt : 0.5 * dt);
      contact_.Resolve(s.q_WB, s.p_W, s.v_W, s.w_B);
    }
    s.q_WB = Renormalized(s.q_WB);  // some roundings off unit length by now
  }

  // For an engine that integrates: advances the rotors by a step, and the force (N, world) and torque
  // (N m, body) that act meanwhile, without gravity. An engine that adds them to the velocities of
  // the step's begin gets the velocities that Steps would give from that pose.
  template <class T>
  FLYBALL_INLINE void Wrench(FlightState<T>& s, const Variation<T>& variation, const T* command,
                             const Surroundings<T>& around, Vec3<T>& force, Vec3<T>& torque) const {
    const T mass = airframe_.mass * variation.mass;
    T target[4];
    for (int i = 0; i < 4; ++i) target[i] = Clamp(command[i], 0.0, max_rpm_);
    const Vec3<T> dv = Accelerate(s, variation.thrust, T(1.0 / mass), target, around, torque);
    force = {dv.x * mass, dv.y * mass, (dv.z + kGravity) * mass};
  }

 private:
  template <class T>
  FLYBALL_INLINE static void Drift(FlightState<T>& s, double dt) {
    s.p_W = s.p_W + s.v_W * dt;
    s.q_WB = s.q_WB * ExponentialOfHalf(s.w_B * (0.5 * dt));
  }

  // Acceleration (m/s^2, world) from the forces of the pose now, over a step; the rotors' torque
  // (N m, body). Advances the rotors.
  template <class T>
  FLYBALL_INLINE Vec3<T> Accelerate(FlightState<T>& s, const T& thrust_factor,
                                    const T& inverse_mass, const T* target,
                                    const Surroundings<T>& around, Vec3<T>& torque) const {
    const double half = 0.5 * settings_.time_step;
    const Rotation<T> R(s.q_WB);
    T middle[4];
    rotors_.Advance(s.rpm, target, middle);
    const RotorWrench<T> wrench = rotors_.Wrench(middle, thrust_factor, s.p_W, R, around.pad);
    torque = wrench.torque;
    if (around.torque != nullptr) {
      torque = torque + Vec3<T>{around.torque[0], around.torque[1], around.torque[2]};
    }

    Vec3<T> dv = (R.BodyZ() * wrench.lift + around.force) * inverse_mass;
    dv.z = dv.z - kGravity;
    // Drag -k of the airspeed along each body axis, as it is half way through the kick; k is the same
    // along x and y, so that only z has to be known in the world.
    if (settings_.drag) {
      T k_xy, k_z;
      rotors_.Drag(wrench.speed, k_xy, k_z);
      k_xy = k_xy * (inverse_mass * half), k_z = k_z * (inverse_mass * half);
      Vec3<T> air = s.v_W + dv * half;
      if (around.wind != nullptr) {
        air = air - Vec3<T>{around.wind[0], around.wind[1], around.wind[2]};
      }
      // -k / (1 + k) of both, at the price of one division.
      const T d_xy = 1.0 + k_xy, d_z = 1.0 + k_z;
      const T inverse = (-1.0 / half) / (d_xy * d_z);
      const T loss_xy = k_xy * d_z * inverse, loss_z = k_z * d_xy * inverse;
      const Vec3<T> up = R.BodyZ();
      dv = dv + air * loss_xy + up * ((loss_z - loss_xy) * Dot(air, up));
    }
    return dv;
  }

  // Velocities after a step, from the forces of the pose in its middle.
  template <class T>
  FLYBALL_INLINE void Kick(FlightState<T>& s, const T& thrust_factor, const T& inverse_mass,
                           const Vec3<T>& inverse_inertia, const T* target,
                           const Surroundings<T>& around) const {
    const Airframe& a = airframe_;
    const double dt = settings_.time_step, half = 0.5 * dt;
    Vec3<T> torque;
    const Vec3<T> dv = Accelerate(s, thrust_factor, inverse_mass, target, around, torque);

    // Euler's equation: the rates couple through the differences of inertia.
    const Vec3<T> turn = {torque.x * inverse_inertia.x, torque.y * inverse_inertia.y,
                          torque.z * inverse_inertia.z};
    const double couple_x = (a.inertia_y - a.inertia_z) / a.inertia_x;
    const double couple_y = (a.inertia_z - a.inertia_x) / a.inertia_y;
    const double couple_z = (a.inertia_x - a.inertia_y) / a.inertia_z;
    const Vec3<T>& w = s.w_B;
    const Vec3<T> m = {w.x + (turn.x + couple_x * (w.y * w.z)) * half,
                       w.y + (turn.y + couple_y * (w.z * w.x)) * half,
                       w.z + (turn.z + couple_z * (w.x * w.y)) * half};
    s.v_W = s.v_W + dv * dt;
    s.w_B = s.w_B + Vec3<T>{turn.x + couple_x * (m.y * m.z), turn.y + couple_y * (m.z * m.x),
                            turn.z + couple_z * (m.x * m.y)} *
                        dt;
  }

  Airframe airframe_;
  FlightSettings settings_;
  Rotors rotors_;
  GroundContact contact_;
  double max_rpm_;
};

}  // namespace flyball::rotorcraft

#endif  // FLYBALL_PHYSICS_ROTORCRAFT_FLIGHT_H_
