// Reach: bring the end effector to a point above the table. After panda-gym's PandaReach.
#include "envs/manipulation/expert.h"
#include "envs/manipulation/tasks.h"

namespace flyball {
namespace {

Start Draw(Rng& rng, bool) {
  const Vec3 goal = UniformBox(rng, {-kReachXy, -kReachXy, 0.0}, {kReachXy, kReachXy, 0.3});
  return {.goal = {goal[0], goal[1], goal[2]}};
}

}  // namespace

const Task kReach = {.name = "Reach",
                     .doc =
                         "Bring the end effector of a Panda within 50 mm of a point above the "
                         "table.",
                     .things = {},
                     .gripper = false,
                     .table_length = 1.1,
                     .table_x = -0.3,
                     .goal = Task::Goal::kEndEffector,
                     .threshold = 0.05,
                     .max_episode_steps = 50,
                     .draw = Draw,
                     .clearance = 0.0};

namespace {

class ReachExpert final : public Expert {
 public:
  using Expert::Expert;

 protected:
  Wish Decide(const ExpertView& view, ExpertMemory&) const override {
    return {.p = {view.goal[0], view.goal[1], view.goal[2]}, .q = home_orientation()};
  }
};

FLYBALL_REGISTER(RegistrationsOf(kReach, "moves the end effector straight to the goal",
                                 MakeExpert<ReachExpert>));

}  // namespace

}  // namespace flyball
