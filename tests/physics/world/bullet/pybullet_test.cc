// Figures measured on PyBullet 3.2.7 (a static box, createMultiBody, resetBaseVelocity, 2 ms). They
// hold the whole substep: drag, friction by the product of coefficients, manifolds, solver. The
// same equations in the same order agree to rounding; a solver that stops one sweep later shows at
// 1e-6.
#include <string>

#include "tests/physics/world/world_fixture.h"

namespace flyball::test {
namespace {

// A loose body over a table whose top is at z = 0; both coefficients of friction multiply.
std::unique_ptr<World> OnTable(const std::string& geom, double z, Engine engine = Engine::kBullet) {
  const std::string xml = R"(<mujoco><option timestep="0.002"/><worldbody>
    <geom name="table" type="box" pos="-0.1 0 -0.2" size="0.7 0.35 0.2" friction="0.5"/>
    <body pos="0 0 )" + std::to_string(z) +
                          "\"><freejoint/>" + geom + "</body></worldbody></mujoco>";
  WorldSettings settings;
  if (engine == Engine::kBullet) settings.friction_rule = FrictionRule::kProduct;
  settings.bullet.linear_damping = settings.bullet.angular_damping = 0.04;
  settings.mujoco.linear_damping = settings.mujoco.angular_damping = 0.04;
  return MakeWorld(Scene::FromString(xml), engine, settings);
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
  const Engine engine = GENERATE(from_range(AvailableEngines()));
  INFO(EngineName(engine));
  const auto world = OnTable(kPuck, 0.35, engine);
  SetVelocity(*world, {1, 0, 0, 0, 0, 1});
  world->Step(50);
  CHECK(world->qvel()[0] == Approx(0.991497).margin(1e-6));
  CHECK(world->qvel()[5] == Approx(0.992047).margin(1e-6));
  CHECK(world->qvel()[2] == Approx(-0.976777).margin(1e-6));
  CHECK(0.35 - world->qpos()[2] == Approx(0.049892).margin(1e-6));
}

// The arm at its neutral pose is sent 0.3 rad ahead in every joint: joints 1 to 4 run at their
// caps. On MuJoCo the same sweeps over the servos find the same torques.
TEST_CASE("servos of the Panda saturate and arrive as PyBullet's", "[world][bullet]") {
  const Engine engine = GENERATE(from_range(AvailableEngines()));
  INFO(EngineName(engine));
  WorldSettings settings;
  settings.timestep = 0.002;
  settings.bullet.linear_damping = settings.bullet.angular_damping = 0.04;
  settings.mujoco = {.servo_sweeps = 50, .linear_damping = 0.04, .angular_damping = 0.04};
  const auto scene = Scene::FromFile(std::string(FLYBALL_ASSETS) + "/robots/panda.xml");
  const auto world = MakeWorld(scene, engine, settings);
  const std::vector<double> neutral = {0, 0.41, 0, -1.85, 0, 2.26, 0.79, 0, 0};
  const std::vector<double> caps = {87, 87, 87, 87, 12, 120, 120, 170, 170};
  std::vector<World::Servo> servos;
  for (int j = 0; j < 9; ++j) {
    const double target = neutral[static_cast<size_t>(j)] + (j < 7 ? 0.3 : 0.02);
    servos.push_back({j, target, 0.1, caps[static_cast<size_t>(j)]});
  }
  world->SetState(neutral, std::vector<double>(9, 0.0));
  world->SetServos(servos);

  // Masses and inertias of PyBullet's loader are written in the model to 6 digits.
  const auto check = [&](const std::vector<double>& expected) {
    for (size_t j = 0; j < 9; ++j) {
      INFO("joint " << j + 1 << " at " << world->time());
      CHECK(world->qpos()[j] == Approx(expected[j]).margin(3e-6));
    }
  };
  world->Step(5);
  check({-0.00719058, 0.41904458, 0.01292221, -1.85272675, 0.01796716, 2.37439696, 0.91285349,
         0.00819020, 0.00819029});
  world->Step(15);
  check({-0.07571819, 0.57785624, 0.16131300, -1.64486466, 0.18749743, 2.52178624, 1.05352626,
         0.01756856, 0.01756839});
  world->Step(80);
  check({0.42567009, 0.74972652, 0.29996969, -1.54998429, 0.29998269, 2.55998693, 1.08999557,
         0.01999941, 0.01999956});
}

}  // namespace
}  // namespace flyball::test
