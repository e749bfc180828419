// Pilots: controllers that fly a quadcopter to a moving target, each from what a motion-capture room
// would tell it. What they ask for is thrust and torque; how that becomes an action is the task's
// business.
#ifndef FLYBALL_ENVS_POLICIES_PILOT_H_
#define FLYBALL_ENVS_POLICIES_PILOT_H_

#include <memory>
#include <span>
#include <string_view>

#include "envs/policies/geometric.h"
#include "physics/rotorcraft/airframe.h"

namespace flyball::policies {

struct PilotView {
  Vec3<double> p, v;                          // m, m/s, world
  rotorcraft::Quat<double> q;                 // body to world
  Vec3<double> rpy;                           // rad
  Rotation<double> R;                         // body to world
  Vec3<double> w_B;                           // rad/s, body
  const double* rpm;                          // (4) of the rotors
  Vec3<double> target_p, target_v, target_a;  // m, m/s, m/s^2, world
};

struct PilotDemand {
  double thrust;              // N
  Vec3<double> torque;        // N m, body
  Vec3<double> acceleration;  // m/s^2, world: what thrust and attitude are to give
  bool has_rpm = false;       // rotor speeds are asked for instead
  double rpm[4] = {};
};

struct PilotSettings {
  double period = 1.0 / 30;  // s between calls
  double aside = 5.0;        // m/s^2, most acceleration asked for level
  double up = 5.0;           // m/s^2, up or down
  double turn = 300.0;       // rad/s^2, angular acceleration that rotors can give about x and y
};

class Pilot {
 public:
  virtual ~Pilot() = default;
  // Numbers it remembers of each drone; zeros at the start of an episode.
  virtual int memory_size() const { return 0; }
  virtual PilotDemand Fly(const PilotView& view, std::span<double> memory) const = 0;
};

// Lee's geometric tracking control, with the target's acceleration fed forward.
std::unique_ptr<Pilot> MakeGeometricPilot(const rotorcraft::Airframe& airframe,
                                          const PilotSettings& settings);
// After Mellinger and Kumar (ICRA 2011) as the Crazyflie's firmware has it: a PID on position, whose
// force gives the attitude, and turning rates fed forward from how that attitude moves.
std::unique_ptr<Pilot> MakeMellingerPilot(const rotorcraft::Airframe& airframe,
                                          const PilotSettings& settings);
// Linear-quadratic regulator of the hover linearisation: level position to angular acceleration is
// a chain of four integrators, height one of two, heading one of two.
std::unique_ptr<Pilot> MakeLqrPilot(const rotorcraft::Airframe& airframe,
                                    const PilotSettings& settings);
// Model-predictive control of the same chains with bounded inputs: 25 steps of at least 1/30 s, the
// regulator's cost to go at the end.
std::unique_ptr<Pilot> MakeMpcPilot(const rotorcraft::Airframe& airframe,
                                    const PilotSettings& settings);

}  // namespace flyball::policies

#endif  // FLYBALL_ENVS_POLICIES_PILOT_H_
