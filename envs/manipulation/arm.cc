#include "envs/manipulation/arm.h"

#include <algorithm>
#include <string>

#include "physics/numeric/error.h"

namespace flyball {

Arm::Arm(World& world, const Robot& robot, const ArmSettings& settings)
    : world_(world), robot_(robot), settings_(settings),
      site_(world.scene().Id(Element::kSite, robot.end_effector_site)),
      chain_(world.scene(), site_) {
  const auto add = [&](int joint, int address) {
    const double force = robot_.max_force[servos_.size()];
    servos_.push_back({.joint = joint, .target = robot_.home[servos_.size()],
                       .gain = settings_.servo_gain, .max_force = force});
    addresses_.push_back(address);
  };
  for (int i = 0; i < chain_.num_joints(); ++i) {
    add(chain_.joint_ids()[i], chain_.qpos_addresses()[i]);
  }
  for (const char* name : robot.gripper_joints) {
    const int joint = world.scene().Id(Element::kJoint, name);
    add(joint, world.scene().JointAddress(joint));
  }
  // w x y z: half a turn about x, the hand's z axis down.
  orientation_ = {0, 1, 0, 0};
  if (settings_.hold_home_orientation) {
    const std::span<const double> home(robot_.home.data(), chain_.num_joints());
    orientation_ = QuaternionOf(chain_.Forward(home).R_W);
  }
}

void Arm::Place(std::span<const double> q, std::span<double> qpos) const {
  for (size_t i = 0; i < addresses_.size(); ++i) qpos[addresses_[i]] = q[i];
}

void Arm::CheckLimits(std::span<const double> q) const {
  for (size_t i = 0; i < servos_.size(); ++i) {
    const auto [low, high] = world_.scene().JointRange(servos_[i].joint);
    if (q[i] >= low && q[i] <= high) continue;
    throw InputError("joint " + std::to_string(i) + " is forced to " + std::to_string(q[i]) +
                     "; its limits are [" + std::to_string(low) + ", " + std::to_string(high) + "]");
  }
}

void Arm::CurrentArmJoints(std::span<double> q) const {
  for (size_t i = 0; i < q.size(); ++i) q[i] = world_.qpos()[addresses_[i]];
}

void Arm::MoveEndEffector(const Vec3& displacement_W) {
  Vec3 target = EndEffectorPosition();
  for (int k = 0; k < 3; ++k) target[k] += displacement_W[k];
  target[2] = std::max(target[2], 0.0);
  std::array<double, 32> q;
  const std::span<double> arm(q.data(), chain_.num_joints());
  CurrentArmJoints(arm);
  SolveIk(chain_, settings_.ik, target, orientation_, arm);
  for (size_t i = 0; i < arm.size(); ++i) servos_[i].target = arm[i];
}

void Arm::MoveJoints(std::span<const double> displacement) {
  for (size_t i = 0; i < displacement.size(); ++i) {
    double target = world_.qpos()[addresses_[i]] + displacement[i];
    if (settings_.ik.within_limits) target = std::clamp(target, chain_.low()[i], chain_.high()[i]);
    servos_[i].target = target;
  }
}

void Arm::MoveGripper(double finger_target) {
  for (size_t i = chain_.num_joints(); i < servos_.size(); ++i) {
    const auto [low, high] = world_.scene().JointRange(servos_[i].joint);
    servos_[i].target = std::clamp(finger_target, low, high);
  }
}

void Arm::Step() {
  world_.SetServos(servos_);
  world_.Step(settings_.substeps);
}

Vec3 Arm::EndEffectorPosition() const {
  return settings_.stale_pose ? world_.PreviousSitePose(site_).p_W : world_.SitePose(site_).p_W;
}

Vec3 Arm::EndEffectorVelocity() const {
  return settings_.stale_pose ? world_.PreviousSiteTwist(site_).v_W : world_.SiteTwist(site_).v_W;
}

double Arm::GripperWidth() const {
  double width = 0.0;
  for (size_t i = chain_.num_joints(); i < servos_.size(); ++i) width += world_.qpos()[addresses_[i]];
  return width;
}

void Arm::ReadJoints(std::span<double> q) const { CurrentArmJoints(q); }

}  // namespace flyball
