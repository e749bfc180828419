#include "physics/numeric/error.h"
#include "tests/physics/world/world_fixture.h"

namespace flyball::test {
namespace {

// A free body of 2 kg whose centre of mass is not its origin, weightless.
const char* kFreeBody = R"(<mujoco><option timestep="0.001" gravity="0 0 0"/>
  <worldbody><body name="b" pos="0 0 1"><freejoint/>
    <inertial pos="0.1 0 0" mass="2" diaginertia="0.1 0.2 0.3"/>
    <site name="s" pos="0.3 0 0"/></body></worldbody></mujoco>)";

TEST_CASE("a wrench acts for one Step, at its point", "[world]") {
  const Engine engine = GENERATE(from_range(AvailableEngines()));
  INFO(EngineName(engine));
  const auto world = MakeWorld(Scene::FromString(kFreeBody), engine);
  const double h = world->timestep();

  // A force through the centre of mass only translates.
  world->ApplyWrench(1, {0, 4, 0}, {0, 0, 0}, {0.1, 0, 1});
  world->Step(10);
  CHECK(world->qvel()[1] == Approx(4.0 / 2 * 10 * h).epsilon(1e-12));
  CHECK(std::abs(world->qvel()[5]) < 1e-12);
  // It is gone afterwards.
  world->Step(10);
  CHECK(world->qvel()[1] == Approx(4.0 / 2 * 10 * h).epsilon(1e-12));

  // 0.2 m off it: also a torque of 0.8 N m about z, as does a pure torque.
  world->Reset();
  world->ApplyWrench(1, {0, 4, 0}, {0, 0, 0.1}, {0.3, 0, 1});
  world->Step(1);
  CHECK(world->qvel()[5] == Approx((0.8 + 0.1) / 0.3 * h).epsilon(1e-9));

  CHECK_THROWS_AS(world->ApplyWrench(7, {}, {}, {}), InputError);
}

TEST_CASE("the hook's wrenches last a substep, and held ones stay beside them", "[world]") {
  const Engine engine = GENERATE(from_range(AvailableEngines()));
  INFO(EngineName(engine));
  const auto world = MakeWorld(Scene::FromString(kFreeBody), engine);
  const double h = world->timestep();
  std::vector<int> calls;
  std::vector<double> seen;
  world->SetSubstepHook([&](World& inside, int substep) {
    calls.push_back(substep);
    seen.push_back(inside.BodyPose(1).p_W[1]);
    const Vec3 origin = inside.BodyPose(1).p_W;  // it does not turn
    const Vec3 com = {origin[0] + 0.1, origin[1], 1};
    if (substep == 1) inside.ApplyWrench(1, {0, 4, 0}, {}, com);
  });
  world->ApplyWrench(1, {6, 0, 0}, {}, {0.1, 0, 1});
  world->Step(5);
  CHECK(calls == std::vector{0, 1, 2, 3, 4});
  CHECK(world->qvel()[0] == Approx(6.0 / 2 * 5 * h).epsilon(1e-9));
  CHECK(world->qvel()[1] == Approx(4.0 / 2 * h).epsilon(1e-9));
  // Poses are those of the substep's begin: it has moved once when substep 2 begins.
  CHECK(seen[1] == 0);
  CHECK(seen[2] == Approx(2 * h * h).epsilon(1e-9));
  CHECK(seen[4] == Approx(3 * 2 * h * h).epsilon(1e-9));
}

TEST_CASE("Jacobians, twists and the previous pose agree with the motion", "[world]") {
  const Engine engine = GENERATE(from_range(AvailableEngines()));
  INFO(EngineName(engine));
  const auto scene = Scene::FromString(DoublePendulum());
  const auto world = MakeWorld(scene, engine, {.keep_previous_pose = true});
  const auto twin = MakeWorld(scene, engine);
  for (const auto& one : {world.get(), twin.get()}) {
    one->SetState(std::vector{1.2, 0.7}, std::vector{2.0, -3.0});
  }
  CHECK(SameBits(world->PreviousSitePose(0).p_W, world->SitePose(0).p_W));

  std::vector<double> linear(6), angular(6);
  const auto through = [&](const std::vector<double>& jacobian, int row) {
    return jacobian[2 * row] * world->qvel()[0] + jacobian[2 * row + 1] * world->qvel()[1];
  };
  world->SiteJacobian(0, linear, angular);
  for (int i = 0; i < 3; ++i) {
    CHECK(world->SiteTwist(0).v_W[i] == Approx(through(linear, i)).margin(1e-12));
    CHECK(world->SiteTwist(0).w_W[i] == Approx(through(angular, i)).margin(1e-12));
  }

  // The last substep of 20 begins where 19 substeps lead.
  world->Step(20);
  twin->Step(19);
  CHECK(SameBits(world->PreviousSitePose(0).p_W, twin->SitePose(0).p_W));
  CHECK(SameBits(world->PreviousSitePose(0).q_W, twin->SitePose(0).q_W));
  // The site's velocity is today's by size, and turned by how far the site turned meanwhile.
  const Vec3 now = world->SiteTwist(0).v_W, seen = world->PreviousSiteTwist(0).v_W;
  const auto dot = [](const Vec3& a, const Vec3& b) {
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
  };
  CHECK(dot(seen, seen) == Approx(dot(now, now)).epsilon(1e-12));
  const auto q = world->SitePose(0).q_W, q_before = world->PreviousSitePose(0).q_W;
  const double half =
      q[0] * q_before[0] + q[1] * q_before[1] + q[2] * q_before[2] + q[3] * q_before[3];
  const double turned = 2 * std::acos(std::min(1.0, std::abs(half)));
  // Velocity and turn lie in the same plane here, so the angle between the two is the turn.
  CHECK(std::acos(dot(seen, now) / dot(now, now)) == Approx(turned).margin(1e-7));
  CHECK_THROWS_AS(twin->PreviousSitePose(0), InputError);

  // Remembering, or a hook that does nothing, changes no bit of the motion.
  twin->Step(1);
  CHECK(SameState(*world, *twin));
  world->SetSubstepHook([](World&, int) {});
  world->Step(30);
  twin->Step(30);
  CHECK(SameState(*world, *twin));
}

}  // namespace
}  // namespace flyball::test
