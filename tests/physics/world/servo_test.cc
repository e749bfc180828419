#include <cmath>

#include "physics/numeric/error.h"
#include "physics/world/scene_edits.h"
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

TEST_CASE("servos aimed within a step act as servos set between steps", "[world]") {
  const Engine engine = GENERATE(from_range(AvailableEngines()));
  INFO(EngineName(engine));
  const auto scene = Scene::FromString(Arm("", "damping=\"1\""));
  const auto together = MakeWorld(scene, engine), apart = MakeWorld(scene, engine);
  std::vector<World::Servo> servos = {{0, 0, 0.3, 40}, {1, 0, 0.3, 40}, {2, 0, 0.3, 40}};
  const auto target = [](int substep, size_t i) { return 0.02 * (substep + 1) * (i + 1.0); };
  together->SetServos(servos);
  for (int step = 0; step < 4; ++step) {
    std::vector<double> seen;
    together->Step(5, [&](std::span<World::Servo> aimed, int substep) {
      seen.push_back(together->qpos()[1]);
      for (size_t i = 0; i < 3; ++i) aimed[i].target = target(5 * step + substep, i);
    });
    for (int substep = 0; substep < 5; ++substep) {
      CHECK(seen[static_cast<size_t>(substep)] == apart->qpos()[1]);
      for (size_t i = 0; i < 3; ++i) servos[i].target = target(5 * step + substep, i);
      apart->SetServos(servos);
      apart->Step(1);
    }
    for (int i = 0; i < 3; ++i) {
      CHECK(together->qpos()[i] == apart->qpos()[i]);
      CHECK(together->qvel()[i] == apart->qvel()[i]);
    }
  }
  CHECK(together->qpos()[0] > 0.1);
}

// On MuJoCo a substep in which nothing constrains the servos is done without the inertia matrix. A
// hook, whatever it does, rules that out.
TEST_CASE("a free substep is what the whole one would have been", "[world]") {
  const std::string joint =
      GENERATE("", "armature=\"0.3\"", "stiffness=\"20\"", "range=\"-0.3 0.3\" limited=\"true\"");
  const double cap = GENERATE(1e6, 25.0);  // N m, N; the smaller one is met now and then
  INFO(joint << ", cap " << cap);
  const auto scene = Scene::FromString(Arm("integrator=\"implicitfast\"", joint));
  const auto free = MakeWorld(scene, Engine::kMujoco), whole = MakeWorld(scene, Engine::kMujoco);
  int substeps = 0;
  whole->SetSubstepHook([&](World&, int) { ++substeps; });
  for (int step = 0; step < 40; ++step) {
    const double sign = step / 10 % 2 ? -1 : 1;
    const std::vector<World::Servo> servos = {
        {0, 0.4 * sign, 0.1, cap}, {1, 0.5 * sign, 0.1, cap}, {2, 0.2 * sign, 0.1, cap}};
    for (World* world : {free.get(), whole.get()}) {
      world->SetServos(servos);
      if (step % 3 == 0) world->ApplyWrench(2, {3, -5, 8}, {0.5, 0, 1}, {0.1, 0, 0.5});
      world->Step(5);
    }
    for (int i = 0; i < 3; ++i) {
      // Rounding of the torque, through 1 / M and two integrations: an error at the cap or a limit
      // would be of the order of 1e-3.
      CHECK(std::abs(free->qpos()[i] - whole->qpos()[i]) < 1e-10);
      CHECK(std::abs(free->qvel()[i] - whole->qvel()[i]) < 1e-8);
      CHECK(std::abs(free->Accelerations()[i] - whole->Accelerations()[i]) < 1e-5);
    }
    CHECK(free->time() == whole->time());
  }
  CHECK(substeps == 200);
}

// A finger of 0.1 kg goes 0.01 m to a fixed wall and is told to be 0.01 m beyond. By itself MuJoCo's servo
// would press with M gain / h^2 * 0.01 m = 25 N.
TEST_CASE("a servo in the contact solver moves as any other and presses with its cap", "[world]") {
  constexpr double kCap = 60.0;  // N
  WorldSettings settings;
  settings.mujoco.servos_in_solver = true;
  const auto scene = Scene::FromString(
      R"(<mujoco><option timestep="0.002" gravity="0 0 0"/><worldbody>
        <geom name="wall" type="box" size="0.01 0.1 0.1" pos="0.03 0 0"/>
        <body><joint name="finger" type="slide" axis="1 0 0"/>
          <geom name="finger" type="box" size="0.01 0.01 0.01" mass="0.1"/></body>
      </worldbody></mujoco>)",
      [](mjSpec* spec) { AddServoRows(spec, std::vector<std::string>{"finger"}); });
  const auto world = MakeWorld(scene, Engine::kMujoco, settings);
  world->SetServos(std::vector<World::Servo>{{0, 0.02, 0.1, kCap}});
  double share = 1;
  for (int n = 0; n < 6; ++n) {
    world->Step(1);
    share *= 0.9;
    // The row gives way by 1e-4 of what it takes to be followed.
    CHECK(world->qpos()[0] == Approx(0.02 * (1 - share)).epsilon(1e-3));
  }
  world->Step(500);
  CHECK(std::abs(world->qvel()[0]) < 1e-9);
  double force = 0;
  for (const Contact& contact : world->Contacts()) force += contact.force_W[0];
  CHECK(std::abs(force) == Approx(kCap).epsilon(1e-6));
  CHECK_THROWS_WITH(
      Scene::FromString(
          "<mujoco/>", [](mjSpec* spec) { AddServoRows(spec, std::vector<std::string>{"thumb"}); }),
      Catch::Contains("thumb"));
}

TEST_CASE("settings of engine mujoco are refused by name", "[world]") {
  const auto make = [&](const MujocoSettings& own, const std::string& option = "") {
    WorldSettings settings;
    settings.mujoco = own;
    return MakeWorld(Scene::FromString(Arm(option)), Engine::kMujoco, settings);
  };
  CHECK_THROWS_WITH(make({.servo_sweeps = -1}), Catch::Contains("servo_sweeps = -1"));
  CHECK_THROWS_WITH(make({.linear_damping = NAN}), Catch::Contains("linear_damping"));
  CHECK_THROWS_WITH(make({.angular_damping = -0.1}), Catch::Contains("angular_damping"));
  CHECK_THROWS_WITH(make({.linear_damping = 0.1}, "integrator=\"RK4\""), Catch::Contains("RK4"));
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
