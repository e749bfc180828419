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

// Two links and a ball at the end, over a floor that the arm is told to go through; the wrist has a
// limit on the way.
const char* const kPressingArm = R"(<mujoco><option timestep="0.004"/><worldbody>
    <geom type="plane" size="0 0 1"/>
    <body pos="0 0 0.42"><joint axis="0 1 0"/><inertial pos="0.2 0 0" mass="3" diaginertia="0.05 0.05 0.05"/>
      <body pos="0.4 0 0"><joint axis="0 1 0" limited="true" range="-20 10"/>
        <inertial pos="0.2 0 0" mass="2" diaginertia="0.03 0.03 0.03"/>
        <geom pos="0.4 0 0" size="0.05" mass="0.5" friction="0.6 0 0"/>
        <body pos="0.4 0 0"><joint axis="1 0 0"/><inertial pos="0 0.02 0" mass="0.2" diaginertia="1e-3 1e-3 1e-3"/>
        </body></body></body></worldbody></mujoco>)";

TEST_CASE("servos fed forward do what the solver's rows converge to", "[world][bullet]") {
  const double cap = GENERATE(500.0, 30.0);  // N m; the second is not enough to hold the arm up
  INFO("cap " << cap);
  const auto scene = Scene::FromString(kPressingArm);
  WorldSettings settings;
  settings.bullet.residual_threshold = 0;
  settings.bullet.iterations = 3000;
  const auto rows = MakeWorld(scene, Engine::kBullet, settings);
  settings.bullet.servo_feedforward = true;
  const auto fed = MakeWorld(scene, Engine::kBullet, settings);
  settings.bullet.iterations = 50;
  const auto quick_fed = MakeWorld(scene, Engine::kBullet, settings);
  settings.bullet.servo_feedforward = false;
  const auto quick_rows = MakeWorld(scene, Engine::kBullet, settings);
  size_t contacts = 0;
  bool at_limit = false;
  double fed_error = 0, quick_fed_error = 0, quick_rows_error = 0;
  for (int step = 0; step < 60; ++step) {
    for (World* world : {rows.get(), fed.get(), quick_fed.get(), quick_rows.get()}) {
      world->SetServos(std::vector<World::Servo>{
          {0, 0.4, 0.1, cap}, {1, step < 40 ? 0.6 : -0.2, 0.1, cap}, {2, 0.3, 0.1, cap}});
      if (step % 7 == 0) world->ApplyWrench(2, {0, 1, 2}, {0, 0.2, 0}, {0.6, 0, 0.4});
      world->Step(2);
    }
    contacts += rows->Contacts().size();
    at_limit |= rows->qpos()[1] > 0.174;
    for (int i = 0; i < 3; ++i) {
      const auto error = [&](const World& world) {
        return std::abs(world.qpos()[i] - rows->qpos()[i]);
      };
      fed_error = std::max(fed_error, error(*fed));
      quick_fed_error = std::max(quick_fed_error, error(*quick_fed));
      quick_rows_error = std::max(quick_rows_error, error(*quick_rows));
    }
  }
  INFO(fed_error << " " << quick_fed_error << " " << quick_rows_error);
  CHECK(fed_error < 1e-5);  // rad: what 3000 sweeps leave over
  // Fifty leave milliradians while limit, floor and caps oppose the servos: no more than before.
  CHECK(quick_fed_error < 1.02 * quick_rows_error);
  CHECK(contacts > (cap > 100 ? 10 : 0));
  CHECK(at_limit);
}

TEST_CASE("servos fed forward are exact where nothing is touched", "[world][bullet]") {
  WorldSettings settings;
  settings.bullet.servo_feedforward = true;
  const auto world = MakeWorld(Scene::FromString(kPressingArm), Engine::kBullet, settings);
  world->SetServos(
      std::vector<World::Servo>{{0, -0.3, 0.1, 1e6}, {1, 0.15, 0.1, 1e6}, {2, 0.5, 0.1, 1e6}});
  world->Step(60);
  const double share = 1 - std::pow(0.9, 60);
  CHECK(world->qpos()[0] == Approx(-0.3 * share).margin(1e-12));
  CHECK(world->qpos()[1] == Approx(0.15 * share).margin(1e-12));
  CHECK(world->qpos()[2] == Approx(0.5 * share).margin(1e-12));
  CHECK(world->Contacts().empty());

  settings.bullet.linear_damping = 0.04;
  CHECK_THROWS_WITH(MakeWorld(Scene::FromString(kPressingArm), Engine::kBullet, settings),
                    Catch::Contains("linear_damping"));
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
