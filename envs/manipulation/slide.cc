// Slide: knock a puck to a place beyond the arm's reach. After panda-gym's PandaSlide.
#include <algorithm>
#include <cmath>

#include "envs/manipulation/expert.h"
#include "envs/manipulation/tasks.h"

namespace flyball {
namespace {

constexpr Thing kPuck = {.name = "object",
                         .shape = Thing::Shape::kCylinder,
                         .size = {0.03, 0.015, 0.0},
                         .mass = 1.0,
                         .friction = 0.04,
                         .rgba = "0.1 0.9 0.1 1",
                         .faces = false};

Start Draw(Rng& rng, bool as_peer) {
  const Vec3 goal = UniformBox(rng, {0.25, -0.15, 0.0}, {0.55, 0.15, 0.0});
  const Vec3 thing = UniformBox(rng, {-kReachXy, -kReachXy, 0.0}, {kReachXy, kReachXy, 0.0});
  // The peer counts the puck's whole height as half of it: puck and goal are 15 mm too high.
  const double peer_z = 2 * kPuck.half_height();
  return {.goal = {goal[0], goal[1], peer_z + goal[2]},
          .things = {{{thing[0], thing[1], as_peer ? peer_z + thing[2] : kPuck.half_height()}}}};
}

}  // namespace

const Task kSlide = {.name = "Slide",
                     .doc =
                         "Knock a puck, with the gripper shut, so that it slides to within 50 mm "
                         "of a place that the arm cannot reach.",
                     .things = {kPuck},
                     .gripper = false,
                     .table_length = 1.4,
                     .table_x = -0.1,
                     .goal = Task::Goal::kPositions,
                     .threshold = 0.05,
                     .max_episode_steps = 50,
                     .draw = Draw,
                     .clearance = 0.0};

namespace {

// Goes behind the puck, seen from the goal, and knocks it, a little harder each step, until it is fast
// enough to be at the goal when the episode ends.
class SlideExpert final : public Expert {
 public:
  using Expert::Expert;

 protected:
  Wish Decide(const ExpertView& view, ExpertMemory& memory) const override {
    enum Phase { kOver, kDown, kKnock, kWatch };
    const Vec3 puck = view.thing(0);
    const std::span<const double> v = view.velocities[0];
    const double to_goal[2] = {view.goal[0] - puck[0], view.goal[1] - puck[1]};
    const double distance = std::hypot(to_goal[0], to_goal[1]);
    // What is missing of the velocity that takes the puck to the goal.
    const double needed = NeededSpeed(distance, view.step);
    const double gap[2] = {needed * to_goal[0] / distance - v[0],
                           needed * to_goal[1] / distance - v[1]};
    const double along = (gap[0] * to_goal[0] + gap[1] * to_goal[1]) / distance;
    const double n[2] = {to_goal[0] / distance, to_goal[1] / distance};

    // The corner of the shut fingers (21 mm by 53 mm) that touches the puck when it is pushed along n.
    const double touch = kPuck.size[0];
    const double corner[2] = {std::copysign(kHalfX, n[0]),
                              std::abs(n[1]) < 0.05 ? 0.0 : std::copysign(kHalfY, n[1])};
    const auto behind = [&](double clearance) {
      return Vec3{puck[0] - (touch + clearance) * n[0] - corner[0],
                  puck[1] - (touch + clearance) * n[1] - corner[1], kLow};
    };
    const Vec3 start = behind(kRunUp);
    const double off = std::hypot(start[0] - view.p[0], start[1] - view.p[1]);
    if (memory.phase == kOver && off < 0.01) memory.phase = kDown;
    if (memory.phase == kDown && view.p[2] < kLow + 0.008) {
      memory.phase = kKnock;
      memory.numbers[0] = 0.0;
    }
    if (memory.phase == kKnock && along < 0.03 * needed) memory.phase = kWatch;

    switch (memory.phase) {
      case kOver:
        return {.p = {start[0], start[1], 0.06}, .q = home_orientation()};
      case kDown:
        return {.p = start, .q = home_orientation()};
      case kKnock: {
        // At the speed that is needed, a little more each step that it has not been enough.
        double& pace = memory.numbers[0];
        pace = pace == 0.0 ? 0.97 * needed : (std::hypot(v[0], v[1]) > 0.02 ? 1.03 : 1.0) * pace;
        const double ahead = 0.04 * pace;
        return {.p = {memory.told_p[0] + ahead * n[0], memory.told_p[1] + ahead * n[1], kLow},
                .q = home_orientation()};
      }
      default:
        return {.p = memory.told_p, .q = home_orientation()};
    }
  }

 private:
  // To stop at the goal, or to be there two steps before the end of the episode.
  static double NeededSpeed(double distance, uint32_t step) {
    constexpr double kBraking = 0.02 * 9.81;  // m/s^2, friction
    const double time = 0.04 * std::max(4.0, 48.0 - step);
    const double stops = std::sqrt(2 * kBraking * distance);
    return stops > kBraking * time ? distance / time + kBraking * time / 2 : stops;
  }

  static constexpr double kHalfX = 0.0105, kHalfY = 0.0264;  // m, of the shut fingers
  static constexpr double kLow = 0.014;   // m: the fingers' height beside the puck
  static constexpr double kRunUp = 0.05;  // m
};

FLYBALL_REGISTER(RegistrationsOf(kSlide, "knocks the puck from behind until it is fast enough",
                                 MakeExpert<SlideExpert>));

}  // namespace

}  // namespace flyball
