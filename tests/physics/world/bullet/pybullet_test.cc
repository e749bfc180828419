// Figures measured on PyBullet 3.2.7 (a static box, createMultiBody, resetBaseVelocity, 2 ms). They
// hold the whole substep: drag, friction by the product of coefficients, manifolds, solver. The
// same equations in the same order agree to rounding; a solver that stops one sweep later shows at
// 1e-6.
#include <cmath>

#include "tests/physics/world/world_fixture.h"

namespace flyball::test {
namespace {

// A loose body over a table whose top is at z = 0; both coefficients of friction multiply.
std::unique_ptr<World> OnTable(const std::string& geom, double z) {
  const std::string xml = R"(<mujoco><option timestep="0.002"/><worldbody>
    <geom name="table" type="box" pos="-0.1 0 -0.2" size="0.7 0.35 0.2" friction="0.5"/>
    <body pos="0 0 )" + std::to_string(z) +
                          "\"><freejoint/>" + geom + "</body></worldbody></mujoco>";
  WorldSettings settings;
  settings.friction_rule = FrictionRule::kProduct;
  settings.bullet.linear_damping = settings.bullet.angular_damping = 0.04;
  return MakeWorld(Scene::FromString(xml), Engine::kBullet, settings);
}

void SetVelocity(World& world, std::vector<double> qvel) { world.SetState(world.qpos(), qvel); }

const char* kCube = R"(<geom type="box" size="0.02 0.02 0.02" mass="1" friction="0.5"/>)";
const char* kPuck = R"(<geom type="cylinder" size="0.03 0.015" mass="1" friction="0.04"/>)";

TEST_CASE("a sliding cube slows and stops as PyBullet's", "[world][bullet]") {
  const auto world = OnTable(kCube, 0.02);
  SetVelocity(*world, {0.5, 0, 0, 0, 0, 0});
  world->Step(50);
  CHECK(world->qvel()[0] == Approx(0.252425983).margin(1e-7));
  CHECK(world->qpos()[2] == Approx(0.019969634).margin(1e-7));
  world->Step(200);
  CHECK(world->qpos()[0] == Approx(0.050088559).margin(1e-7));
}

TEST_CASE("a sliding puck slows as PyBullet's", "[world][bullet]") {
  const auto world = OnTable(kPuck, 0.015);
  SetVelocity(*world, {0.5, 0, 0, 0, 0, 0});
  world->Step(50);
  CHECK(world->qvel()[0] == Approx(0.477477319).margin(1e-7));
  CHECK(world->qpos()[2] == Approx(0.014336912).margin(1e-7));
  world->Step(200);
  CHECK(world->qvel()[0] == Approx(0.389086260).margin(1e-7));
  CHECK(world->qpos()[0] == Approx(0.221998737).margin(1e-7));
}

TEST_CASE("drag in the air is PyBullet's, linear and quadratic", "[world][bullet]") {
  const auto world = OnTable(kPuck, 0.35);
  SetVelocity(*world, {1, 0, 0, 0, 0, 1});
  world->Step(50);
  CHECK(world->qvel()[0] == Approx(0.991497).margin(1e-6));
  CHECK(world->qvel()[5] == Approx(0.992047).margin(1e-6));
  CHECK(world->qvel()[2] == Approx(-0.976777).margin(1e-6));
  CHECK(0.35 - world->qpos()[2] == Approx(0.049892).margin(1e-6));
}

}  // namespace
}  // namespace flyball::test
