#include <cmath>

#include "physics/numeric/error.h"
#include "tests/physics/world/world_fixture.h"

namespace flyball::test {
namespace {

// An arm of three joints under gravity; `damping` and an integrator to be honoured by the servos.
std::string Arm(const std::string& option, const std::string& joint = "") {
  return "<mujoco><option timestep=\"0.002\" " + option + "/><default><joint " + joint +
         R"(/></default><worldbody>
      <body><joint name="j1" type="hinge" axis="0 0 1"/>
        <inertial pos="0.05 0 0.2" mass="3" diaginertia="0.03 0.04 0.02"/>
        <body pos="0 0 0.3"><joint name="j2" type="hinge" axis="0 1 0"/>
          <inertial pos="0 0.02 0.2" mass="2" diaginertia="0.02 0.02 0.01"/>
          <body pos="0 0 0.4"><joint name="j3" type="slide" axis="1 0 0"/>
            <inertial pos="0.1 0 0" mass="1" diaginertia="0.01 0.01 0.01"/>
            <site name="tip"/></body></body></body></worldbody></mujoco>)";
}

// MuJoCo's computed torque is exact up to rounding through M / h^2; Bullet's joint motors are rows of
// an iterative solver that stops at a residual of 1e-7.
double DecayTolerance(Engine engine) { return engine == Engine::kMujoco ? 1e-9 : 1e-4; }

TEST_CASE("an unsaturated servo removes its gain's share of the error a substep", "[world]") {
  const Engine engine = GENERATE(from_range(AvailableEngines()));
  const std::string option = GENERATE("", "integrator=\"implicitfast\"", "integrator=\"Euler\"");
  const std::string joint = GENERATE("", "damping=\"2\"");
  INFO(EngineName(engine) << " " << option << " " << joint);
  const auto world = MakeWorld(Scene::FromString(Arm(option, joint)), engine);
  const std::vector<double> start = {0.3, -0.5, 0.1}, target = {0.5, 0.2, -0.05};
  world->SetState(start, std::vector{0.0, 0.0, 0.0});
  const double infinity = std::numeric_limits<double>::infinity();
  const double cap = engine == Engine::kMujoco ? infinity : 1e6;
  world->SetServos(std::vector<World::Servo>{
      {0, target[0], 0.1, cap}, {1, target[1], 0.1, cap}, {2, target[2], 0.1, cap}});
  double share = 1;
  for (int n = 1; n <= 60; ++n) {
    world->Step(1);
    share *= 0.9;
    for (int i = 0; i < 3; ++i) {
      CHECK(std::abs(world->qpos()[i] - target[i] - share * (start[i] - target[i])) <
            DecayTolerance(engine));
    }
  }
  // Held: gravity does not sag it.
  world->Step(1000);
  for (int i = 0; i < 3; ++i) {
    CHECK(world->qpos()[i] == Approx(target[i]).margin(DecayTolerance(engine)));
  }
}

TEST_CASE("a saturated servo gives its cap and no more", "[world]") {
  const Engine engine = GENERATE(from_range(AvailableEngines()));
  INFO(EngineName(engine));
  const auto world = MakeWorld(Scene::FromString(R"(<mujoco>
      <option timestep="0.002" gravity="0 0 0"/><worldbody><body>
      <joint type="hinge" axis="0 0 1"/><inertial pos="0 0 0" mass="1" diaginertia="1 1 0.5"/>
      </body></worldbody></mujoco>)"),
                               engine);
  world->SetServos(std::vector<World::Servo>{{0, 1.0, 0.1, 2.0}});
  world->Step(10);
  CHECK(world->qvel()[0] ==
        Approx(2.0 / 0.5 * 0.02).epsilon(1e-6));  // exact up to a solver residual
}

TEST_CASE("servos beside a saturated one still reach their velocity", "[world]") {
  const Engine engine = GENERATE(from_range(AvailableEngines()));
  INFO(EngineName(engine));
  const auto world = MakeWorld(Scene::FromString(Arm("")), engine);
  world->SetState(std::vector{0.0, 0.4, 0.0}, std::vector{0.0, 0.0, 0.0});
  world->SetServos(
      std::vector<World::Servo>{{0, 0.1, 0.1, 1e6}, {1, 0.9, 0.1, 5.0}, {2, 0.05, 0.1, 1e6}});
  world->Step(1);
  const double h = world->timestep();
  CHECK(world->qvel()[0] == Approx(0.1 * 0.1 / h).margin(DecayTolerance(engine) / h));
  CHECK(world->qvel()[2] == Approx(0.1 * 0.05 / h).margin(DecayTolerance(engine) / h));
  CHECK(world->qvel()[1] < 0.1 * 0.5 / h / 2);
}

TEST_CASE("a joint without a servo follows the dynamics, and servos stay exact", "[world]") {
  const Engine engine = GENERATE(from_range(AvailableEngines()));
  INFO(EngineName(engine));
  const auto world = MakeWorld(Scene::FromString(Arm("")), engine);
  world->SetState(std::vector{0.0, 0.4, 0.0}, std::vector{0.0, 0.0, 0.0});
  world->SetServos(std::vector<World::Servo>{{0, 0.1, 0.1, 1e6}, {2, 0.0, 0.1, 1e6}});
  double share = 1;
  for (int n = 1; n <= 50; ++n) {
    world->Step(1);
    share *= 0.9;
    CHECK(std::abs(world->qpos()[0] - 0.1 * (1 - share)) < DecayTolerance(engine));
  }
  CHECK(world->qpos()[1] > 0.41);  // it falls
}

TEST_CASE("wrong servos are refused by name of the field", "[world]") {
  const auto world = MakeWorld(Scene::FromString(BoxOnPlane()), Engine::kMujoco);
  using Servos = std::vector<World::Servo>;
  CHECK_THROWS_WITH(world->SetServos(Servos{{0, 0, 0.1, 1}}), Catch::Contains("neither a hinge"));
  const auto arm = MakeWorld(Scene::FromString(Arm("")), Engine::kMujoco);
  CHECK_THROWS_WITH(arm->SetServos(Servos{{0, 0, 1.5, 1}}), Catch::Contains("gain"));
  CHECK_THROWS_WITH(arm->SetServos(Servos{{0, 0, 0.1, -1}}), Catch::Contains("max_force"));
  CHECK_THROWS_WITH(arm->SetServos(Servos{{0, NAN, 0.1, 1}}), Catch::Contains("target"));
  CHECK_THROWS_WITH(arm->SetServos(Servos{{9, 0, 0.1, 1}}), Catch::Contains("joint id is 9"));
  CHECK_THROWS_AS(arm->SetServos(Servos{{1, 0, 0.1, 1}, {1, 0, 0.1, 1}}), InputError);
}

}  // namespace
}  // namespace flyball::test
