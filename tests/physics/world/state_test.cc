// All of the state is state: reset, save and load repeat a run to the last bit.
#include "physics/numeric/error.h"
#include "tests/physics/world/world_fixture.h"

namespace flyball::test {
namespace {

TEST_CASE("a world that is reset repeats its run bit for bit", "[world]") {
  const Engine engine = GENERATE(from_range(AvailableEngines()));
  INFO(EngineName(engine));
  const auto scene = Scene::FromString(Pile());
  const auto world = MakeWorld(scene, engine);
  world->Step(400);
  const std::vector<double> first = Copy(world->qpos());
  world->Reset();
  CHECK(world->time() == 0);
  CHECK(world->Contacts().empty());
  world->Step(400);
  CHECK(SameBits(world->qpos(), first));

  // So does a new world, in other portions.
  const auto other = MakeWorld(scene, engine);
  for (int i = 0; i < 40; ++i) other->Step(10);
  CHECK(SameBits(other->qpos(), first));
}

TEST_CASE("a snapshot of a falling pile continues bit for bit", "[world]") {
  const Engine engine = GENERATE(from_range(AvailableEngines()));
  INFO(EngineName(engine));
  const auto scene = Scene::FromString(Pile());
  const auto world = MakeWorld(scene, engine, {.keep_previous_pose = true});
  world->Step(200);
  REQUIRE(world->Contacts().size() > 20);
  const std::vector<std::byte> snapshot = Save(*world);
  const std::vector<Contact> contacts(world->Contacts().begin(), world->Contacts().end());
  const std::vector<double> accelerations = Copy(world->Accelerations());

  std::vector<std::vector<double>> path;
  for (int i = 0; i < 50; ++i) {
    world->Step(10);
    path.push_back(Copy(world->qpos()));
  }
  // Into the same world, into a new one, and into one with another past.
  const auto fresh = MakeWorld(scene, engine, {.keep_previous_pose = true});
  const auto used = MakeWorld(scene, engine, {.keep_previous_pose = true});
  used->Step(333);
  for (World* target : {world.get(), fresh.get(), used.get()}) {
    Load(*target, snapshot);
    CHECK(target->time() == Approx(0.4));
    CHECK(Save(*target) == snapshot);
    CHECK(SameBits(target->Accelerations(), accelerations));
    REQUIRE(target->Contacts().size() == contacts.size());
    CHECK(std::memcmp(target->Contacts().data(), contacts.data(),
                      contacts.size() * sizeof(Contact)) == 0);
    bool same = true;
    for (int i = 0; i < 50; ++i) {
      target->Step(10);
      same = same && SameBits(target->qpos(), path[static_cast<size_t>(i)]);
    }
    CHECK(same);
  }
}

TEST_CASE("servos, controls and pending wrenches are part of a snapshot", "[world]") {
  const Engine engine = GENERATE(from_range(AvailableEngines()));
  INFO(EngineName(engine));
  const auto scene = Scene::FromString(R"(<mujoco><option timestep="0.002"/><worldbody>
      <body name="a"><joint name="a" type="hinge" axis="0 1 0" damping="0.1"/>
        <inertial pos="0 0 -0.3" mass="1" diaginertia="0.1 0.1 0.1"/>
        <body name="b" pos="0 0 -0.6"><joint name="b" type="hinge" axis="0 1 0"/>
          <inertial pos="0 0 -0.3" mass="1" diaginertia="0.1 0.1 0.1"/></body></body></worldbody>
      <actuator><motor joint="b"/></actuator></mujoco>)");
  const auto world = MakeWorld(scene, engine);
  world->SetServos(std::vector<World::Servo>{{0, 0.5, 0.05, 20.0}});
  world->ctrl()[0] = 0.7;
  world->Step(30);
  world->ApplyWrench(2, {3, 0, 0}, {}, {0, 0, -0.6});
  const std::vector<std::byte> snapshot = Save(*world);
  world->Step(50);

  const auto other = MakeWorld(scene, engine);
  Load(*other, snapshot);
  REQUIRE(other->servos().size() == 1);
  CHECK(other->ctrl()[0] == 0.7);
  CHECK(Save(*other) == snapshot);  // equal states are equal bytes: replays compare them
  other->Step(50);
  CHECK(SameState(*world, *other));
  CHECK(Save(*world) == Save(*other));
}

TEST_CASE("a snapshot of something else, or a damaged one, is refused", "[world]") {
  const Engine engine = GENERATE(from_range(AvailableEngines()));
  INFO(EngineName(engine));
  const auto world = MakeWorld(Scene::FromString(BoxOnPlane()), engine);
  std::vector<std::byte> snapshot = Save(*world);
  const auto other = MakeWorld(Scene::FromString(Pile()), engine);
  StateLoader wrong(snapshot);
  CHECK_THROWS_AS(other->VisitState(wrong), DataError);
  other->Step(1);  // nothing was touched

  const auto faster = MakeWorld(Scene::FromString(BoxOnPlane()), engine, {.timestep = 0.004});
  StateLoader slow(snapshot);
  CHECK_THROWS_WITH(faster->VisitState(slow), Catch::Contains("timestep"));
  faster->Step(1);

  snapshot.resize(snapshot.size() / 2);
  StateLoader cut(snapshot);
  CHECK_THROWS_AS(world->VisitState(cut), DataError);
  CHECK_THROWS_AS(world->Step(1), PhysicsError);  // half loaded: no use before a reset
  world->Reset();
  world->Step(1);
}

}  // namespace
}  // namespace flyball::test
