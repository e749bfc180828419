#include "tests/allocations.h"
#include "tests/physics/world/world_fixture.h"

namespace flyball::test {
namespace {

TEST_CASE("a warm world steps without allocating", "[world]") {
  if (!CountsAllocations()) return;
  const Engine engine = GENERATE(from_range(AvailableEngines()));
  INFO(EngineName(engine));
  const auto world = MakeWorld(Scene::FromString(Pile()), engine, {.keep_previous_pose = true});
  world->Step(300);
  (void)world->Contacts();
  const long before = Allocations();
  size_t touched = 0;
  for (int i = 0; i < 20; ++i) {
    world->ApplyWrench(1, {0, 0, 1}, {}, {0, 0, 0});
    world->Step(5);
    touched += world->Contacts().size();
  }
  CHECK(Allocations() == before);
  CHECK(touched > 0);
}

TEST_CASE("servos and hooks allocate nothing either", "[world]") {
  if (!CountsAllocations()) return;
  const Engine engine = GENERATE(from_range(AvailableEngines()));
  INFO(EngineName(engine));
  WorldSettings settings;
  settings.mujoco.servo_sweeps = GENERATE(0, 50);
  const auto world = MakeWorld(Scene::FromString(DoublePendulum()), engine, settings);
  std::vector<World::Servo> servos = {{0, 1, 0.1, 3}, {1, -1, 0.1, 3}};
  world->SetSubstepHook([](World& inside, int) { inside.ApplyWrench(2, {1, 0, 0}, {}, {}); });
  world->SetServos(servos);
  world->Step(10);
  const long before = Allocations();
  for (int i = 0; i < 20; ++i) {
    servos[0].target = 0.05 * i;
    world->SetServos(servos);
    world->Step(5);
  }
  CHECK(Allocations() == before);
}

TEST_CASE("the counter sees what libraries allocate", "[world]") {
  if (!CountsAllocations()) return;
  const auto scene = Scene::FromString(DoublePendulum());
  const long before = Allocations();
  const auto world = MakeWorld(scene, Engine::kMujoco);
  CHECK(Allocations() > before + 3);
}

}  // namespace
}  // namespace flyball::test
