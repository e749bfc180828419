// A cascaded PID for any airframe: position to acceleration, acceleration to attitude and thrust,
// attitude to turning rate, rate to rotor speeds. Its gains follow from how often it is asked.
#ifndef FLYBALL_ENVS_POLICIES_CASCADE_H_
#define FLYBALL_ENVS_POLICIES_CASCADE_H_

#include <span>

#include "physics/rotorcraft/airframe.h"
#include "physics/rotorcraft/rotation.h"

namespace flyball::policies {

struct CascadeSettings {
  double period = 1.0 / 30.0;    // s between calls
  double rotor_lag = 0.0;        // s, first order; 0: rotors obey at once. Commands make up for it
  double acceleration_up = 4.0;  // m/s^2, largest asked for upwards or downwards
};

struct CascadeMemory {
  rotorcraft::Vec3<double> integral = {0, 0, 0};  // m s, of the position error
};

class Cascade {
 public:
  Cascade(const rotorcraft::Airframe& airframe, const CascadeSettings& settings);

  // Rotor speeds (rpm, 4) that bring a drone to a target, heading along x. `kinematics` (20):
  // position, quaternion xyzw, rpy, velocity, angular velocity in the world, rpm. `target` (9):
  // position, velocity, acceleration in the world.
  void Step(CascadeMemory& memory, std::span<const double> kinematics,
            std::span<const double> target, std::span<double> rpm) const;

 private:
  rotorcraft::Airframe airframe_;
  CascadeSettings settings_;
  double rate_gain_, attitude_gain_;                      // 1/s, 1/s^2
  double velocity_gain_, position_gain_, integral_gain_;  // 1/s, 1/s^2, 1/s^3
  double lead_;  // how much further than wanted a rotor is told to go, to be there in time
  double span_x_, span_y_;  // m^2, sums of squares of the rotors' places
};

}  // namespace flyball::policies

#endif  // FLYBALL_ENVS_POLICIES_CASCADE_H_
