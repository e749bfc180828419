// Airframe: everything about one quadcopter that does not change in flight, as data.
#ifndef FLYBALL_PHYSICS_ROTORCRAFT_AIRFRAME_H_
#define FLYBALL_PHYSICS_ROTORCRAFT_AIRFRAME_H_

#include <array>
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

// How a rotor's speed w nears its command u: at the rate constant + slope (u + w), which is what
// drag that grows with the square of the speed makes of it.
struct RotorRate {
  double constant = 0;  // 1/s
  double slope = 0;     // 1/(s rpm)
};

// Read from a file (assets/drones/ORIGIN.md has the format).
struct Airframe {
  std::string name;
  std::string doc;
  double mass = 0;                                     // kg
  double inertia_x = 0, inertia_y = 0, inertia_z = 0;  // kg m^2
  double arm = 0;                                      // m, from the centre to a rotor
  double thrust_linear = 0, thrust_factor = 0;         // N/rpm, N/rpm^2 of one rotor
  double torque_linear = 0, torque_factor = 0;         // N m/rpm, N m/rpm^2 of one rotor
  double thrust_to_weight = 0;
  double max_speed = 0;         // m/s
  double propeller_radius = 0;  // m
  double ground_effect_coefficient = 0;
  double drag_xy = 0, drag_z = 0;            // N s/m per rad/s of summed rotor speed
  double body_drag_xy = 0, body_drag_z = 0;  // N s/m
  double downwash_gain = 0, downwash_slope = 0, downwash_offset = 1;  // of the peer's fit
  // m, of a cylinder upright in the body, and how far its centre is above the centre of mass.
  double collision_radius = 0, collision_height = 0, collision_z = 0;
  double rotor_time_constant = 0;  // s, first order; 0: the rates below say it
  RotorRate up, down;              // speeding up, slowing down
  bool plus = false;               // rotors on the axes, not between them
  std::array<Rotor, 4> rotors = {};

  double hover_rpm() const;   // of each rotor, hovering
  double max_rpm() const;     // where thrust is thrust_to_weight times weight
  double max_thrust() const;  // N, of all rotors
  double rest_height() const { return collision_height / 2 - collision_z; }  // m, on the ground
  double RotorThrust(double rpm) const { return (thrust_linear + thrust_factor * rpm) * rpm; }  // N
  double RotorTorque(double rpm) const { return (torque_linear + torque_factor * rpm) * rpm; }
  double RpmOf(double thrust) const;  // of a rotor that gives `thrust` (N); 0 if that is negative
  // s, a first-order lag that stands for the rotors' near hover.
  double lag() const;
  // m: height below which the gain of a rotor's thrust by the ground grows no more. There the gain
  // is 4/15 of the thrust for every airframe. 0: no ground effect.
  double ground_effect_clip() const;
};

// The airframes that come with the project.
const std::vector<std::string>& AirframeNames();
// One of them, or the file at a path (what contains a slash or ends in .txt). Throws InputError
// with the nearest name, DataError naming file and field for what a file lacks or has wrong.
Airframe FindAirframe(const std::string& name);
Airframe ParseAirframe(std::string_view text, const std::string& path);

}  // namespace flyball::rotorcraft

#endif  // FLYBALL_PHYSICS_ROTORCRAFT_AIRFRAME_H_
