// What only the Bullet engine promises: builds that agree, refusals and the list of differences.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <thread>

#include "physics/numeric/error.h"
#include "physics/numeric/isa.h"
#include "tests/physics/world/world_fixture.h"

namespace flyball::test {
namespace {

std::unique_ptr<World> MakeBuild(std::shared_ptr<const Scene> scene, const char* isa) {
  setenv("FLYBALL_ISA", isa, 1);
  auto world = MakeWorld(std::move(scene), Engine::kBullet);
  unsetenv("FLYBALL_ISA");
  return world;
}

// Compounds: three boxes on a body, so that one pair of bodies has nine pairs of geoms.
std::string PileOfCompounds() {
  std::string xml = Pile();
  std::string bodies;
  for (int i = 0; i < 12; ++i) {
    bodies += "<body pos=\"" + std::to_string(0.1 * (i % 4) - 0.05) + " 0.02 " +
              std::to_string(1.3 + 0.15 * i) + "\" euler=\"" + std::to_string(20 * i) +
              R"( 30 0"><freejoint/><geom type="box" size=".05 .02 .02" mass=".2"/>
              <geom type="box" pos="0 .04 0" size=".02 .05 .02" mass=".2"/>
              <geom type="cylinder" pos="0 0 .04" size=".02 .03" mass=".1"/></body>)";
  }
  return xml.insert(xml.find("</worldbody>"), bodies);
}

TEST_CASE("builds for different processors give the same bits", "[world][bullet]") {
  if (BestIsa() == Isa::kBase) return;  // there is only one to run
  const auto scene = Scene::FromString(PileOfCompounds());
  const auto base = MakeBuild(scene, "base"), v3 = MakeBuild(scene, "v3");
  for (int i = 0; i < 10; ++i) {
    base->Step(50);
    v3->Step(50);
    REQUIRE(SameState(*base, *v3));
  }
  CHECK(Save(*base) == Save(*v3));
}

TEST_CASE("a snapshot amid compounds continues bit for bit in a fresh world", "[world][bullet]") {
  const auto scene = Scene::FromString(PileOfCompounds());
  const auto live = MakeWorld(scene, Engine::kBullet), fresh = MakeWorld(scene, Engine::kBullet);
  live->Step(300);
  const std::vector<std::byte> middle = Save(*live);
  CHECK(live->Contacts().size() > 20);
  Load(*fresh, middle);
  CHECK(Save(*fresh) == middle);
  CHECK(fresh->Contacts().size() == live->Contacts().size());
  for (int i = 0; i < 20; ++i) {
    live->Step(20);
    fresh->Step(20);
    REQUIRE(Save(*live) == Save(*fresh));
  }
  // Back in time in the same world, and the same again.
  const std::vector<std::byte> end = Save(*live);
  Load(*live, middle);
  live->Step(400);
  CHECK(Save(*live) == end);
}

TEST_CASE("piles on two threads equal a pile on one", "[world][bullet][threads]") {
  const auto scene = Scene::FromString(PileOfCompounds());
  std::vector<std::unique_ptr<World>> worlds;
  for (int i = 0; i < 5; ++i) worlds.push_back(MakeWorld(scene, Engine::kBullet));
  const auto run = [&](size_t first) {
    for (size_t i = first; i < worlds.size() - 1; i += 2) worlds[i]->Step(150);
  };
  std::thread other([&] { run(1); });
  run(0);
  other.join();
  worlds.back()->Step(150);
  for (const auto& world : worlds) CHECK(SameState(*world, *worlds.back()));
}

TEST_CASE("what cannot be simulated is refused by name", "[world][bullet]") {
  const auto refuse = [](const char* xml, const char* name) {
    CHECK_THROWS_AS(MakeWorld(Scene::FromString(xml), Engine::kBullet), InputError);
    CHECK_THROWS_WITH(MakeWorld(Scene::FromString(xml), Engine::kBullet), Catch::Contains(name));
  };
  refuse(R"(<mujoco><worldbody><body name="a"><freejoint/><geom size=".1"/></body>
    <body name="b" pos="1 0 0"><freejoint/><geom size=".1"/></body></worldbody>
    <equality><weld name="glue" body1="a" body2="b"/></equality></mujoco>)",
         "glue");
  refuse(R"(<mujoco><asset><hfield name="hills" nrow="4" ncol="4" size="1 1 1 1"/></asset>
    <worldbody><geom name="ground" type="hfield" hfield="hills"/></worldbody></mujoco>)",
         "ground");
  WorldSettings settings;
  settings.bullet.iterations = 0;
  CHECK_THROWS_WITH(MakeWorld(Scene::FromString(BoxOnPlane()), Engine::kBullet, settings),
                    Catch::Contains("BulletSettings.iterations is 0"));
}

TEST_CASE("what is simulated differently is listed", "[world][bullet]") {
  const auto world = MakeWorld(Scene::FromString(R"(<mujoco><worldbody><body>
      <joint name="elbow" armature="0.1" axis="0 1 0"/><geom size=".1" margin="0.01"/></body>
      </worldbody></mujoco>)"),
                               Engine::kBullet);
  bool armature = false, margin = false, solver = false;
  for (const UnsupportedFeature& one : world->Unsupported()) {
    const bool physics = one.severity == UnsupportedFeature::Severity::kChangesPhysics;
    armature |= physics && one.feature == "joint armature (elbow)";
    margin |= physics && one.feature.find("geom margin") == 0;
    solver |= !physics && one.feature.find("option solver") == 0;
    CHECK(!one.treatment.empty());
  }
  CHECK(armature);
  CHECK(margin);
  CHECK(solver);
}

TEST_CASE("armature slows a single joint exactly", "[world][bullet]") {
  const auto world = MakeWorld(Scene::FromString(R"(<mujoco><option gravity="0 0 0"/><worldbody>
      <body><joint name="spin" axis="1 1 0" armature="0.3"/>
      <inertial pos="0 0 0" mass="1" diaginertia="0.1 0.1 0.1"/></body></worldbody>
      <actuator><motor joint="spin"/></actuator></mujoco>)"),
                               Engine::kBullet);
  world->ctrl()[0] = 2;
  world->Step(1);
  CHECK(world->Accelerations()[0] == Approx(2 / 0.4).epsilon(1e-12));  // rounding only
}

TEST_CASE("a stale pose turns wrenches back by a substep", "[world][bullet]") {
  WorldSettings settings;
  settings.timestep = 0.01;
  settings.bullet.stale_link_pose = true;
  const auto world = MakeWorld(Scene::FromString(R"(<mujoco><option gravity="0 0 0"/><worldbody>
      <body><freejoint/><inertial pos="0 0 0" mass="1" diaginertia="1 1 1"/></body></worldbody>
      </mujoco>)"),
                               Engine::kBullet, settings);
  world->SetState(world->qpos(), std::vector<double>{0, 0, 0, 0, 0, 2});
  // A force along the body's x axis: the first two substeps push along x, the third along the axis
  // of one substep before, 0.02 rad.
  for (int i = 0; i < 3; ++i) {
    const double angle = 0.02 * i;
    world->ApplyWrench(1, {std::cos(angle), std::sin(angle), 0}, {}, {});
    const double vx = world->qvel()[0], vy = world->qvel()[1];
    const Pose pose = world->BodyPose(1);
    world->ApplyWrench(1, {}, {}, pose.p_W);
    world->Step(1);
    const double before = std::max(0, i - 1) * 0.02;
    CHECK(world->qvel()[0] - vx == Approx(0.01 * std::cos(before)).margin(1e-12));
    CHECK(world->qvel()[1] - vy == Approx(0.01 * std::sin(before)).margin(1e-12));
  }
}

}  // namespace
}  // namespace flyball::test
