// Contact of a quadcopter with level ground at z = 0.
#ifndef FLYBALL_PHYSICS_ROTORCRAFT_CONTACT_H_
#define FLYBALL_PHYSICS_ROTORCRAFT_CONTACT_H_

#include <algorithm>
#include <cmath>

#include "physics/rotorcraft/airframe.h"
#include "physics/rotorcraft/rotation.h"

namespace flyball::rotorcraft {

// The vehicle touches with the lowest point of its collision cylinder, whose edges are rounded a
// little, so that the point wanders smoothly and a vehicle at rest lies flat. An inelastic impulse
// with Coulomb friction acts there after each step, and the body is lifted out of the ground: it
// cannot fall through, gains no energy, and needs no small steps.
class GroundContact {
 public:
  // `half_height` (m): of the cylinder.
  GroundContact(const Airframe& airframe, double half_height)
      : radius_(airframe.collision_radius), half_height_(half_height),
        center_(airframe.collision_z),
        reach_(std::sqrt(radius_ * radius_ + half_height_ * half_height_) + std::abs(center_)),
        inverse_mass_(1 / airframe.mass), inverse_x_(1 / airframe.inertia_x),
        inverse_y_(1 / airframe.inertia_y), inverse_z_(1 / airframe.inertia_z),
        largest_inverse_(std::max({inverse_x_, inverse_y_, inverse_z_})) {}

  // Whether some vehicle may touch: below, Resolve changes nothing.
  template <class T>
  FLYBALL_INLINE bool MayTouch(const Vec3<T>& p_W) const {
    return AnyOf(p_W.z < reach_);
  }

  // Changes position, velocity (world) and angular velocity (body) of vehicles in the ground.
  template <class T>
  FLYBALL_INLINE void Resolve(const Quat<T>& q, Vec3<T>& p_W, Vec3<T>& v_W, Vec3<T>& w_B) const {
    if (!MayTouch(p_W)) return;
    constexpr double kRounding2 = 0.05 * 0.05;  // square of the tilt over which edges are rounded
    constexpr double kFriction = 0.5;
    const Rotation<T> R(q);
    const Vec3<T> up = R.WorldZ();

    // The lowest point, in the body, and its height.
    const T tilt2 = up.x * up.x + up.y * up.y;
    const T rim = -radius_ / Sqrt(T(tilt2 + kRounding2));
    const T cap = -half_height_ / Sqrt(T(up.z * up.z + kRounding2 * tilt2));
    const Vec3<T> point = {up.x * rim, up.y * rim, center_ + up.z * cap};
    const T height = p_W.z + Dot(point, up);
    const Mask<T> touches = height < 0.0;

    // The impulse that stops it from going down further.
    const Vec3<T> velocity = R.ToBody(v_W) + Cross(w_B, point);
    const T normal_speed = Dot(velocity, up);
    const Vec3<T> lever = Cross(point, up);
    const Vec3<T> turned = {lever.x * inverse_x_, lever.y * inverse_y_, lever.z * inverse_z_};
    const T impulse = Max(-normal_speed, 0.0) / (inverse_mass_ + Dot(lever, turned));

    // Friction against sliding of the point, at most what stops it, and against spinning on it.
    const Vec3<T> slip = velocity - up * normal_speed;
    const T slip_speed = Sqrt(T(Dot(slip, slip) + 1e-24));
    const double stopping = 1 / (inverse_mass_ + reach_ * reach_ * largest_inverse_);
    const T friction = -Min(kFriction * impulse, stopping * slip_speed) / slip_speed;
    const T spin = Dot(w_B, up);
    const double spin_inertia = 1 / largest_inverse_;
    const T spin_impulse =
        Clamp(-spin * spin_inertia, -kFriction * radius_ * impulse, kFriction * radius_ * impulse);

    const Vec3<T> total = up * impulse + slip * friction;
    const Vec3<T> twist = Cross(point, total) + up * spin_impulse;
    const Vec3<T> v = v_W + R.ToWorld(total * inverse_mass_);
    p_W.z = Select(touches, T(p_W.z - height), p_W.z);
    v_W = {Select(touches, v.x, v_W.x), Select(touches, v.y, v_W.y), Select(touches, v.z, v_W.z)};
    w_B = {Select(touches, T(w_B.x + twist.x * inverse_x_), w_B.x),
           Select(touches, T(w_B.y + twist.y * inverse_y_), w_B.y),
           Select(touches, T(w_B.z + twist.z * inverse_z_), w_B.z)};
  }

 private:
  double radius_, half_height_, center_, reach_;             // m
  double inverse_mass_, inverse_x_, inverse_y_, inverse_z_;  // 1/kg, 1/(kg m^2)
  double largest_inverse_;                                   // 1/(kg m^2)
};

}  // namespace flyball::rotorcraft

#endif  // FLYBALL_PHYSICS_ROTORCRAFT_CONTACT_H_
