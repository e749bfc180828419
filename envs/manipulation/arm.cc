#include "envs/manipulation/arm.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "physics/numeric/error.h"

namespace flyball {

Arm::Arm(World& world, const Robot& robot, const ArmSettings& settings)
    : world_(world), robot_(robot), settings_(settings),
      site_(world.scene().Id(Element::kSite, robot.end_effector_site)),
      chain_(world.scene(), site_),
      way_(chain_.num_joints(), settings.max_speed, settings.max_acceleration) {
  const auto add = [&](int joint, int address) {
    const double force = robot_.max_force[servos_.size()];
    servos_.push_back({.joint = joint,
                       .target = robot_.home[servos_.size()],
                       .gain = settings_.servo_gain,
                       .max_force = force});
    addresses_.push_back(address);
    dofs_.push_back(world.scene().JointDof(joint));
  };
  for (int i = 0; i < chain_.num_joints(); ++i) {
    add(chain_.joint_ids()[i], chain_.qpos_addresses()[i]);
  }
  for (const char* name : robot.gripper_joints) {
    const int joint = world.scene().Id(Element::kJoint, name);
    add(joint, world.scene().JointAddress(joint));
  }
  shaped_ = servos_;
  // w x y z: half a turn about x, the hand's z axis down.
  orientation_ = {0, 1, 0, 0};
  if (settings_.hold_home_orientation) {
    const std::span<const double> home(robot_.home.data(), chain_.num_joints());
    orientation_ = QuaternionOf(chain_.Forward(home).R_W);
  }
}

void Arm::Place(std::span<const double> q, std::span<double> qpos) {
  for (size_t i = 0; i < addresses_.size(); ++i) {
    qpos[addresses_[i]] = q[i];
    servos_[i].target = q[i];
  }
  way_.Start(q.first(chain_.num_joints()));
}

void Arm::CheckLimits(std::span<const double> q) const {
  for (size_t i = 0; i < servos_.size(); ++i) {
    const auto [low, high] = world_.scene().JointRange(servos_[i].joint);
    if (q[i] >= low && q[i] <= high) continue;
    throw InputError("joint " + std::to_string(i) + " is forced to " + std::to_string(q[i]) +
                     "; its limits are [" + std::to_string(low) + ", " + std::to_string(high) +
                     "]");
  }
}

void Arm::CurrentArmJoints(std::span<double> q) const {
  for (size_t i = 0; i < q.size(); ++i) q[i] = world_.qpos()[addresses_[i]];
}

void Arm::LeashedTarget(std::span<double> q) const {
  // A step's worth: enough to go on from, too little to overshoot by when the action turns, or to wind
  // up against a wall.
  constexpr double kLeash = 0.1;  // rad
  for (size_t i = 0; i < q.size(); ++i) {
    const double now = world_.qpos()[addresses_[i]];
    q[i] = std::clamp(servos_[i].target, now - kLeash, now + kLeash);
  }
}

void Arm::MoveEndEffector(const Vec3& displacement_W) {
  std::array<double, KinematicChain::kMostJoints> q;
  const std::span<double> arm(q.data(), chain_.num_joints());
  Vec3 target;
  if (settings_.from_target) {
    LeashedTarget(arm);
    target = chain_.Forward(arm).p_W;
  } else {
    CurrentArmJoints(arm);
    target = EndEffectorPosition();
  }
  for (int k = 0; k < 3; ++k) target[k] += displacement_W[k];
  target[2] = std::max(target[2], 0.0);
  SolveIk(chain_, settings_.ik, target, orientation_, arm);
  for (size_t i = 0; i < arm.size(); ++i) servos_[i].target = arm[i];
}

void Arm::MoveJoints(std::span<const double> displacement) {
  std::array<double, KinematicChain::kMostJoints> q;
  const std::span<double> arm(q.data(), displacement.size());
  if (settings_.from_target) {
    LeashedTarget(arm);
  } else {
    CurrentArmJoints(arm);
  }
  for (size_t i = 0; i < displacement.size(); ++i) {
    double target = arm[i] + displacement[i];
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
  if (settings_.max_speed <= 0.0) {
    world_.SetServos(servos_);
    world_.Step(settings_.substeps);
    return;
  }
  world_.SetServos(servos_);
  std::array<double, KinematicChain::kMostJoints> targets;
  const size_t n = chain_.num_joints();
  for (size_t i = 0; i < n; ++i) targets[i] = servos_[i].target;
  way_.Aim({targets.data(), n});
  world_.Step(settings_.substeps, [this](std::span<World::Servo> servos, int) {
    ShapeSubstep();
    std::copy(shaped_.begin(), shaped_.end(), servos.begin());
  });
}

void Arm::ShapeSubstep() {
  const double h = settings_.timestep;
  const size_t n = chain_.num_joints();
  shaped_ = servos_;
  std::array<double, KinematicChain::kMostJoints> now;
  std::copy_n(way_.position().begin(), n, now.begin());
  way_.Advance(h);
  for (size_t i = 0; i < n; ++i) {
    // What the arm was kept from doing it makes up for at the servo's rate, at no more than the speed
    // it may have.
    const double q = world_.qpos()[addresses_[i]];
    const double most = settings_.max_speed * h;
    const double behind = std::clamp(settings_.servo_gain * (now[i] - q), -most, most);
    shaped_[i].target = q + (way_.position()[i] - now[i]) + behind;
    shaped_[i].gain = 1.0;
  }
}

Vec3 Arm::EndEffectorPosition() const {
  if (settings_.stale_pose) return world_.PreviousSitePose(site_).p_W;
  // Through the arm's own chain: the rest of the scene's kinematics may not be needed at all.
  return Motion().pose.p_W;
}

Vec3 Arm::EndEffectorVelocity() const {
  return settings_.stale_pose ? world_.PreviousSiteTwist(site_).v_W : Motion().twist.v_W;
}

KinematicChain::Motion Arm::Motion() const {
  const size_t n = chain_.num_joints();
  std::array<double, KinematicChain::kMostJoints> q, v;
  for (size_t i = 0; i < n; ++i) {
    q[i] = world_.qpos()[addresses_[i]];
    v[i] = world_.qvel()[dofs_[i]];
  }
  return chain_.ForwardWithTwist({q.data(), n}, {v.data(), n});
}

double Arm::GripperWidth() const {
  double width = 0.0;
  for (size_t i = chain_.num_joints(); i < servos_.size(); ++i)
    width += world_.qpos()[addresses_[i]];
  return width;
}

void Arm::VisitState(StateVisitor& visitor) {
  for (World::Servo& servo : servos_) visitor("servo_target", servo.target);
  way_.VisitState(visitor);
}

void Arm::ReadJoints(std::span<double> q) const { CurrentArmJoints(q); }

}  // namespace flyball
