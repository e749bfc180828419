// Constraint rows of a hinge or slide joint: limits, servo, dry friction. Bullet's own classes name
// the parent link as a second body and so compute every row twice; these name one body, and the
// sums are the same.
#ifndef FLYBALL_PHYSICS_WORLD_BULLET_JOINT_ROWS_H_
#define FLYBALL_PHYSICS_WORLD_BULLET_JOINT_ROWS_H_

#include "physics/world/bullet/bullet.h"

namespace flyball::bullet {

// Share of a shallow limit's violation removed a substep: Bullet's own.
inline constexpr double kLimitErp = 0.2;

// One row along a joint's single degree of freedom.
class JointRow : public btMultiBodyConstraint {
 public:
  JointRow(btMultiBody* body, int link, int type);
  void finalizeMultiDof() override;
  int getIslandIdA() const override { return -1; }
  int getIslandIdB() const override { return -1; }
  void debugDraw(btIDebugDraw*) override {}

 protected:
  // Adds the row that drives the joint's velocity to `velocity` with an impulse between the limits;
  // `direction` is +1 or -1.
  btMultiBodySolverConstraint& Add(btMultiBodyConstraintArray& rows, btMultiBodyJacobianData& data,
                                   const btContactSolverInfo& info, int direction, double velocity,
                                   double lower_impulse, double upper_impulse);
};

// Keeps the joint between two positions (Bullet's coordinates); acts only beyond them.
class JointLimit final : public JointRow {
 public:
  JointLimit(btMultiBody* body, int link, double lower, double upper)
      : JointRow(body, link, MULTIBODY_CONSTRAINT_LIMIT), lower_(lower), upper_(upper) {}
  bool active() const {
    const double q = m_bodyA->getJointPos(m_linkA);
    return q <= lower_ || q >= upper_;
  }
  // Whether the limit leaves a velocity as it is.
  bool Allows(double velocity, double timestep) const;
  void createConstraintRows(btMultiBodyConstraintArray& rows, btMultiBodyJacobianData& data,
                            const btContactSolverInfo& info) override;

 private:
  double lower_, upper_;
};

// Drives the joint's velocity to gain * (target - q) / timestep with at most max_force: PyBullet's
// position control with velocity gain 1. Gain 0 resists motion: dry friction.
class JointDrive final : public JointRow {
 public:
  JointDrive(btMultiBody* body, int link)
      : JointRow(body, link, MULTIBODY_CONSTRAINT_1DOF_JOINT_MOTOR) {}
  void Set(double target, double gain, double max_force) {
    target_ = target, gain_ = gain, max_force_ = max_force, feedforward_ = 0;
  }
  // What part of the force acts already, as a joint torque: the row has only the rest to give.
  void SetFeedforward(double force) { feedforward_ = force; }
  bool active() const { return max_force_ > 0; }
  void createConstraintRows(btMultiBodyConstraintArray& rows, btMultiBodyJacobianData& data,
                            const btContactSolverInfo& info) override;

 private:
  double target_ = 0, gain_ = 0, max_force_ = 0, feedforward_ = 0;
};

// A viscous damper, implicit in the new velocity: stable at any coefficient and timestep.
class JointDamper final : public JointRow {
 public:
  JointDamper(btMultiBody* body, int link, double coefficient)
      : JointRow(body, link, MULTIBODY_CONSTRAINT_1DOF_JOINT_MOTOR), coefficient_(coefficient) {}
  void createConstraintRows(btMultiBodyConstraintArray& rows, btMultiBodyJacobianData& data,
                            const btContactSolverInfo& info) override;

 private:
  double coefficient_;  // N m s/rad or N s/m, > 0
};

}  // namespace flyball::bullet

#endif  // FLYBALL_PHYSICS_WORLD_BULLET_JOINT_ROWS_H_
