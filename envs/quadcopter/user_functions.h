// Functions of a user's own that act on drones: a field of wind, and a force and a torque that the
// model lacks. C++ code registers them under a name, options choose them by it: wind_field="name",
// residual={"function": "name"}.
//
// They must be pure: what they return depends on their arguments alone, so that rows repeat and
// snapshots need nothing of them. Several threads may call one at a time. Where one throws, or what
// it returns is not finite, the row has failed: it is rolled back and its episode is cut.
#ifndef FLYBALL_ENVS_QUADCOPTER_USER_FUNCTIONS_H_
#define FLYBALL_ENVS_QUADCOPTER_USER_FUNCTIONS_H_

#include <functional>
#include <span>
#include <string>

namespace flyball::quadcopter {

// Velocity of the air (m/s, world) at `p_W` (m, world), `time` (s) after the start of the episode;
// added to the mean wind and the gusts. Called once for each drone in a control step.
using WindField =
    std::function<void(double time, std::span<const double, 3> p_W, std::span<double, 3> wind_W)>;

// A drone at the start of a control step.
struct DroneView {
  double time;                         // s after the start of the episode
  std::span<const double, 3> p_W;      // m
  std::span<const double, 4> q_WB;     // attitude, x y z w
  std::span<const double, 3> v_B;      // m/s
  std::span<const double, 3> w_B;      // rad/s
  std::span<const double, 3> up_B;     // the world's up, of length 1
  std::span<const double, 4> rotors;   // speeds over hover speed
  std::span<const double> neighbours;  // 6 for each of option `neighbours`, the nearest first:
                                       // position (m) and velocity (m/s) relative to the drone's,
                                       // in its axes; zeros where there is none
};

// Force (N) and torque (N m) on a drone, in its body, over a control step: 6 numbers.
using ResidualFunction = std::function<void(const DroneView& drone, std::span<double, 6> wrench_B)>;

// Never throw, so that a static initialiser may call them. What is wrong is told to those who ask for
// the name: a function that is empty, or a name that was given twice, which then is nobody's.
void RegisterWindField(const std::string& name, WindField field);
void RegisterResidual(const std::string& name, ResidualFunction function);

// Throw InputError naming the nearest name if there is none such, and where registering went wrong.
WindField FindWindField(const std::string& name);
ResidualFunction FindResidual(const std::string& name);

}  // namespace flyball::quadcopter

#endif  // FLYBALL_ENVS_QUADCOPTER_USER_FUNCTIONS_H_
