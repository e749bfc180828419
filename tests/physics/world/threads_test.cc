#include <thread>

#include "tests/physics/world/world_fixture.h"

namespace flyball::test {
namespace {

TEST_CASE("64 worlds of one scene on two threads equal 64 worlds on one", "[world][threads]") {
  const Engine engine = GENERATE(from_range(AvailableEngines()));
  INFO(EngineName(engine));
  const auto scene = Scene::FromString(BoxOnPlane());
  constexpr size_t kWorlds = 64;
  const auto make = [&] {
    std::vector<std::unique_ptr<World>> worlds;
    for (size_t i = 0; i < kWorlds; ++i) {
      worlds.push_back(MakeWorld(scene, engine));
      std::vector<double> qvel = {0.01 * static_cast<double>(i), 0.1, 0.5, 0.3, 0, 1};
      worlds.back()->SetState(worlds.back()->qpos(), qvel);
    }
    return worlds;
  };
  auto serial = make(), shared = make();
  const auto run = [](auto& worlds, size_t begin, size_t end) {
    for (size_t i = begin; i < end; ++i) {
      // Making, overriding and stepping happen on the row's thread in a vector environment.
      if (i % 2) worlds[i]->Override(Parameter::kBodyMass, 1, std::vector{1.0 + 0.01 * i});
      for (int k = 0; k < 20; ++k) worlds[i]->Step(5);
    }
  };
  run(serial, 0, kWorlds);
  std::thread other([&] { run(shared, kWorlds / 2, kWorlds); });
  run(shared, 0, kWorlds / 2);
  other.join();
  for (size_t i = 0; i < kWorlds; ++i) {
    INFO(i);
    CHECK(SameState(*serial[i], *shared[i]));
  }
}

}  // namespace
}  // namespace flyball::test
