// What goes wrong in a row stays in that row, and is said.
#include <cmath>
#include <filesystem>

#include "physics/numeric/error.h"
#include "tests/physics/world/world_fixture.h"

namespace flyball::test {
namespace {

// A spring that no explicit integration at 0.1 s can follow.
const char* kUnstable = R"(<mujoco><option timestep="0.1"/><worldbody><body>
  <joint type="slide" axis="1 0 0" stiffness="1e6"/><inertial pos="0 0 0" mass="1"
  diaginertia="1 1 1"/></body></worldbody>
  <actuator><motor joint="0"/></actuator></mujoco>)";

std::string Unstable() {
  std::string xml = kUnstable;
  xml.replace(xml.find("<joint "), 7, "<joint name=\"0\" ");
  return xml;
}

TEST_CASE("a control that is not finite is an error, not a zero", "[world]") {
  const Engine engine = GENERATE(from_range(AvailableEngines()));
  INFO(EngineName(engine));
  const auto world = MakeWorld(Scene::FromString(Unstable()), engine);
  world->ctrl()[0] = NAN;
  CHECK_THROWS_AS(world->Step(1), PhysicsError);
  CHECK_THROWS_WITH(world->Step(1), Catch::Contains("ctrl[0]"));
  CHECK(world->time() == 0);
  world->ctrl()[0] = 0;
  world->Step(1);  // nothing was stepped: it goes on
}

TEST_CASE("a diverging world throws, and its neighbours do not notice", "[world]") {
  const Engine engine = GENERATE(from_range(AvailableEngines()));
  INFO(EngineName(engine));
  const auto scene = Scene::FromString(Unstable());
  const auto sick = MakeWorld(scene, engine), well = MakeWorld(scene, engine);
  sick->SetState(std::vector{0.1}, std::vector{0.0});
  const std::vector<std::byte> start = Save(*sick);
  CHECK_THROWS_AS(sick->Step(1000), PhysicsError);
  // It stays where it failed until it is restored or reset.
  CHECK_THROWS_WITH(sick->Step(1), Catch::Contains("reset or restore"));
  well->Step(1000);
  CHECK(well->qpos()[0] == 0);

  Load(*sick, start);
  sick->Step(1);
  CHECK(std::isfinite(sick->qpos()[0]));
  CHECK_THROWS_AS(sick->Step(1000), PhysicsError);
  sick->Reset();
  sick->Step(1000);
  CHECK(SameState(*sick, *well));
}

TEST_CASE("an error inside MuJoCo becomes an exception and leaves no file", "[world]") {
  // Memory for the contacts of one box, not for those of ten.
  std::string xml = Pile();
  xml.replace(xml.find("<default>"), 9, "<size memory=\"60K\"/><default>");
  std::unique_ptr<World> world;
  try {
    world = MakeWorld(Scene::FromString(xml), Engine::kMujoco);
  } catch (const Error&) {
    // Some sizes are refused earlier; that is as good.
  }
  if (world) {
    CHECK_THROWS_AS(world->Step(500), PhysicsError);
    world->Reset();
    world->Step(1);
  }
  CHECK_FALSE(std::filesystem::exists("MUJOCO_LOG.TXT"));
}

TEST_CASE("wrong states and settings are refused by name", "[world]") {
  const auto scene = Scene::FromString(BoxOnPlane());
  const auto world = MakeWorld(scene, Engine::kMujoco);
  CHECK_THROWS_WITH(world->SetState(std::vector<double>(6), std::vector<double>(6)),
                    Catch::Contains("qpos has 6 values"));
  std::vector<double> qvel(6);
  qvel[2] = NAN;
  CHECK_THROWS_WITH(world->SetState(world->qpos(), qvel), Catch::Contains("qvel[2]"));
  CHECK_THROWS_AS(world->Step(-1), InputError);
  CHECK_THROWS_AS(world->Reset(0), InputError);
  CHECK_THROWS_AS(world->BodyPose(-1), InputError);
  CHECK_THROWS_AS(MakeWorld(scene, Engine::kMujoco, {.timestep = -1}), InputError);
  CHECK_THROWS_AS(MakeWorld(scene, Engine::kMujoco, {.friction_rule = FrictionRule::kProduct}),
                  InputError);
  CHECK_THROWS_WITH(EngineFromName("bulet"), Catch::Contains("'bullet'"));
  CHECK(EngineFromName("mujoco") == Engine::kMujoco);
}

TEST_CASE("a scene whose state MuJoCo does not give out cannot be saved", "[world]") {
  std::string xml = Pile();
  xml.replace(xml.find("cone=\"elliptic\"/>"), 17, "><flag sleep=\"enable\"/></option>");
  const auto world = MakeWorld(Scene::FromString(xml), Engine::kMujoco);
  world->Step(10);
  CHECK_THROWS_WITH(Save(*world), Catch::Contains("sleep"));
}

TEST_CASE("a world's own timestep is used, and the scene keeps its own", "[world]") {
  const Engine engine = GENERATE(from_range(AvailableEngines()));
  INFO(EngineName(engine));
  const auto scene = Scene::FromString(BoxOnPlane());
  const auto world = MakeWorld(scene, engine, {.timestep = 0.001});
  const auto plain = MakeWorld(scene, engine);
  world->Step(4);
  plain->Step(4);
  CHECK(world->time() == Approx(0.004));
  CHECK(plain->time() == Approx(0.008));
}

}  // namespace
}  // namespace flyball::test
