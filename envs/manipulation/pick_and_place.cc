// PickAndPlace: carry a cube to a place on the table or above it. After panda-gym's PandaPickAndPlace.
#include "envs/manipulation/carry.h"
#include "envs/manipulation/tasks.h"

namespace flyball {
namespace {

Start Draw(Rng& rng, bool) {
  Vec3 goal = UniformBox(rng, {-kReachXy, -kReachXy, 0.0}, {kReachXy, kReachXy, 0.2});
  if (rng.Random() < 0.3) goal[2] = 0.0;  // on the table as often as this
  const Vec3 thing = UniformBox(rng, {-kReachXy, -kReachXy, 0.0}, {kReachXy, kReachXy, 0.0});
  const double z = kCube.half_height();
  return {.goal = {goal[0], goal[1], z + goal[2]},
          .things = {{{thing[0], thing[1], z + thing[2]}}}};
}

}  // namespace

const Task kPickAndPlace = {
    .name = "PickAndPlace",
    .doc = "Carry a cube to within 50 mm of a place on the table or above it.",
    .things = {kCube},
    .gripper = true,
    .table_length = 1.1,
    .table_x = -0.3,
    .goal = Task::Goal::kPositions,
    .threshold = 0.05,
    .max_episode_steps = 50,
    .draw = Draw,
    .clearance = 0.0};

namespace {

class PickAndPlaceExpert final : public Expert {
 public:
  using Expert::Expert;

 protected:
  Wish Decide(const ExpertView& view, ExpertMemory& memory) const override {
    Wish wish;
    Advance({.thing = 0,
             .to = {view.goal[0], view.goal[1], view.goal[2]},
             .release = false,
             .q = home_orientation()},
            view, memory, wish);
    return wish;
  }
};

FLYBALL_REGISTER(RegistrationsOf(kPickAndPlace,
                                 "grips the cube from above and holds it at the goal",
                                 MakeExpert<PickAndPlaceExpert>));

}  // namespace

}  // namespace flyball
