#include <mujoco/mujoco.h>

#include <cmath>

#include "physics/numeric/error.h"
#include "tests/physics/world/world_fixture.h"

namespace flyball::test {
namespace {

std::vector<std::byte> Bytes(const mjModel& model) {
  std::vector<std::byte> bytes(static_cast<size_t>(mj_sizeModel(&model)));
  mj_saveModel(&model, nullptr, bytes.data(), static_cast<mjtSize>(bytes.size()));
  return bytes;
}

TEST_CASE("an overridden mass answers a force as it should", "[world]") {
  const Engine engine = GENERATE(from_range(AvailableEngines()));
  INFO(EngineName(engine));
  const auto scene = Scene::FromString(R"(<mujoco><option timestep="0.001" gravity="0 0 0"/>
      <worldbody><body><freejoint/><inertial pos="0 0 0" mass="1" diaginertia=".1 .1 .1"/></body>
      </worldbody></mujoco>)");
  const auto world = MakeWorld(scene, engine), plain = MakeWorld(scene, engine);
  world->Override(Parameter::kBodyMass, 1, std::vector{4.0});
  for (World* one : {world.get(), plain.get()}) {
    one->ApplyWrench(1, {8, 0, 0}, {0, 0, 1}, {0, 0, 0});
    one->Step(10);
  }
  CHECK(plain->qvel()[0] == Approx(8 * 0.01).epsilon(1e-9));
  CHECK(world->qvel()[0] == Approx(8.0 / 4 * 0.01).epsilon(1e-9));
  // Inertia scales along, until it is set too; then the order of setting does not matter.
  CHECK(world->qvel()[5] == Approx(1.0 / 0.4 * 0.01).epsilon(1e-9));
  world->Reset();
  world->Override(Parameter::kBodyInertia, 1, std::vector{0.5, 0.5, 0.5});
  world->Override(Parameter::kBodyMass, 1, std::vector{2.0});
  world->ApplyWrench(1, {8, 0, 0}, {0, 0, 1}, {0, 0, 0});
  world->Step(10);
  CHECK(world->qvel()[0] == Approx(8.0 / 2 * 0.01).epsilon(1e-9));
  CHECK(world->qvel()[5] == Approx(1.0 / 0.5 * 0.01).epsilon(1e-9));
}

TEST_CASE("an overridden friction changes the stopping distance", "[world]") {
  const Engine engine = GENERATE(from_range(AvailableEngines()));
  INFO(EngineName(engine));
  const auto world = MakeWorld(Scene::FromString(BoxOnPlane()), engine);
  const double mu = 0.2;
  for (int geom : {0, 1})
    world->Override(Parameter::kGeomFriction, geom, std::vector{mu, 0.0, 0.0});
  world->Step(200);
  const double start = world->qpos()[0];
  world->SetState(world->qpos(), std::vector{0.8, 0.0, 0.0, 0.0, 0.0, 0.0});
  world->Step(600);
  // As for the scene's own friction: a substep's travel and the pitch of braking.
  CHECK(world->qpos()[0] - start == Approx(0.64 / (2 * mu * 9.81)).margin(0.004));
}

TEST_CASE("an overridden size is what the box rests on", "[world]") {
  const Engine engine = GENERATE(from_range(AvailableEngines()));
  INFO(EngineName(engine));
  const auto world = MakeWorld(Scene::FromString(BoxOnPlane()), engine);
  world->Override(Parameter::kGeomSize, 1, std::vector{0.05, 0.05, 0.08});
  std::vector<double> qpos = Copy(world->qpos());
  qpos[2] = 0.085;
  world->SetState(qpos, world->qvel());
  world->Step(1000);
  CHECK(world->qpos()[2] == Approx(0.08).margin(1e-3));  // penetration and margin at rest
}

TEST_CASE("damping and actuator gain are overridden", "[world]") {
  const Engine engine = GENERATE(from_range(AvailableEngines()));
  INFO(EngineName(engine));
  const auto world = MakeWorld(Scene::FromString(R"(<mujoco>
      <option timestep="0.001" gravity="0 0 0"/><worldbody><body>
      <joint name="j" type="slide" axis="1 0 0" damping="1"/>
      <inertial pos="0 0 0" mass="2" diaginertia="1 1 1"/></body></worldbody>
      <actuator><motor joint="j" gear="3"/></actuator></mujoco>)"),
                               engine);
  world->Override(Parameter::kJointDamping, 0, std::vector{4.0});
  world->Override(Parameter::kActuatorGain, 0, std::vector{0.5});
  world->ctrl()[0] = 8;
  world->Step(20000);
  CHECK(world->qvel()[0] == Approx(8 * 3 * 0.5 / 4.0).epsilon(1e-6));  // terminal velocity
}

TEST_CASE("an override that comes back is bit-identical to none", "[world]") {
  const Engine engine = GENERATE(from_range(AvailableEngines()));
  INFO(EngineName(engine));
  const auto scene = Scene::FromString(Pile());
  const std::vector<std::byte> scene_before = Bytes(scene->model());
  const auto world = MakeWorld(scene, engine), plain = MakeWorld(scene, engine);
  world->Step(50);
  plain->Step(50);

  // The state is not touched by changing the model, not even by an ulp.
  const std::vector<double> qpos = Copy(world->qpos());
  const size_t bytes_before = world->memory_bytes();
  world->Override(Parameter::kBodyMass, 3, std::vector{0.9});
  world->Override(Parameter::kGeomFriction, 2, std::vector{0.9, 0.0, 0.0});
  CHECK(SameBits(world->qpos(), qpos));
  CHECK(world->memory_bytes() > bytes_before);
  CHECK(world->model().body_mass[3] == 0.9);

  world->Override(Parameter::kBodyMass, 3, std::vector{0.3});
  world->Override(Parameter::kGeomFriction, 2, std::vector{0.5, 0.005, 0.0001});
  world->Step(300);
  plain->Step(300);
  CHECK(SameState(*world, *plain));
  CHECK(Bytes(scene->model()) == scene_before);
}

TEST_CASE("a snapshot carries the overrides into another world", "[world]") {
  const Engine engine = GENERATE(from_range(AvailableEngines()));
  INFO(EngineName(engine));
  const auto scene = Scene::FromString(Pile());
  const auto world = MakeWorld(scene, engine), other = MakeWorld(scene, engine);
  const std::vector<std::byte> none = Save(*other);
  world->Override(Parameter::kBodyMass, 3, std::vector{0.9});
  world->Override(Parameter::kGeomSize, 1, std::vector{0.06, 0.03, 0.03});
  world->Step(150);
  const std::vector<std::byte> snapshot = Save(*world);
  other->Override(Parameter::kBodyMass, 5, std::vector{0.5});
  Load(*other, snapshot);
  world->Step(200);
  other->Step(200);
  CHECK(SameState(*world, *other));
  // And a snapshot without any takes them away.
  Load(*other, none);
  const auto fresh = MakeWorld(scene, engine);
  other->Step(200);
  fresh->Step(200);
  CHECK(SameState(*other, *fresh));
}

TEST_CASE("a row's model shares the assets with its scene", "[world]") {
  const auto scene = Scene::FromString(Pile());
  const auto world = MakeWorld(scene, Engine::kMujoco);
  world->Override(Parameter::kBodyMass, 3, std::vector{0.9});
  CHECK(world->model().mesh_vert == scene->model().mesh_vert);
  CHECK(world->model().names == scene->model().names);
  CHECK(world->model().body_mass != scene->model().body_mass);
}

TEST_CASE("wrong overrides are refused with what is allowed", "[world]") {
  const auto world = MakeWorld(Scene::FromString(Pile()), Engine::kMujoco);
  CHECK_THROWS_WITH(world->Override(Parameter::kBodyMass, 3, std::vector{0.0}),
                    Catch::Contains("body mass of body 3") && Catch::Contains("> 0"));
  CHECK_THROWS_AS(world->Override(Parameter::kBodyMass, 3, std::vector{1.0, 2.0}), InputError);
  CHECK_THROWS_AS(world->Override(Parameter::kBodyMass, 99, std::vector{1.0}), InputError);
  CHECK_THROWS_AS(world->Override(Parameter::kGeomFriction, 1, std::vector{std::nan(""), 0.0, 0.0}),
                  InputError);
  CHECK_THROWS_WITH(world->Override(Parameter::kGeomSize, 2, std::vector{1.0, 1.0, 1.0}),
                    Catch::Contains("mesh"));
}

}  // namespace
}  // namespace flyball::test
