// The way that an arm's joints take to where they are told to be, as a function of time: what their
// servos follow. It is laid anew in every control step from where it has got to, and does not depend on
// how finely the physics is stepped.
#ifndef FLYBALL_ENVS_MANIPULATION_JOINT_WAY_H_
#define FLYBALL_ENVS_MANIPULATION_JOINT_WAY_H_

#include <span>
#include <vector>

#include "physics/numeric/state_visitor.h"

namespace flyball {

class JointWay {
 public:
  // No joint goes faster than max_speed (rad/s) or changes its speed faster than max_acceleration
  // (rad/s^2).
  JointWay(int num_joints, double max_speed, double max_acceleration);

  // Stands at q.
  void Start(std::span<const double> q);
  // Goes from where it is, at the speed it has, to stand still at `target`. All joints arrive together,
  // as soon as the limits allow; from rest that is a straight line in joint space. Each follows a cubic
  // in time.
  void Aim(std::span<const double> target);
  // Goes on by dt (s).
  void Advance(double dt);

  std::span<const double> position() const { return position_; }  // rad
  std::span<const double> speed() const { return speed_; }        // rad/s

  // The largest speed (rad/s) that one joint has within a time (s) of aiming at a place this far away
  // (rad) while it moves at `speed` (rad/s), under these limits.
  static double PeakSpeed(double distance, double speed, double max_speed, double max_acceleration,
                          double time);

  // Position and speed; to be called between an Advance and an Aim.
  void VisitState(StateVisitor& visitor);

 private:
  double max_speed_, max_acceleration_;
  std::vector<double> position_, speed_;
  // Of the present plan: position, speed, acceleration and jerk at its begin, its end, and when it ends.
  std::vector<double> position0_, speed0_, acceleration0_, jerk_, target_;
  double time_ = 0.0, duration_ = 0.0;
};

}  // namespace flyball

#endif  // FLYBALL_ENVS_MANIPULATION_JOINT_WAY_H_
