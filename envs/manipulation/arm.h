// Arm: a robot arm in a World, driven as its tasks drive it: displacements of the end effector or of
// the joints become servo targets, and what the task observes of the robot is read back.
#ifndef FLYBALL_ENVS_MANIPULATION_ARM_H_
#define FLYBALL_ENVS_MANIPULATION_ARM_H_

#include <memory>
#include <span>
#include <vector>

#include "envs/manipulation/inverse_kinematics.h"
#include "envs/manipulation/joint_way.h"
#include "envs/manipulation/robot.h"
#include "physics/world/kinematic_chain.h"
#include "physics/world/world.h"

namespace flyball {

// How the robot is driven. The figures of panda-gym are the peer's; `default` keeps its rate and its
// first-order servo and mends the rest.
struct ArmSettings {
  IkSettings ik;
  bool hold_home_orientation;  // else the gripper points exactly down, as panda-gym asks
  bool stale_pose;             // observe and act on the pose of one substep ago, as panda-gym does
  // Displacements count from where the arm was last told to be, so that what a saturated joint missed
  // is made up for; else from the measured state, as panda-gym counts.
  bool from_target;
  double timestep;    // s, of a substep
  int substeps;       // of a control step
  double servo_gain;  // share of the joint error removed a substep
  // Above zero: joints go to their targets together along a JointWay, at no more than this speed
  // (rad/s) and with no more than this acceleration (rad/s^2). What keeps them from it they make up
  // for at servo_gain.
  double max_speed;
  double max_acceleration;
  double finger_speed;  // m/s, with max_speed: of the fingers' way to their targets
};

class Arm {
 public:
  // Displacements count from where the joints were last told to be, but from no further ahead of where
  // they are (rad). A step's worth: enough to go on from, too little to overshoot by when the action
  // turns, or to wind up against a wall.
  static constexpr double kLeash = 0.1;

  Arm(World& world, const Robot& robot, const ArmSettings& settings);

  int num_joints() const { return chain_.num_joints(); }               // of the arm
  int num_drives() const { return static_cast<int>(servos_.size()); }  // with the gripper
  const KinematicChain& chain() const { return chain_; }

  // Puts arm and gripper at q (num_drives) into qpos, and makes that their target.
  void Place(std::span<const double> q, std::span<double> qpos);
  std::span<const double> home() const { return robot_.home; }
  // Throws InputError naming the joint if q (num_drives) is outside the limits.
  void CheckLimits(std::span<const double> q) const;

  // Sets servo targets: displacement of the end effector (m, world frame; z of the target stays above
  // the table) or of the arm's joints (rad), and the gripper's finger targets (m each).
  void MoveEndEffector(const Vec3& displacement_W);
  void MoveJoints(std::span<const double> displacement);
  void MoveGripper(double finger_target);
  // Opens (shuts, if negative) the fingers by so much between them (m).
  void ChangeGripperWidth(double change);
  // The same with a rotation (rotation vector, rad, world axes), which the orientation last told to be
  // is turned by.
  void MoveEndEffector(const Vec3& displacement_W, const Vec3& rotation_W);
  // Sets where the end effector is to be, turned from its home orientation by a rotation vector (rad,
  // world axes), or where the joints are to be.
  void PlaceEndEffector(const Vec3& p_W, const Vec3& rotation_W);
  // How far from the pose last asked for by PlaceEndEffector the joints that it set put the end effector.
  struct PoseError {
    double position = 0.0;  // m
    double rotation = 0.0;  // rad
  };
  const PoseError& pose_error() const { return pose_error_; }
  void PlaceJoints(std::span<const double> q);
  // Torques on the arm's joints (N m) besides those that hold it against gravity; the arm's servos are
  // off. Needs a model with motors.
  void PushJoints(std::span<const double> torque);
  // Factor (0, 1] on the share of its way that each servo of the arm covers in a substep.
  void SetServoGain(double factor) { servo_factor_ = factor; }
  // Runs one control step.
  void Step();

  // How far from p_W the end effector stays when the arm goes there from home as well as it can, its
  // orientation held (m).
  double Shortfall(const Vec3& p_W) const;

  Vec3 EndEffectorPosition() const;
  Vec3 EndEffectorVelocity() const;
  double GripperWidth() const;
  Pose EndEffectorPose() const;
  Twist EndEffectorTwist() const;
  void ReadJoints(std::span<double> q) const;              // (num_drives)
  void ReadJointVelocities(std::span<double> v) const;     // (num_drives)
  void ReadFingerForces(std::span<double> force_W) const;  // (6) on the bodies of two fingers, N

  void VisitState(StateVisitor& visitor);  // beside the World's

 private:
  void CurrentArmJoints(std::span<double> q) const;
  // Where displacements count from, not further than a leash from where the arm is.
  void LeashedTarget(std::span<double> q) const;
  // How the end effector stands and moves now.
  KinematicChain::Motion Motion() const;
  // One substep's share of the way to the targets, as servo targets.
  void ShapeSubstep();
  // Targets and strength of the fingers in a shaped substep.
  void ShapeFingers();
  void AimAt(const Vec3& p_W, const std::array<double, 4>& q_W, std::span<double> start);

  World& world_;
  Robot robot_;
  ArmSettings settings_;
  int site_;
  KinematicChain chain_;
  std::array<double, 4> orientation_;  // held by the end effector, w x y z
  std::vector<int> addresses_;         // of the drives in qpos
  std::vector<int> dofs_;              // of the drives in qvel
  std::vector<World::Servo> shaped_;   // scratch of ShapeSubstep
  JointWay way_;                       // with max_speed: what the servos follow
  std::vector<World::Servo> servos_;   // their targets are where the arm was last told to be
  PoseError pose_error_;               // of the present step
  double servo_factor_ = 1.0;
  std::vector<double> finger_way_;  // where the fingers are on the way to their targets (m)
  std::vector<int> finger_bodies_;  // of the gripper's joints
  std::vector<int> motors_;         // of the arm's joints, if it is driven by torques
};

}  // namespace flyball

#endif  // FLYBALL_ENVS_MANIPULATION_ARM_H_
