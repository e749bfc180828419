#include "physics/world/kinematic_chain.h"

#include <mujoco/mujoco.h>

#include <cmath>

#include "tests/physics/world/world_fixture.h"

namespace flyball::test {
namespace {

// Hinges off their bodies' origins about slanting axes, a slide, and a turned body without a joint.
const char* const kCrookedArm = R"(<mujoco><worldbody>
    <body pos="0.1 0.2 0.3" euler="20 30 40"><joint axis="1 2 3" pos="0.02 -0.05 0.1"/>
      <geom size="0.1"/>
      <body pos="0 0 0.4"><joint axis="0 1 0" ref="15"/><joint type="slide" axis="1 0 1"/>
        <geom size="0.1"/>
        <body pos="0.1 0 0.2" euler="0 -50 0"><geom size="0.1"/>
          <site name="tip" pos="0.05 0.1 0" euler="10 20 30"/></body></body></body>
    </worldbody></mujoco>)";

TEST_CASE("a chain's pose and twist are those of its world", "[world]") {
  const auto scene = Scene::FromString(kCrookedArm);
  const int site = scene->Id(Element::kSite, "tip");
  const KinematicChain chain(*scene, site);
  REQUIRE(chain.num_joints() == 3);
  const auto world = MakeWorld(scene, Engine::kMujoco);
  const std::vector<double> q = {0.7, -0.4, 0.15}, v = {-1.1, 0.6, 0.9};
  world->SetState(q, v);
  const KinematicChain::Motion motion = chain.ForwardWithTwist(q, v);
  const Twist twist = world->SiteTwist(site);
  const double* R = world->data().site_xmat + 9 * site;
  for (size_t k = 0; k < 3; ++k) {
    // Both sum a dozen products of order one.
    CHECK(std::abs(motion.pose.p_W[k] - world->SitePose(site).p_W[k]) < 1e-14);
    CHECK(std::abs(motion.twist.v_W[k] - twist.v_W[k]) < 1e-14);
    CHECK(std::abs(motion.twist.w_W[k] - twist.w_W[k]) < 1e-14);
  }
  for (size_t k = 0; k < 9; ++k) CHECK(std::abs(motion.pose.R_W[k] - R[k]) < 1e-14);

  std::vector<double> J(6 * 3);
  chain.ForwardWithJacobian(q, J);
  for (size_t k = 0; k < 3; ++k) {
    double linear = 0.0, angular = 0.0;
    for (size_t i = 0; i < 3; ++i) {
      linear += J[3 * k + i] * v[i];
      angular += J[3 * (3 + k) + i] * v[i];
    }
    CHECK(linear == Approx(twist.v_W[k]).margin(1e-14));
    CHECK(angular == Approx(twist.w_W[k]).margin(1e-14));
  }
}

// Poses are computed when they are first asked for, in whatever order that is done.
TEST_CASE("poses follow every step, asked for or not", "[world]") {
  const Engine engine = GENERATE(from_range(AvailableEngines()));
  INFO(EngineName(engine));
  const auto scene = Scene::FromString(kCrookedArm);
  const int site = scene->Id(Element::kSite, "tip");
  const KinematicChain chain(*scene, site);
  const auto world = MakeWorld(scene, engine);
  for (int step = 0; step < 6; ++step) {
    world->Step(20);
    if (step % 2 == 0) continue;
    if (step == 3) (void)world->data();
    const KinematicChain::Motion motion = chain.ForwardWithTwist(world->qpos(), world->qvel());
    const Twist twist = world->SiteTwist(site);
    for (size_t k = 0; k < 3; ++k) {
      CHECK(motion.pose.p_W[k] == Approx(world->SitePose(site).p_W[k]).margin(1e-12));
      CHECK(motion.twist.v_W[k] == Approx(twist.v_W[k]).margin(1e-12));
    }
  }
}

}  // namespace
}  // namespace flyball::test
