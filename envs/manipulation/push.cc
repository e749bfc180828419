// Push: slide a cube to a place on the table with a shut gripper. After panda-gym's PandaPush.
#include <algorithm>
#include <cmath>

#include "envs/manipulation/expert.h"
#include "envs/manipulation/tasks.h"

namespace flyball {
namespace {

Start Draw(Rng& rng, bool) {
  const Vec3 low = {-kReachXy, -kReachXy, 0.0}, high = {kReachXy, kReachXy, 0.0};
  const Vec3 goal = UniformBox(rng, low, high), thing = UniformBox(rng, low, high);
  const double z = kCube.half_height();
  return {.goal = {goal[0], goal[1], z + goal[2]},
          .things = {{{thing[0], thing[1], z + thing[2]}}}};
}

}  // namespace

const Task kPush = {.name = "Push",
                    .doc =
                        "Push a cube over the table, with the gripper shut, to within 50 mm of a "
                        "place.",
                    .things = {kCube},
                    .gripper = false,
                    .table_length = 1.1,
                    .table_x = -0.3,
                    .goal = Task::Goal::kPositions,
                    .threshold = 0.05,
                    .max_episode_steps = 50,
                    .draw = Draw,
                    .clearance = 0.0};

namespace {

// Pushes along y, then along x, so that the fingers' flat sides meet the cube's faces squarely.
class PushExpert final : public Expert {
 public:
  using Expert::Expert;

 protected:
  Wish Decide(const ExpertView& view, ExpertMemory& memory) const override {
    constexpr double kNear = 0.02;   // m, of the goal along an axis: good enough
    constexpr double kAside = 0.03;  // m, likewise while there is still x to do
    constexpr double kGood = 0.035;  // m, of the goal: not to be touched any more
    enum Phase { kChoose, kApproach, kPush };
    const Vec3 cube = view.thing(0);
    const Vec3 error = {view.goal[0] - cube[0], view.goal[1] - cube[1], 0.0};
    double& axis = memory.numbers[0];
    double& sign = memory.numbers[1];
    double& wound = memory.numbers[2];  // how far the hand is pitched before a push (rad)
    double& begin = memory.numbers[3];  // of the push, along its axis (m)
    const auto left = [&](size_t a) { return sign * error[a] - Slides(view, a, sign); };

    if (memory.phase == kPush && left(static_cast<size_t>(axis)) < kNear / 2)
      memory.phase = kChoose;
    if (memory.phase == kChoose) {
      axis = std::abs(error[1]) > kAside ? 1 : 0;
      sign = error[static_cast<size_t>(axis)] > 0 ? 1 : -1;
      const bool there = std::hypot(error[0], error[1]) < kGood;
      const double far = left(static_cast<size_t>(axis));
      if (!there && far > kNear) memory.phase = kApproach;
      wound = by_joints() && axis == 0 ? sign * std::min(kWindUp, 0.5 * kSwing * far) : 0.0;
    }
    if (memory.phase == kChoose) {  // there, or sliding there
      return {.p = {memory.told_p[0], memory.told_p[1], kHigh}, .q = memory.told_q};
    }
    const size_t a = static_cast<size_t>(axis), b = 1 - a;
    const bool behind = sign * (cube[a] - view.p[a]) > Reach(a) - 0.002;
    const bool faces = std::abs(cube[b] - view.p[b]) < 0.012;
    if (memory.phase == kApproach && behind && faces && view.p[2] < 0.03) {
      memory.phase = kPush;
      begin = view.p[a];
    }
    if (memory.phase == kApproach) {
      return {.p = OnTheWayBehind(view.p, cube, memory.told_p, a, sign),
              .q = Pitched(wound),
              .speed = kAsFastAsEachAxis};
    }
    // Slow enough for friction to stop the cube at the goal.
    const double rest = std::max(0.0, sign * error[a]);
    const double fastest = by_joints() ? 0.024 : 0.02;  // m a step
    const double step = std::min(fastest, 0.04 * 0.7 * std::sqrt(2 * kBraking * rest) + 0.003);
    Vec3 p = {cube[0], cube[1], kLow};
    p[a] = memory.told_p[a] + sign * std::min(step, std::max(0.0, rest));
    // Through the upright, as far as it was wound up.
    const double turned = std::min(kSwing * std::abs(p[a] - begin), 2 * std::abs(wound));
    return {.p = p, .q = Pitched(wound - std::copysign(turned, wound)), .speed = kAsFastAsEachAxis};
  }

 private:
  // From the cube's centre to the end effector that touches it along an axis (m): the shut fingers are
  // 21 mm by 53 mm, the cube stands 20 mm around its centre.
  static double Reach(size_t axis) { return kCube.size[0] + (axis == 0 ? 0.0105 : 0.0266); }

  // Where to go next on the way to the side of the cube from which it is pushed along an axis: over it
  // while high up, around its edges while low, and up where neither will do.
  static Vec3 OnTheWayBehind(const Vec3& p, const Vec3& cube, const Vec3& told, size_t a,
                             double sign) {
    constexpr double kBerth = 0.012, kClear = 0.004;  // m
    const size_t b = 1 - a;
    Vec3 start = {cube[0], cube[1], kLow};
    start[a] -= sign * (Reach(a) + kBerth);
    if (p[2] > kOver) {
      if (Meets(told, start, cube)) start[2] = kHigh;
      return start;
    }
    if (sign * (cube[a] - p[a]) > Reach(a) + kClear) return start;
    if (std::abs(p[b] - cube[b]) < Reach(b) - kClear) return {told[0], told[1], kHigh};
    start[b] += std::copysign(Reach(b) + kBerth, p[b] - cube[b]);
    return start;
  }

  // Whether the fingers would touch the cube on the straight way from one place to another, were they
  // low.
  static bool Meets(const Vec3& from, const Vec3& to, const Vec3& cube) {
    constexpr double kClear = 0.004;  // m
    for (double share = 0.0; share <= 1.0; share += 0.05) {
      const double x = from[0] + share * (to[0] - from[0]), y = from[1] + share * (to[1] - from[1]);
      if (std::abs(x - cube[0]) < Reach(0) + kClear && std::abs(y - cube[1]) < Reach(1) + kClear) {
        return true;
      }
    }
    return false;
  }

  // How far the cube slides on along an axis when it is left alone (m).
  static double Slides(const ExpertView& view, size_t axis, double sign) {
    const double v = std::max(0.0, sign * view.velocities[0][axis]);
    return v * v / (2 * kBraking);
  }

  static constexpr double kBraking = 0.25 * 9.81;  // m/s^2, friction of the cube on the table
  // Along x joints that go at the speed their actions allow take the hand faster while it swings; see
  // SlideExpert.
  static constexpr double kWindUp = 0.25, kSwing = 2.4;  // rad, rad/m
  // m: clear of the cube; just clear of it; at its middle.
  static constexpr double kHigh = 0.058, kOver = 0.049, kLow = 0.022;
};

FLYBALL_REGISTER(RegistrationsOf(kPush, "pushes the cube along y, then along x",
                                 MakeExpert<PushExpert>));

}  // namespace

}  // namespace flyball
