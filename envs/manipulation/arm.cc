#include "envs/manipulation/arm.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <string>

#include "physics/numeric/describe.h"
#include "physics/numeric/error.h"
#include "physics/world/element_body.h"

namespace flyball {
namespace {

// The orientation q (w x y z), turned by a rotation vector in world axes.
std::array<double, 4> Turned(const Vec3& rotation, const std::array<double, 4>& q) {
  const double angle = std::hypot(rotation[0], rotation[1], rotation[2]);
  const double scale = angle > 1e-12 ? std::sin(angle / 2) / angle : 0.5;
  const double w = std::cos(angle / 2), x = scale * rotation[0], y = scale * rotation[1],
               z = scale * rotation[2];
  return {w * q[0] - x * q[1] - y * q[2] - z * q[3], w * q[1] + x * q[0] + y * q[3] - z * q[2],
          w * q[2] - x * q[3] + y * q[0] + z * q[1], w * q[3] + x * q[2] - y * q[1] + z * q[0]};
}

// The angle (rad) between two orientations (w x y z, unit).
double AngleBetween(const std::array<double, 4>& a, const std::array<double, 4>& b) {
  // Of a conjugate(b): accurate for small angles too.
  const double w = a[0] * b[0] + a[1] * b[1] + a[2] * b[2] + a[3] * b[3];
  const double x = a[1] * b[0] - a[0] * b[1] + a[3] * b[2] - a[2] * b[3];
  const double y = a[2] * b[0] - a[0] * b[2] + a[1] * b[3] - a[3] * b[1];
  const double z = a[3] * b[0] - a[0] * b[3] + a[2] * b[1] - a[1] * b[2];
  return 2.0 * std::atan2(std::hypot(x, y, z), std::abs(w));
}

}  // namespace

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
  for (const std::string& name : robot.gripper_joints) {
    const int joint = world.scene().Id(Element::kJoint, name);
    add(joint, world.scene().JointAddress(joint));
    finger_bodies_.push_back(JointBody(world.scene(), joint));
    finger_way_.push_back(0.0);
  }
  shaped_ = servos_;
  motors_.resize(world.scene().Names(Element::kActuator).size());
  std::iota(motors_.begin(), motors_.end(), 0);
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
  pose_error_ = {};
  const size_t n = static_cast<size_t>(chain_.num_joints());
  std::copy(q.begin() + n, q.end(), finger_way_.begin());
}

void Arm::CheckLimits(std::span<const double> q) const {
  for (size_t i = 0; i < servos_.size(); ++i) {
    // Limits give a little on both engines: what `state` shows must be fit to be forced.
    constexpr double kGive = 1e-3;  // rad or m
    const auto [low, high] = world_.scene().JointRange(servos_[i].joint);
    if (q[i] >= low - kGive && q[i] <= high + kGive) continue;
    const Scene& scene = world_.scene();
    throw InputError("joint " + std::to_string(i) + " ('" +
                     scene.Names(Element::kJoint)[servos_[i].joint] + "') is forced to " +
                     Describe(q[i]) + "; its limits are [" + Describe(low) + ", " + Describe(high) +
                     "]");
  }
}

void Arm::CurrentArmJoints(std::span<double> q) const {
  for (size_t i = 0; i < q.size(); ++i) q[i] = world_.qpos()[addresses_[i]];
}

void Arm::LeashedTarget(std::span<double> q) const {
  CurrentArmJoints(q);
  double farthest = 0.0;
  for (size_t i = 0; i < q.size(); ++i) {
    farthest = std::max(farthest, std::abs(servos_[i].target - q[i]));
  }
  // All joints by the same share: the way to where they were told to be is not bent.
  const double share = farthest > kLeash ? kLeash / farthest : 1.0;
  for (size_t i = 0; i < q.size(); ++i) q[i] += share * (servos_[i].target - q[i]);
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
  AimAt(target, orientation_, arm);
}

void Arm::AimAt(const Vec3& p_W, const std::array<double, 4>& q_W, std::span<double> start) {
  SolveIk(chain_, settings_.ik, {p_W[0], p_W[1], std::max(p_W[2], 0.0)}, q_W, start);
  for (size_t i = 0; i < start.size(); ++i) servos_[i].target = start[i];
}

void Arm::MoveEndEffector(const Vec3& displacement_W, const Vec3& rotation_W) {
  std::array<double, 32> q;
  const std::span<double> arm(q.data(), chain_.num_joints());
  LeashedTarget(arm);
  const KinematicChain::State from = chain_.Forward(arm);
  Vec3 target = from.p_W;
  for (int k = 0; k < 3; ++k) target[k] += displacement_W[k];
  AimAt(target, Turned(rotation_W, QuaternionOf(from.R_W)), arm);
}

void Arm::PlaceEndEffector(const Vec3& p_W, const Vec3& rotation_W) {
  std::array<double, 32> q;
  const std::span<double> arm(q.data(), chain_.num_joints());
  LeashedTarget(arm);
  const std::array<double, 4> q_W = Turned(rotation_W, orientation_);
  AimAt(p_W, q_W, arm);
  const KinematicChain::State end = chain_.Forward(arm);
  pose_error_ = {std::hypot(end.p_W[0] - p_W[0], end.p_W[1] - p_W[1], end.p_W[2] - p_W[2]),
                 AngleBetween(QuaternionOf(end.R_W), q_W)};
}

void Arm::PlaceJoints(std::span<const double> q) {
  for (size_t i = 0; i < q.size(); ++i) {
    servos_[i].target = std::clamp(q[i], chain_.low()[i], chain_.high()[i]);
  }
}

void Arm::PushJoints(std::span<const double> torque) {
  for (size_t i = 0; i < torque.size(); ++i) {
    world_.ctrl()[static_cast<size_t>(motors_[i])] = torque[i];
  }
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

void Arm::ChangeGripperWidth(double change) {
  double width = GripperWidth();
  if (settings_.from_target) {
    width = 0.0;
    for (size_t i = chain_.num_joints(); i < servos_.size(); ++i) width += servos_[i].target;
  }
  MoveGripper((width + change) / 2.0);
}

void Arm::Step() {
  if (!motors_.empty()) {
    for (int k = 0; k < settings_.substeps; ++k) {
      ShapeFingers();
      world_.SetServos(std::span(shaped_).subspan(chain_.num_joints()));
      world_.Step(1);
    }
    return;
  }
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
    shaped_[i].gain = servo_factor_;
  }
  ShapeFingers();
}

void Arm::ShapeFingers() {
  // Fingers go to their targets at their own speed, and press on when something is between them: the
  // way goes on without them. One drive moves both in the real gripper; here the one that is ahead
  // presses less, so that what they hold stays in the middle.
  constexpr double kCentring = 2000.0, kDamping = 60.0;  // N/m, N s/m
  const size_t n = chain_.num_joints(), fingers = finger_way_.size();
  for (size_t i = 0; i < fingers; ++i) {
    const double most = settings_.finger_speed * settings_.timestep;
    finger_way_[i] += std::clamp(servos_[n + i].target - finger_way_[i], -most, most);
    shaped_[n + i].target = finger_way_[i];
    shaped_[n + i].gain = 1.0;
  }
  if (fingers != 2) return;
  const double behind =
      kCentring * (world_.qpos()[addresses_[n]] - world_.qpos()[addresses_[n + 1]]) +
      kDamping * (world_.qvel()[dofs_[n]] - world_.qvel()[dofs_[n + 1]]);
  const double most = servos_[n].max_force, least = 0.25 * most;
  shaped_[n].max_force = std::clamp(most + std::min(behind, 0.0), least, most);
  shaped_[n + 1].max_force = std::clamp(most - std::max(behind, 0.0), least, most);
}

double Arm::Shortfall(const Vec3& p_W) const {
  std::array<double, 32> storage;
  const std::span<double> q(storage.data(), static_cast<size_t>(chain_.num_joints()));
  std::copy_n(robot_.home.begin(), q.size(), q.begin());
  SolveIk(chain_, kConvergingIk, p_W, orientation_, q);
  const Vec3 end = chain_.Forward(q).p_W;
  return std::hypot(end[0] - p_W[0], end[1] - p_W[1], end[2] - p_W[2]);
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
  visitor("finger_way", std::span<double>(finger_way_));
}

Pose Arm::EndEffectorPose() const {
  return settings_.stale_pose ? world_.PreviousSitePose(site_) : world_.SitePose(site_);
}

Twist Arm::EndEffectorTwist() const {
  return settings_.stale_pose ? world_.PreviousSiteTwist(site_) : world_.SiteTwist(site_);
}

void Arm::ReadJoints(std::span<double> q) const { CurrentArmJoints(q); }

void Arm::ReadJointVelocities(std::span<double> v) const {
  for (size_t i = 0; i < v.size(); ++i) v[i] = world_.qvel()[dofs_[i]];
}

void Arm::ReadFingerForces(std::span<double> force_W) const {
  std::fill(force_W.begin(), force_W.end(), 0.0);
  for (const Contact& contact : world_.Contacts()) {
    for (size_t i = 0; i < std::min<size_t>(2, finger_bodies_.size()); ++i) {
      const bool first = GeomBody(world_.scene(), contact.geom1) == finger_bodies_[i];
      const bool second = GeomBody(world_.scene(), contact.geom2) == finger_bodies_[i];
      if (!first && !second) continue;
      for (size_t k = 0; k < 3; ++k) force_W[3 * i + k] += (second ? 1 : -1) * contact.force_W[k];
    }
  }
}

}  // namespace flyball
