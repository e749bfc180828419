// All of the state is state: reset, save and load repeat a run to the last bit.
#include "tests/physics/world/world_fixture.h"

#include "physics/numeric/error.h"

namespace flyball::test {
namespace {

TEST_CASE("a world that is reset repeats its run bit for bit", "[world]") {
  const Engine engine = GENERATE(from_range(AvailableEngines()));
  INFO(EngineName(engine));
  const auto scene = Scene::FromString(BoxOnPlane());
  const auto world = MakeWorld(scene, engine);
  const std::vector<double> qvel = {0.7, 0.2, 0, 0.1, 3, 0.4};
  const auto run = [&] {
    world->SetState(world->qpos(), qvel);
    for (int i = 0; i < 40; ++i) world->Step(10);
    return Copy(world->qpos());
  };
  const std::vector<double> first = run();
  world->Reset();
  CHECK(world->time() == 0);
  CHECK(SameBits(run(), first));

  const auto other = MakeWorld(scene, engine);
  other->SetState(other->qpos(), qvel);
  for (int i = 0; i < 40; ++i) other->Step(10);
  CHECK(SameBits(other->qpos(), first));
}

}  // namespace
}  // namespace flyball::test
