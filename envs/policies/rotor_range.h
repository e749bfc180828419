// RotorRange: what to ask of rotors that cannot give all that is wanted of them.
#ifndef FLYBALL_ENVS_POLICIES_ROTOR_RANGE_H_
#define FLYBALL_ENVS_POLICIES_ROTOR_RANGE_H_

#include "physics/rotorcraft/airframe.h"

namespace flyball::policies {

// Commands clipped rotor by rotor give neither the thrust nor the torque that was wanted: a drone that
// climbs at full speed cannot turn. This keeps, in this order, what turns the drone about its level
// axes, thrust, and what turns it about z: as large a share of each as the range leaves.
class RotorRange {
 public:
  // Commands within [least, most] (rpm) are held for `period` (s); `lagging`: rotors follow them with
  // the airframe's lag, and commands are set to have rotors where they are wanted after a period.
  RotorRange(const rotorcraft::Airframe& airframe, double least, double most, double period,
             bool lagging);

  // Brings commands (4, rpm) for rotors that turn at `now` (4, rpm) into the range. Those that are
  // within it stay as they are.
  void Fit(const double* now, double* commands) const;

 private:
  rotorcraft::Airframe airframe_;
  double least_, most_;  // rpm
  double lead_;          // of a command over the change of speed that it makes in a period
};

}  // namespace flyball::policies

#endif  // FLYBALL_ENVS_POLICIES_ROTOR_RANGE_H_
