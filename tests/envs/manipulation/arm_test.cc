#include "envs/manipulation/arm.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <memory>
#include <vector>

#include "envs/core/vector_env.h"
#include "envs/manipulation/setup.h"
#include "envs/manipulation/tasks.h"
#include "physics/numeric/random.h"

namespace flyball {
namespace {

// A Panda under the default preset, with `finer` times as many substeps as that has.
struct Simulation {
  std::unique_ptr<World> world;
  std::unique_ptr<Arm> arm;

  Simulation(Engine engine, int finer) {
    const ManipulationSetup setup = SetupOf("default", engine, false, 5 * finer);
    world = World::Make(TaskScene(kReach, setup.robot, {.touch = setup.touch}), setup.world);
    arm = std::make_unique<Arm>(*world, setup.robot, setup.arm);
    std::vector<double> qpos(world->qpos().size()), qvel(world->qvel().size());
    arm->Place(arm->home(), qpos);
    world->SetState(qpos, qvel);
  }
};

}  // namespace

TEST_CASE("free motion under the default preset does not depend on the substep", "[manipulation]") {
  const Engine engine = GENERATE(Engine::kMujoco, Engine::kBullet);
  const bool by_joints = GENERATE(false, true);
  INFO(EngineName(engine) << (by_joints ? " joints" : " end effector"));
  int compared = 0;
  for (int seed = 1; seed <= 4; ++seed) {
    Simulation coarse(engine, 1), fine(engine, 10);
    Rng rng(seed);
    bool touched = false;
    for (int step = 0; step < 40 && !touched; ++step) {
      std::vector<double> action(by_joints ? 7 : 3);
      for (double& a : action) a = rng.Uniform(-0.05, 0.05);
      for (Simulation* simulation : {&coarse, &fine}) {
        Arm& arm = *simulation->arm;
        if (by_joints) {
          arm.MoveJoints(action);
        } else {
          arm.MoveEndEffector({action[0], action[1], action[2]});
        }
        arm.MoveGripper(0.0);
        arm.Step();
        touched |= !simulation->world->Contacts().empty();
      }
      if (touched) break;
      const Vec3 p = coarse.arm->EndEffectorPosition(), q = fine.arm->EndEffectorPosition();
      // 1 mm is what is asked for; most of it goes where a servo meets its cap for a moment.
      CHECK(std::hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]) < 1e-3);
      ++compared;
    }
  }
  CHECK(compared > 80);
}

TEST_CASE("substeps are an option, but not of a preset that has its own", "[manipulation]") {
  const auto env = VectorEnv::Make("PandaReach-v1", {{"substeps", 8}}, {.seed = 1});
  CHECK(env->world(0)->timestep() == Approx(0.005));
  CHECK_THROWS_WITH(
      VectorEnv::Make("PandaReach-v1", {{"substeps", 8}, {"preset", "panda_gym"}}, {.seed = 1}),
      Catch::Contains("exclude each other"));
  CHECK_THROWS_WITH(VectorEnv::Make("PandaReach-v1", {{"substeps", -1}}, {.seed = 1}),
                    Catch::Contains("substeps"));
}

}  // namespace flyball
