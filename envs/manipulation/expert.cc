#include "envs/manipulation/expert.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "physics/numeric/error.h"

namespace flyball {

Quaternion Product(const Quaternion& a, const Quaternion& b) {
  return {a[0] * b[0] - a[1] * b[1] - a[2] * b[2] - a[3] * b[3],
          a[0] * b[1] + a[1] * b[0] + a[2] * b[3] - a[3] * b[2],
          a[0] * b[2] - a[1] * b[3] + a[2] * b[0] + a[3] * b[1],
          a[0] * b[3] + a[1] * b[2] - a[2] * b[1] + a[3] * b[0]};
}

Quaternion Conjugate(const Quaternion& q) { return {q[0], -q[1], -q[2], -q[3]}; }

Quaternion FromRotationVector(const Vec3& rotation) {
  const double angle = std::hypot(rotation[0], rotation[1], rotation[2]);
  const double scale = angle > 1e-12 ? std::sin(angle / 2) / angle : 0.5;
  return {std::cos(angle / 2), scale * rotation[0], scale * rotation[1], scale * rotation[2]};
}

Vec3 RotationVector(const Quaternion& from, const Quaternion& to) {
  Quaternion d = Product(to, Conjugate(from));
  if (d[0] < 0) d = {-d[0], -d[1], -d[2], -d[3]};
  const double sine = std::hypot(d[1], d[2], d[3]);
  const double scale = sine > 1e-12 ? 2.0 * std::atan2(sine, d[0]) / sine : 2.0;
  return {scale * d[1], scale * d[2], scale * d[3]};
}

namespace {

// The share of a way that is no longer than `most`.
double Share(const Vec3& way, double most) {
  const double length = std::hypot(way[0], way[1], way[2]);
  return length > most ? most / length : 1.0;
}

// Brings q nearer to `wanted`, all joints by the same share of their ways, none by more than `most`.
void Approach(const std::array<double, 16>& wanted, double most, std::span<double> q) {
  double largest = 0.0;
  for (size_t i = 0; i < q.size(); ++i) largest = std::max(largest, std::abs(wanted[i] - q[i]));
  const double share = largest > most ? most / largest : 1.0;
  for (size_t i = 0; i < q.size(); ++i) q[i] += share * (wanted[i] - q[i]);
}

}  // namespace

Expert::Expert(const EnvSpec& spec, const Task& task, Variant variant)
    : Expert(task, Resolved(task, variant, spec.options)) {}

Expert::Expert(const Task& task, const TabletopOptions& options)
    : task_(task), robot_(options.setup.robot), mode_(options.action),
      from_measured_(!options.setup.arm.from_target), scene_(SceneOf(task, options)),
      chain_(*scene_, scene_->Id(Element::kSite, robot_.end_effector_site)) {
  if (mode_ == ActionMode::kJointTorque) {
    throw InputError(
        "policy 'scripted' does not drive action='joint_torque'; it drives the others");
  }
  const std::span<const double> home(robot_.home.data(), static_cast<size_t>(chain_.num_joints()));
  home_orientation_ = QuaternionOf(chain_.Forward(home).R_W);
  num_drives_ = robot_.home.size();
  num_positions_ = num_drives_ + 7 * task.things.size();
  num_velocities_ = num_drives_ + 6 * task.things.size();
}

void Expert::VisitState(int row, StateVisitor& visitor) {
  visitor("expert", memories_[static_cast<size_t>(row)]);
}

ExpertView Expert::ViewOf(const PolicyInput& input) const {
  ExpertView view = {};
  const std::span<const double> qvel = input.state.subspan(num_positions_, num_velocities_);
  std::span<const double> rest = input.state.subspan(num_positions_ + num_velocities_);
  view.joints = rest.first(num_drives_);
  rest = rest.subspan(num_drives_);
  for (size_t i = 0; i < task_.things.size(); ++i) {
    view.things[i] = rest.first(7);
    view.velocities[i] = qvel.subspan(num_drives_ + 6 * i, 6);
    rest = rest.subspan(7);
  }
  view.goal = rest;
  const size_t arm = static_cast<size_t>(chain_.num_joints());
  const KinematicChain::Motion motion =
      chain_.ForwardWithTwist(view.joints.first(arm), qvel.first(arm));
  view.p = motion.pose.p_W;
  view.v = motion.twist.v_W;
  for (const double finger : view.joints.subspan(arm)) view.width += finger;
  view.step = input.step;
  return view;
}

void Expert::Act(int row, const PolicyInput& input, std::span<double> action) {
  ExpertMemory& memory = memories_[static_cast<size_t>(row)];
  const ExpertView view = ViewOf(input);
  const size_t arm = static_cast<size_t>(chain_.num_joints());
  if (input.step == 0) memory = {};
  // Where displacements will be counted from: as the arm does it.
  const double leash = input.step == 0 || from_measured_ ? 0.0 : Arm::kLeash;
  const std::span<double> told(memory.told_joints.data(), arm);
  const std::array<double, 16> last = memory.told_joints;
  std::copy_n(view.joints.begin(), arm, told.begin());
  Approach(last, leash, told);
  const KinematicChain::State from = chain_.Forward(told);
  memory.told_p = from.p_W;
  memory.told_q = mode_ == ActionMode::kEeDisplacement ? home_orientation_ : QuaternionOf(from.R_W);
  if (input.step == 0 || from_measured_) memory.told_width = view.width;
  const int phase = memory.phase;
  const Wish wish = Decide(view, memory);
  memory.count = memory.phase == phase ? memory.count + 1 : 1;
  switch (mode_) {
    case ActionMode::kEeDisplacement:
    case ActionMode::kEePoseDisplacement:
    case ActionMode::kEePose:
      ActByEndEffector(wish, memory, action);
      break;
    default:
      ActByJoints(wish, memory, action);
  }
  if (task_.gripper) {
    action.back() = std::clamp((wish.width - memory.told_width) / kGripperChange, -1.0, 1.0);
    memory.told_width += kGripperChange * action.back();
  }
}

bool Expert::by_joints() const {
  return mode_ == ActionMode::kJointDisplacement || mode_ == ActionMode::kJointPosition;
}

Quaternion Expert::Pitched(double pitch) const {
  return Product(FromRotationVector({0.0, pitch, 0.0}), home_orientation_);
}

double Expert::LeadFor(const ExpertView& view, const Vec3& direction, double speed,
                       const Vec3& turn) const {
  // The joint that has farthest to go decides how fast all are.
  constexpr double kProbe = 0.01;  // m
  const size_t arm = static_cast<size_t>(chain_.num_joints());
  std::array<double, 16> q;
  std::copy_n(view.joints.begin(), arm, q.begin());
  Vec3 p = view.p;
  for (size_t k = 0; k < 3; ++k) p[k] += kProbe * direction[k];
  Quaternion q_W = home_orientation_;
  if (turn != Vec3{}) {
    q_W = Product(FromRotationVector({kProbe * turn[0], kProbe * turn[1], kProbe * turn[2]}),
                  QuaternionOf(chain_.Forward(view.joints.first(arm)).R_W));
  }
  SolveIk(chain_, kConvergingIk, p, q_W, std::span(q).first(arm));
  double ratio = 0.0;  // rad/m
  for (size_t i = 0; i < arm; ++i) {
    ratio = std::max(ratio, std::abs(q[i] - view.joints[i]) / kProbe);
  }
  double now = 0.0;
  for (size_t k = 0; k < 3; ++k) now += direction[k] * view.v[k];
  constexpr double kMost = 0.1, kStep = 0.001;  // m
  double best = 0.0, reached = 0.0;
  for (double lead = 0.0; lead <= kMost; lead += kStep) {
    const double peak = JointWay::PeakSpeed(ratio * lead, ratio * now, robot_.max_speed,
                                            robot_.max_acceleration_touching, kControlPeriod) /
                        ratio;
    if (peak > reached) best = lead, reached = peak;
    if (reached >= speed) break;
  }
  return best;
}

// Straight towards the wish, at most a step's worth.
void Expert::ActByEndEffector(const Wish& wish, ExpertMemory& memory,
                              std::span<double> action) const {
  const std::span<double> told(memory.told_joints.data(), static_cast<size_t>(chain_.num_joints()));
  Vec3 p = wish.p;
  Quaternion q = wish.q;
  if (wish.by_joints) {
    // Where a step on the straight way in joint space leads.
    constexpr double kJointStep = 0.08;  // rad
    std::array<double, 16> next = memory.told_joints;
    Approach(wish.joints, kJointStep, std::span(next).first(told.size()));
    const KinematicChain::State end = chain_.Forward(std::span(next).first(told.size()));
    p = end.p_W;
    q = QuaternionOf(end.R_W);
  }
  const Vec3 way = {p[0] - memory.told_p[0], p[1] - memory.told_p[1], p[2] - memory.told_p[2]};
  Vec3 turn = RotationVector(memory.told_q, q);
  double most = kDisplacement * wish.speed;
  if (wish.speed == kAsFastAsEachAxis) {
    const double largest = std::max({std::abs(way[0]), std::abs(way[1]), std::abs(way[2])});
    most = kDisplacement * std::hypot(way[0], way[1], way[2]) / std::max(largest, 1e-9);
  }
  const double share = Share(way, most), turn_share = Share(turn, kTurn);
  for (size_t k = 0; k < 3; ++k) memory.told_p[k] += share * way[k];
  for (double& x : turn) x *= turn_share;
  if (mode_ != ActionMode::kEeDisplacement) {
    memory.told_q = Product(FromRotationVector(turn), memory.told_q);
  }
  SolveIk(chain_, kConvergingIk, memory.told_p, memory.told_q, told);

  if (mode_ == ActionMode::kEePose) {
    turn = RotationVector(home_orientation_, memory.told_q);
    std::copy(memory.told_p.begin(), memory.told_p.end(), action.begin());
    std::copy(turn.begin(), turn.end(), action.begin() + 3);
    return;
  }
  for (size_t k = 0; k < 3; ++k) action[k] = share * way[k] / kDisplacement;
  if (mode_ == ActionMode::kEePoseDisplacement) {
    for (size_t k = 0; k < 3; ++k) action[3 + k] = turn[k] / kTurn;
  }
}

// To the joints that put the end effector there, all by the same share of their ways.
void Expert::ActByJoints(const Wish& wish, ExpertMemory& memory, std::span<double> action) const {
  const size_t arm = static_cast<size_t>(chain_.num_joints());
  std::array<double, 16> wanted = wish.joints, before = memory.told_joints;
  if (!wish.by_joints) {
    wanted = memory.told_joints;
    SolveIk(chain_, kConvergingIk, wish.p, wish.q, std::span(wanted).first(arm));
  }
  const std::span<double> told(memory.told_joints.data(), arm);
  const double speed = wish.speed == kAsFastAsEachAxis ? 1.0 : wish.speed;
  Approach(wanted, kDisplacement * speed, told);
  for (size_t i = 0; i < arm; ++i) {
    action[i] =
        mode_ == ActionMode::kJointPosition ? told[i] : (told[i] - before[i]) / kDisplacement;
  }
  const KinematicChain::State end = chain_.Forward(told);
  memory.told_p = end.p_W;
  memory.told_q = QuaternionOf(end.R_W);
}

}  // namespace flyball
