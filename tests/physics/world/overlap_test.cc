#include "physics/world/overlap.h"

#include "tests/physics/world/world_fixture.h"

namespace flyball::test {
namespace {

// A ball beside a wall that it touches, and beside a pillar that is only seen.
const char* const kRoom = R"(<mujoco><worldbody>
    <geom name="wall" type="box" size="0.1 1 1"/>
    <body name="pillar" pos="2 0 0"><geom type="box" size="0.2 0.2 1" contype="0" conaffinity="0"/></body>
    <body name="ball"><freejoint/><geom size="0.05"/></body>
    </worldbody></mujoco>)";

TEST_CASE("overlaps are as deep as they are, with what touches and with what is only seen",
          "[world]") {
  const auto scene = Scene::FromString(kRoom);
  const std::vector<int> ball = {scene->Id(Element::kBody, "ball")};
  for (const Engine engine : AvailableEngines()) {
    INFO(EngineName(engine));
    const auto world = MakeWorld(scene, engine);
    const std::vector<double> still(6, 0.0);
    const auto put = [&](double x) {
      world->SetState(std::vector<double>{x, 0, 0, 1, 0, 0, 0}, still);
    };
    put(1.0);
    CHECK(DeepestOverlap(*world, ball).depth == 0.0);
    CHECK(DeepestOverlapWithSeen(*world, ball).depth == 0.0);

    put(0.13);  // 20 mm into the wall's face at x = 0.1
    const Overlap wall = DeepestOverlap(*world, ball);
    CHECK(wall.depth == Approx(0.02).margin(1e-6));
    CHECK(wall.body == "ball");
    CHECK(wall.other == "world");
    CHECK(DeepestOverlapWithSeen(*world, ball).depth == 0.0);  // what touches is not asked for

    put(1.77);  // 20 mm into the pillar's face at x = 1.8
    CHECK(DeepestOverlap(*world, ball).depth == 0.0);
    const Overlap pillar = DeepestOverlapWithSeen(*world, ball);
    CHECK(pillar.depth == Approx(0.02).margin(1e-6));
    CHECK(pillar.other == "pillar");
  }
}

}  // namespace
}  // namespace flyball::test
