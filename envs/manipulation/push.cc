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
    enum Phase { kChoose, kOver, kDown, kPush, kUp };
    const Vec3 cube = view.thing(0);
    const Vec3 error = {view.goal[0] - cube[0], view.goal[1] - cube[1], 0.0};
    double& axis = memory.numbers[0];
    double& sign = memory.numbers[1];
    const auto begin = [&memory](Phase phase) { memory.phase = phase; };

    if (memory.phase == kChoose) {
      axis = std::abs(error[1]) > kAside ? 1 : 0;
      sign = error[static_cast<size_t>(axis)] > 0 ? 1 : -1;
      if (std::abs(error[static_cast<size_t>(axis)]) > kNear) begin(kOver);
    }
    const size_t a = static_cast<size_t>(axis);
    // The shut fingers are 21 mm by 53 mm; the cube stands 20 mm around its centre.
    const double reach = kCube.size[0] + (a == 0 ? 0.0105 : 0.0266);
    Vec3 behind = cube;
    behind[a] -= sign * (reach + 0.012);
    const double sideways = std::hypot(behind[0] - view.p[0], behind[1] - view.p[1]);
    if (memory.phase == kOver && sideways < 0.028) begin(kDown);
    if (memory.phase == kDown && view.p[2] < 0.03) begin(kPush);
    if (memory.phase == kPush && sign * error[a] - Slides(view, a, sign) < kNear / 2) begin(kUp);
    if (memory.phase == kUp && view.p[2] > 0.046) begin(kChoose);

    switch (memory.phase) {
      case kOver:
        return {.p = {behind[0], behind[1], kHigh}, .q = home_orientation(), .speed = kSteady};
      case kDown:
        return {.p = {behind[0], behind[1], kLow}, .q = home_orientation()};
      case kPush: {
        // Slow enough for friction to stop the cube at the goal.
        const double left = std::max(0.0, sign * error[a]);
        const double step = std::min(0.03, 0.04 * 0.7 * std::sqrt(2 * kBraking * left) + 0.003);
        Vec3 p = {cube[0], cube[1], kLow};
        p[a] = view.goal[a] - sign * reach;
        return {.p = p, .q = home_orientation(), .speed = step / kDisplacement};
      }
      case kUp:
        return {.p = {memory.told_p[0], memory.told_p[1], kHigh},
                .q = home_orientation(),
                .speed = kSteady};
      default:
        return {.p = memory.told_p, .q = home_orientation()};
    }
  }

 private:
  // How far the cube slides on along an axis when it is left alone (m).
  static double Slides(const ExpertView& view, size_t axis, double sign) {
    const double v = std::max(0.0, sign * view.velocities[0][axis]);
    return v * v / (2 * kBraking);
  }

  static constexpr double kBraking = 0.25 * 9.81;  // m/s^2, friction of the cube on the table
  // Faster, the arm would lag and be cut short, which bends its way where it is stretched out.
  static constexpr double kSteady = 1.0;
  static constexpr double kHigh = 0.058, kLow = 0.022;  // m: clear of the cube; at its middle
};

FLYBALL_REGISTER(RegistrationsOf(kPush, "pushes the cube along y, then along x",
                                 MakeExpert<PushExpert>));

}  // namespace

}  // namespace flyball
