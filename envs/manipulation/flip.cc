// Flip: turn a cube to an orientation. After panda-gym's PandaFlip, which cannot be made from its
// published package (a texture is missing), draws its goals from a generator that no seed reaches, and
// rewards batches wrongly; its goals are drawn from the seeded generator here, as in its later source.
#include <algorithm>
#include <cmath>

#include "envs/manipulation/expert.h"
#include "envs/manipulation/tasks.h"

namespace flyball {
namespace {

constexpr Thing ColouredCube() {
  Thing thing = kCube;
  thing.rgba = "0.95 0.95 0.95 1";
  thing.faces = true;
  return thing;
}

Start Draw(Rng& rng, bool) {
  Start start;
  // Four normals on the unit sphere are a uniform rotation, as SciPy draws one.
  double norm = 0.0;
  for (size_t k = 0; k < 4; ++k) {
    start.goal[k] = rng.Normal();
    norm += start.goal[k] * start.goal[k];
  }
  for (size_t k = 0; k < 4; ++k) start.goal[k] /= std::sqrt(norm);
  const Vec3 thing = UniformBox(rng, {-kReachXy, -kReachXy, 0.0}, {kReachXy, kReachXy, 0.0});
  start.things[0] = {thing[0], thing[1], kCube.half_height() + thing[2]};
  return start;
}

}  // namespace

const Task kFlip = {.name = "Flip",
                    .doc = "Turn a cube to within 53 degrees of an orientation, wherever it lies.",
                    .things = {ColouredCube()},
                    .gripper = true,
                    .table_length = 1.1,
                    .table_x = -0.3,
                    .goal = Task::Goal::kRotation,
                    .threshold = 0.2,
                    .max_episode_steps = 50,
                    .draw = Draw,
                    .clearance = 0.0};

namespace {

// Grips the cube from above and turns hand and cube together. Which way round to grip, where to hold it
// and how near to come to the goal's orientation is decided at the start: what takes the least time.
class FlipExpert final : public Expert {
 public:
  using Expert::Expert;

 protected:
  Wish Decide(const ExpertView& view, ExpertMemory& memory) const override {
    enum Phase { kOver, kDown, kGrip, kLift, kTurn };
    if (view.step == 0) Plan(view, memory);
    const Vec3 cube = view.thing(0);
    const Quaternion grip = GripOrientation(memory.numbers[kYaw]);
    const double over = std::hypot(view.p[0] - cube[0], view.p[1] - cube[1]);
    const Vec3 left = RotationVector(OrientationNow(view), grip);
    const bool turned = std::hypot(left[0], left[1], left[2]) < 0.05;
    if (memory.phase == kOver && over < 0.01 && turned) memory.phase = kDown;
    if (memory.phase == kDown && view.p[2] < cube[2] + 0.006)
      memory.phase = kGrip, memory.count = 0;
    if (memory.phase == kGrip && memory.count >= 2) memory.phase = kLift;
    if (memory.phase == kLift && view.p[2] > 0.05) memory.phase = kTurn;
    switch (memory.phase) {
      case kOver:
        return {.p = {cube[0], cube[1], turned ? 0.05 : 0.09}, .q = grip, .width = kOpen};
      case kDown:
        return {.p = cube, .q = grip, .width = kOpen};
      case kGrip:
        return {.p = memory.told_p, .q = grip};
      case kLift:
        return {.p = {cube[0], cube[1], 0.2}, .q = grip};
      default: {
        Wish wish;
        wish.by_joints = true;
        std::copy_n(memory.numbers.begin() + kJoints, chain().num_joints(), wish.joints.begin());
        return wish;
      }
    }
  }

 private:
  enum { kYaw, kJoints };                 // places in ExpertMemory::numbers
  static constexpr double kNear = 0.68;   // rad, from the goal's orientation; success is 0.927
  static constexpr double kOpen = 0.06;   // m
  static constexpr double kClear = 0.06;  // m, of a turning cube above the table

  // The hand pointing down, turned about the vertical.
  Quaternion GripOrientation(double yaw) const {
    return Product(FromRotationVector({0, 0, yaw}), home_orientation());
  }
  Quaternion OrientationNow(const ExpertView& view) const {
    const std::span<const double> q = view.joints.first(static_cast<size_t>(chain().num_joints()));
    return QuaternionOf(chain().Forward(q).R_W);
  }

  // Joints (from `start`) that put the end effector there; infinite if there are none, else the
  // farthest way of a joint (rad).
  double Reach(const Vec3& p, const Quaternion& q, std::span<const double> start,
               std::array<double, 16>& joints) const {
    std::copy(start.begin(), start.end(), joints.begin());
    const std::span<double> arm(joints.data(), start.size());
    SolveIk(chain(), kConvergingIk, p, q, arm);
    const KinematicChain::State end = chain().Forward(arm);
    const Vec3 turn = RotationVector(QuaternionOf(end.R_W), q);
    const double off = std::hypot(end.p_W[0] - p[0], end.p_W[1] - p[1], end.p_W[2] - p[2]);
    if (off > 0.01 || std::hypot(turn[0], turn[1], turn[2]) > 0.1) return kInfinity;
    double farthest = 0.0;
    for (size_t i = 0; i < arm.size(); ++i) {
      farthest = std::max(farthest, std::abs(arm[i] - start[i]));
    }
    return farthest;
  }

  // Joints (from `start`) that turn the cube to near the goal, wherever that takes the hand; the farthest
  // way of a joint (rad), infinite if there are none. All joints go at the same speed, each the way
  // that brings the cube nearer; those that do little go slower, and those that would bring hand or
  // wrist to the table do not go. `in_hand`: the cube's orientation in the end effector's frame.
  double Turn(const Quaternion& in_hand, const Quaternion& goal, std::span<const double> start,
              std::array<double, 16>& joints) const {
    constexpr double kStep = 0.05;                   // rad
    constexpr double kLittle = 0.15;                 // rad of the cube per rad of the joint
    constexpr double kLow = 0.13, kWristLow = 0.18;  // m, of end effector and wrist
    constexpr double kWrist = 0.212;                 // m, between them
    constexpr int kSteps = 60;
    const size_t n = start.size();
    std::copy(start.begin(), start.end(), joints.begin());
    const std::span<double> q(joints.data(), n);
    std::array<double, 6 * KinematicChain::kMostJoints> J;
    for (int step = 0; step < kSteps; ++step) {
      const KinematicChain::State hand = chain().ForwardWithJacobian(q, std::span(J).first(6 * n));
      const Vec3 turn = RotationVector(Product(QuaternionOf(hand.R_W), in_hand), goal);
      const double angle = std::hypot(turn[0], turn[1], turn[2]);
      if (angle <= kNear) break;
      if (step + 1 == kSteps) return kInfinity;
      const Vec3 axis = {hand.R_W[2], hand.R_W[5], hand.R_W[8]};
      for (size_t i = 0; i < n; ++i) {
        const double wx = J[3 * n + i], wy = J[4 * n + i], wz = J[5 * n + i];
        const double nearer = (wx * turn[0] + wy * turn[1] + wz * turn[2]) / angle;
        const double by = kStep * std::clamp(nearer / kLittle, -1.0, 1.0);
        const double up = J[2 * n + i], wrist_up = up - kWrist * (wx * axis[1] - wy * axis[0]);
        if (hand.p_W[2] < kLow && by * up < 0) continue;
        if (hand.p_W[2] - kWrist * axis[2] < kWristLow && by * wrist_up < 0) continue;
        q[i] = std::clamp(q[i] + by, chain().low()[i], chain().high()[i]);
      }
    }
    double farthest = 0.0;
    for (size_t i = 0; i < n; ++i) farthest = std::max(farthest, std::abs(q[i] - start[i]));
    return farthest;
  }

  // How low the end effector comes on the straight way between two places in joint space (m).
  double Lowest(std::span<const double> from, std::span<const double> to) const {
    double lowest = kInfinity;
    std::array<double, 16> q;
    for (double share = 0.0; share <= 1.0; share += 0.1) {
      for (size_t i = 0; i < from.size(); ++i) q[i] = from[i] + share * (to[i] - from[i]);
      lowest = std::min(lowest, chain().Forward(std::span(q).first(from.size())).p_W[2]);
    }
    return lowest;
  }

  void Plan(const ExpertView& view, ExpertMemory& memory) const {
    const Vec3 cube = view.thing(0);
    const Quaternion now = {view.things[0][3], view.things[0][4], view.things[0][5],
                            view.things[0][6]};
    const Quaternion goal = {view.goal[3], view.goal[0], view.goal[1], view.goal[2]};
    const size_t arm = static_cast<size_t>(chain().num_joints());
    double best = kInfinity;
    for (const double yaw : {0.0, 0.5 * kPi, -0.5 * kPi}) {
      std::array<double, 16> at_grip, at_end;
      const double first =
          Reach({cube[0], cube[1], 0.1}, GripOrientation(yaw), home().first(arm), at_grip);
      if (first == kInfinity) continue;
      const std::span<const double> start = std::span(at_grip).first(arm);
      const auto consider = [&](double second) {
        if (first + second >= best) return;
        if (Lowest(start, std::span(at_end).first(arm)) < kClear) return;
        best = first + second;
        memory.numbers[kYaw] = yaw;
        std::copy_n(at_end.begin(), arm, memory.numbers.begin() + kJoints);
      };
      const Quaternion grip = GripOrientation(yaw);
      // Of end effectors that are displaced it is not the farthest joint that takes the time.
      if (by_joints()) consider(Turn(Product(Conjugate(grip), now), goal, start, at_end));
      for (const Quaternion& end : Ends(now, goal)) {
        const Quaternion hand = Product(Product(end, Conjugate(now)), grip);
        for (const Vec3& p : kPlaces) consider(Reach(p, hand, start, at_end));
      }
    }
    if (best == kInfinity) {  // out of reach: hold the cube up as it is
      Reach({cube[0], cube[1], 0.2}, GripOrientation(0.0), home().first(arm), memory.told_joints);
      std::copy_n(memory.told_joints.begin(), arm, memory.numbers.begin() + kJoints);
      std::copy_n(home().begin(), arm, memory.told_joints.begin());
    }
  }

  // Orientations of the cube that are near enough to the goal: on the shortest way there, and on a
  // sphere around it.
  static std::array<Quaternion, 15> Ends(const Quaternion& now, const Quaternion& goal) {
    std::array<Quaternion, 15> ends;
    Vec3 turn = RotationVector(now, goal);
    const double angle = std::hypot(turn[0], turn[1], turn[2]);
    const double share = std::max(0.0, 1.0 - kNear / std::max(angle, 1e-9));
    for (double& x : turn) x *= share;
    ends[0] = Product(FromRotationVector(turn), now);
    size_t count = 1;
    for (int x = -1; x <= 1; ++x) {
      for (int y = -1; y <= 1; ++y) {
        for (int z = -1; z <= 1; ++z) {
          const int axes = x * x + y * y + z * z;
          if (axes != 1 && axes != 3) continue;
          const double scale = kNear / std::sqrt(static_cast<double>(axes));
          ends[count++] = Product(FromRotationVector({scale * x, scale * y, scale * z}), goal);
        }
      }
    }
    return ends;
  }

  static constexpr double kPi = 3.14159265358979323846;
  static constexpr std::array<Vec3, 5> kPlaces = {
      {{-0.1, 0, 0.35}, {0.0, 0.0, 0.3}, {-0.1, 0.2, 0.35}, {-0.1, -0.2, 0.35}, {-0.15, 0, 0.5}}};
};

FLYBALL_REGISTER(RegistrationsOf(kFlip, "grips the cube from above and turns it in the air",
                                 MakeExpert<FlipExpert>));

}  // namespace

}  // namespace flyball
