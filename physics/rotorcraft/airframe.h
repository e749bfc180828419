// Airframe: everything about one quadcopter that does not change in flight, as data.
#ifndef FLYBALL_PHYSICS_ROTORCRAFT_AIRFRAME_H_
#define FLYBALL_PHYSICS_ROTORCRAFT_AIRFRAME_H_

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace flyball::rotorcraft {

// Acceleration of gravity (m/s^2) that the airframes' hover speeds are quoted with.
inline constexpr double kGravity = 9.8;

struct Rotor {
  double x, y;  // m, in the body: x forward, y left, z up; the centre of mass is the origin
  double yaw;   // +1 or -1: sign of the torque about body z that its drag gives
};

struct Airframe {
  std::string_view name;
  std::string_view doc;
  double mass;           // kg
  double inertia_xy;     // kg m^2, about x and about y
  double inertia_z;      // kg m^2
  double arm;            // m, from the centre to a rotor
  double thrust_factor;  // N/rpm^2 of one rotor
  double torque_factor;  // N m/rpm^2 of one rotor
  double thrust_to_weight;
  double max_speed;         // m/s
  double propeller_radius;  // m
  double ground_effect_coefficient;
  double drag_xy, drag_z;                                 // N s/m per rad/s of summed rotor speed
  double downwash_gain, downwash_slope, downwash_offset;  // of the fitted downwash (kFitted)
  double collision_radius, collision_height;              // m, of a cylinder about the centre
  double rotor_time_constant;  // s, first order, of rotor speed after a command
  bool plus;                   // rotors on the axes, not between them
  std::array<Rotor, 4> rotors;

  double hover_rpm() const;   // of each rotor, hovering
  double max_rpm() const;     // where thrust is thrust_to_weight times weight
  double max_thrust() const;  // N, of all rotors
  // m: height below which the gain of a rotor's thrust by the ground grows no more. There the gain
  // is 4/15 of the thrust for every airframe.
  double ground_effect_clip() const;
};

std::span<const Airframe> Airframes();
std::vector<std::string> AirframeNames();
// Throws InputError with the nearest name.
const Airframe& FindAirframe(std::string_view name);

}  // namespace flyball::rotorcraft

#endif  // FLYBALL_PHYSICS_ROTORCRAFT_AIRFRAME_H_
