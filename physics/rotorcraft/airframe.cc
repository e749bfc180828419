#include "physics/rotorcraft/airframe.h"

#include <cmath>

#include "physics/numeric/error.h"

namespace flyball::rotorcraft {
namespace {

// Masses, inertias, rotor places and coefficients: the URDF files of gym-pybullet-drones. Time
// constants of rotors: 72 ms identified on a Crazyflie by Eschmann et al. (arXiv 2404.07837); 40 ms
// for the racer is Aerial Gym's figure for small brushless drives. The racer's collision cylinder
// is the peer's, which is the Crazyflie's.
constexpr Airframe kAirframes[] = {
    {.name = "cf2x",
     .doc = "Bitcraze Crazyflie 2 flown as an X",
     .mass = 0.027,
     .inertia_xy = 1.4e-5,
     .inertia_z = 2.17e-5,
     .arm = 0.0397,
     .thrust_factor = 3.16e-10,
     .torque_factor = 7.94e-12,
     .thrust_to_weight = 2.25,
     .max_speed = 30 / 3.6,
     .propeller_radius = 2.31348e-2,
     .ground_effect_coefficient = 11.36859,
     .drag_xy = 9.1785e-7,
     .drag_z = 10.311e-7,
     .downwash_gain = 2267.18,
     .downwash_slope = 0.16,
     .downwash_offset = -0.11,
     .collision_radius = 0.06,
     .collision_height = 0.025,
     .rotor_time_constant = 0.072,
     .plus = false,
     .rotors =
         {{{0.028, -0.028, -1}, {-0.028, -0.028, 1}, {-0.028, 0.028, -1}, {0.028, 0.028, 1}}}},
    {.name = "cf2p",
     .doc = "Bitcraze Crazyflie 2 flown as a plus",
     .mass = 0.027,
     .inertia_xy = 2.3951e-5,
     .inertia_z = 3.2347e-5,
     .arm = 0.0397,
     .thrust_factor = 3.16e-10,
     .torque_factor = 7.94e-12,
     .thrust_to_weight = 2.25,
     .max_speed = 30 / 3.6,
     .propeller_radius = 2.31348e-2,
     .ground_effect_coefficient = 11.36859,
     .drag_xy = 9.1785e-7,
     .drag_z = 10.311e-7,
     .downwash_gain = 2267.18,
     .downwash_slope = 0.16,
     .downwash_offset = -0.11,
     .collision_radius = 0.06,
     .collision_height = 0.025,
     .rotor_time_constant = 0.072,
     .plus = true,
     .rotors = {{{0.0397, 0, -1}, {0, 0.0397, 1}, {-0.0397, 0, -1}, {0, -0.0397, 1}}}},
    {.name = "race",
     .doc = "a racing quadcopter of 0.83 kg",
     .mass = 0.830,
     .inertia_xy = 3.113e-3,
     .inertia_z = 3.113e-3,
     .arm = 0.109,
     .thrust_factor = 8.47e-9,
     .torque_factor = 2.13e-11,
     .thrust_to_weight = 4.17,
     .max_speed = 200 / 3.6,
     .propeller_radius = 0.127,
     .ground_effect_coefficient = 11.36859,
     .drag_xy = 9.1785e-7,
     .drag_z = 10.311e-7,
     .downwash_gain = 2267.18,
     .downwash_slope = 0.16,
     .downwash_offset = -0.11,
     .collision_radius = 0.06,
     .collision_height = 0.025,
     .rotor_time_constant = 0.040,
     .plus = false,
     .rotors =
         {{{0.085, 0.0675, 1}, {-0.085, 0.0675, -1}, {-0.085, -0.0675, 1}, {0.085, -0.0675, -1}}}},
};

}  // namespace

double Airframe::hover_rpm() const { return std::sqrt(mass * kGravity / (4 * thrust_factor)); }

double Airframe::max_rpm() const {
  return std::sqrt(thrust_to_weight * mass * kGravity / (4 * thrust_factor));
}

double Airframe::max_thrust() const { return 4 * thrust_factor * max_rpm() * max_rpm(); }

double Airframe::ground_effect_clip() const {
  return 0.25 * propeller_radius *
         std::sqrt(15 * max_rpm() * max_rpm() * thrust_factor * ground_effect_coefficient /
                   max_thrust());
}

std::span<const Airframe> Airframes() { return kAirframes; }

std::vector<std::string> AirframeNames() {
  std::vector<std::string> names;
  for (const Airframe& airframe : kAirframes) names.emplace_back(airframe.name);
  return names;
}

const Airframe& FindAirframe(std::string_view name) {
  for (const Airframe& airframe : kAirframes) {
    if (airframe.name == name) return airframe;
  }
  throw InputError(UnknownName("airframe", name, AirframeNames()));
}

}  // namespace flyball::rotorcraft
