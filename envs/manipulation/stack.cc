// Stack: put one cube at a place and another on top of it. After panda-gym's PandaStack.
#include <cmath>

#include "envs/manipulation/carry.h"
#include "envs/manipulation/tasks.h"

namespace flyball {
namespace {

constexpr Thing Coloured(Thing thing, const char* name, double mass, const char* rgba) {
  thing.name = name;
  thing.mass = mass;
  thing.rgba = rgba;
  return thing;
}

Start Draw(Rng& rng, bool as_peer) {
  const Vec3 low = {-kReachXy, -kReachXy, 0.0}, high = {kReachXy, kReachXy, 0.0};
  const Vec3 goal = UniformBox(rng, low, high);
  const Vec3 first = UniformBox(rng, low, high), second = UniformBox(rng, low, high);
  const double z = kCube.half_height();
  // The peer drops the second cube from where it would lie on the first.
  const double second_z = as_peer ? 3 * z : z;
  return {.goal = {goal[0], goal[1], z, goal[0], goal[1], 3 * z},
          .things = {{{first[0], first[1], z}, {second[0], second[1], second_z}}}};
}

}  // namespace

const Task kStack = {
    .name = "Stack",
    .doc =
        "Put the first cube at a place on the table and the second one on top of "
        "it: the distances to both goals, squared, add up to less than (100 mm)^2.",
    .things = {Coloured(kCube, "object1", 2.0, "0.1 0.1 0.9 1"),
               Coloured(kCube, "object2", 1.0, "0.1 0.9 0.1 1")},
    .gripper = true,
    .table_length = 1.1,
    .table_x = -0.3,
    .goal = Task::Goal::kPositions,
    .threshold = 0.1,
    .max_episode_steps = 100,
    .draw = Draw,
    .clearance = 0.08};

namespace {

class StackExpert final : public Expert {
 public:
  using Expert::Expert;

 protected:
  Wish Decide(const ExpertView& view, ExpertMemory& memory) const override {
    // Where the second cube is in the way the stack is built beside it: both cubes may be 70 mm off.
    if (view.step == 0) {
      memory.numbers[0] = view.goal[0];
      const Vec3 other = view.thing(1);
      const double dx = view.goal[0] - other[0];
      if (std::abs(view.goal[1] - other[1]) < 0.075 && std::abs(dx) < kBeside) {
        memory.numbers[0] = other[0] + (dx < 0 ? -kBeside : kBeside);
      }
    }
    const double x = memory.numbers[0], y = view.goal[1];
    Wish wish;
    const double z = kCube.half_height();
    if (memory.phase < kCarryPhases) {
      const bool placed =
          Advance({.thing = 0, .to = {x, y, z}, .release = true, .q = home_orientation()}, view,
                  memory, wish);
      if (!placed) return wish;
      memory.phase = kCarryPhases;
    }
    // On the first cube, wherever it came to stand.
    const Vec3 below = view.thing(0);
    const bool done = Advance({.thing = 1,
                               .to = {below[0], below[1], below[2] + 2 * z},
                               .release = true,
                               .q = home_orientation(),
                               .first = kCarryPhases,
                               .high = 0.13},
                              view, memory, wish);
    if (done) wish = {.p = memory.told_p, .q = home_orientation(), .width = 0.06};
    return wish;
  }

 private:
  static constexpr double kBeside = 0.046;  // m
};

FLYBALL_REGISTER(RegistrationsOf(kStack,
                                 "puts down the first cube at its goal and the second on it",
                                 MakeExpert<StackExpert>));

}  // namespace

}  // namespace flyball
