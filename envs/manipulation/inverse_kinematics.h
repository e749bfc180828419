// Inverse kinematics of an arm's end effector, the same for both engines.
#ifndef FLYBALL_ENVS_MANIPULATION_INVERSE_KINEMATICS_H_
#define FLYBALL_ENVS_MANIPULATION_INVERSE_KINEMATICS_H_

#include <array>
#include <limits>
#include <span>

#include "physics/world/kinematic_chain.h"

namespace flyball {

// Damped least squares: dq = (J'J + damping I)^-1 J'e with e = (position error, rotation vector).
struct IkSettings {
  double damping;             // added to the diagonal as it stands: metres and radians mix
  int iterations;             // at most
  double position_tolerance;  // m
  double rotation_tolerance;  // rad; infinite: orientation does not decide when to stop
  double largest_step;        // rad, of any joint in one iteration
  bool within_limits;         // joints stop at their limits, and the others make up for them
  // Takes back steps that lead away, with more damping, and stops where nothing more is to be had or
  // where a step must land within the tolerances. Else every step is taken, until a look is close.
  bool adapts;
};

// What should be: converges to 1e-7 m and 1e-6 rad wherever the arm can go, and keeps to the limits.
// From the last target to one 50 mm away takes three iterations. Out of reach it ends where the squared
// error (m^2 + rad^2) is least.
inline constexpr IkSettings kConvergingIk = {.damping = 1e-5,
                                             .iterations = 50,
                                             .position_tolerance = 1e-7,
                                             .rotation_tolerance = 1e-6,
                                             .largest_step = 0.5,
                                             .within_limits = true,
                                             .adapts = true};

// Bullet's, as panda-gym calls it: 20 iterations at a damping that keeps it from converging (a request
// of 50 mm along x ends 15 mm short), no limits, and only the position decides when to stop, one
// iteration late.
inline constexpr IkSettings kBulletIk = {
    .damping = 0.5,
    .iterations = 20,
    .position_tolerance = 1e-4,
    .rotation_tolerance = std::numeric_limits<double>::infinity(),
    .largest_step = 0.78539816339744828,
    .within_limits = false,
    .adapts = false};

// Improves q (num_joints) towards the pose. `q_target`: w x y z. Allocates nothing.
void SolveIk(const KinematicChain& chain, const IkSettings& settings, const Vec3& p_target_W,
             const std::array<double, 4>& q_target_W, std::span<double> q);

// w x y z of a rotation matrix.
std::array<double, 4> QuaternionOf(const Mat3& R);

}  // namespace flyball

#endif  // FLYBALL_ENVS_MANIPULATION_INVERSE_KINEMATICS_H_
