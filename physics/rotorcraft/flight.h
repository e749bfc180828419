// Flight: the motion of one quadcopter, rotors to pose, for one row or many.
#ifndef FLYBALL_PHYSICS_ROTORCRAFT_FLIGHT_H_
#define FLYBALL_PHYSICS_ROTORCRAFT_FLIGHT_H_

#include <cmath>

#include "physics/rotorcraft/airframe.h"
#include "physics/rotorcraft/contact.h"
#include "physics/rotorcraft/ground_effect.h"
#include "physics/rotorcraft/rotation.h"

namespace flyball::rotorcraft {

inline constexpr double kRadPerSecondOfRpm = 2 * std::numbers::pi / 60;

// How one vehicle differs from its airframe: factors, 1 for none.
template <class T>
struct Variation {
  T mass, inertia, thrust;
};

template <class T>
struct FlightState {
  Vec3<T> p_W;   // m
  Quat<T> q_WB;  // unit length
  Vec3<T> v_W;   // m/s
  Vec3<T> w_B;   // rad/s, in the body
  T rpm[4];      // rotor speeds
};

struct FlightSettings {
  double time_step = 1.0 / 240.0;  // s
  bool ground_effect = true;
  bool drag = true;
  Vec3<double> wind = {0.0, 0.0, 0.0};  // m/s, world: velocity of the air
};

// A rigid body under rotor thrust and drag torque, gravity, drag of the airframe in the air it
// moves through, ground effect, contact with the ground, and a force from outside. Rotor speeds
// follow their commands with a first-order lag (exact between commands). A step drifts half way,
// feels the forces of the pose in the middle, and drifts on: second order in the time step at one
// evaluation of the forces, with attitude by the exponential map, drag by the trapezoidal rule and
// gyroscopic torque at rates predicted half way.
class Flight {
 public:
  Flight(const Airframe& airframe, const FlightSettings& settings)
      : airframe_(airframe), settings_(settings), ground_(airframe),
        contact_(airframe, airframe.collision_height / 2), max_rpm_(airframe.max_rpm()),
        decay_(Exp(-settings.time_step / airframe.rotor_time_constant)),
        decay_half_(Exp(-0.5 * settings.time_step / airframe.rotor_time_constant)) {}

  const Airframe& airframe() const { return airframe_; }
  double time_step() const { return settings_.time_step; }

  // `count` steps: `command` (rpm) for each rotor, `force` (N, world) at the centre of mass.
  template <class T>
  FLYBALL_INLINE void Steps(int count, FlightState<T>& s, const Variation<T>& variation,
                            const T* command, const Vec3<T>& force) const {
    const Factors<T> factors = {.thrust = variation.thrust * airframe_.thrust_factor,
                                .inverse_mass = (1 / airframe_.mass) / variation.mass,
                                .inverse_xy = (1 / airframe_.inertia_xy) / variation.inertia,
                                .inverse_z = (1 / airframe_.inertia_z) / variation.inertia};
    T target[4];
    for (int i = 0; i < 4; ++i) target[i] = Clamp(command[i], 0.0, max_rpm_);
    for (int i = 0; i < count; ++i) Step(s, factors, target, force);
  }

 private:
  template <class T>
  struct Factors {
    T thrust;                 // N/rpm^2
    T inverse_mass;           // 1/kg
    T inverse_xy, inverse_z;  // 1/(kg m^2)
  };

  template <class T>
  FLYBALL_INLINE void Step(FlightState<T>& s, const Factors<T>& factors, const T* target,
                           const Vec3<T>& force) const {
    const Airframe& a = airframe_;
    const double dt = settings_.time_step, half = 0.5 * dt;

    // Half the way at the present velocities; rotors half way to their commands.
    s.p_W = s.p_W + s.v_W * half;
    s.q_WB = s.q_WB * ExponentialMap(s.w_B * half);
    const Rotation<T> R(s.q_WB);
    T thrust[4];
    T speed = T(0.0);
    for (int i = 0; i < 4; ++i) {
      const T behind = s.rpm[i] - target[i];
      const T middle = target[i] + behind * decay_half_;
      thrust[i] = factors.thrust * (middle * middle);
      speed = speed + middle;
      s.rpm[i] = target[i] + behind * decay_;
    }

    // Torque and force of the rotors, in the body. Their drag does not know of the ground.
    const double yaw_ratio = a.torque_factor / a.thrust_factor;
    Vec3<T> torque = {T(0.0), T(0.0), T(0.0)};
    for (int i = 0; i < 4; ++i) torque.z = torque.z + (a.rotors[i].yaw * yaw_ratio) * thrust[i];
    // A rotor of a tilted drone hangs lower than the drone: by its arm at most.
    if (settings_.ground_effect && AnyOf(s.p_W.z < ground_.reach() + a.arm)) {
      for (int i = 0; i < 4; ++i) {
        const T height = s.p_W.z + R.zx * a.rotors[i].x + R.zy * a.rotors[i].y;
        thrust[i] = thrust[i] * (1.0 + ground_.Gain(height, R.zz));
      }
    }
    for (int i = 0; i < 4; ++i) {
      torque.x = torque.x + a.rotors[i].y * thrust[i];
      torque.y = torque.y - a.rotors[i].x * thrust[i];
    }
    const T lift = (thrust[0] + thrust[1]) + (thrust[2] + thrust[3]);
    Vec3<T> dv = (R.BodyZ() * lift + force) * factors.inverse_mass;
    dv.z = dv.z - kGravity;

    // Drag -k of the airspeed along each body axis, as it is half way through the kick.
    if (settings_.drag) {
      const T k = speed * (kRadPerSecondOfRpm * half) * factors.inverse_mass;
      const Vec3<T> wind = {T(settings_.wind.x), T(settings_.wind.y), T(settings_.wind.z)};
      const Vec3<T> airspeed = R.ToBody(s.v_W + dv * half - wind);
      const T k_xy = k * a.drag_xy, k_z = k * a.drag_z;
      const T loss_xy = (-1.0 / half) * k_xy / (1.0 + k_xy),
              loss_z = (-1.0 / half) * k_z / (1.0 + k_z);
      dv = dv + R.ToWorld(Vec3<T>{airspeed.x * loss_xy, airspeed.y * loss_xy, airspeed.z * loss_z});
    }

    // Euler's equation of a body that is symmetric about z: its own rates couple x and y.
    const Vec3<T> turn = {torque.x * factors.inverse_xy, torque.y * factors.inverse_xy,
                          torque.z * factors.inverse_z};
    const double coupling = (a.inertia_xy - a.inertia_z) / a.inertia_xy;
    const T wz = coupling * (s.w_B.z + turn.z * half);
    const T wx = s.w_B.x + (turn.x + coupling * (s.w_B.y * s.w_B.z)) * half;
    const T wy = s.w_B.y + (turn.y - coupling * (s.w_B.z * s.w_B.x)) * half;
    s.v_W = s.v_W + dv * dt;
    s.w_B = s.w_B + Vec3<T>{turn.x + wz * wy, turn.y - wz * wx, turn.z} * dt;

    // The other half at the new velocities.
    s.p_W = s.p_W + s.v_W * half;
    s.q_WB = Renormalized(s.q_WB * ExponentialMap(s.w_B * half));
    contact_.Resolve(s.q_WB, s.p_W, s.v_W, s.w_B);
  }

  Airframe airframe_;
  FlightSettings settings_;
  GroundEffect ground_;
  GroundContact contact_;
  double max_rpm_;
  double decay_, decay_half_;  // of a rotor's distance from its command, in a step and half of one
};

}  // namespace flyball::rotorcraft

#endif  // FLYBALL_PHYSICS_ROTORCRAFT_FLIGHT_H_
