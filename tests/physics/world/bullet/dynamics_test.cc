// The trees that Bullet simulates are the ones that MuJoCo compiled: same accelerations, same
// motion.
#include <mujoco/mujoco.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "tests/physics/world/world_fixture.h"

namespace flyball::test {
namespace {

// Random kinematic trees: every joint type, several joints a body, offset anchors, turned inertias.
class TreeMaker {
 public:
  explicit TreeMaker(uint64_t seed) : random_(seed) {}

  std::string Make() {
    std::string xml = R"(<mujoco><option timestep="1e-6" gravity="0.3 -0.2 -9.81"/>
      <compiler angle="radian"/><worldbody>)";
    const int trees = 1 + Pick(2);
    for (int i = 0; i < trees; ++i) xml += Body(0, Pick(2) == 0);
    return xml + "</worldbody></mujoco>";
  }
  double Uniform(double low, double high) {
    return low + (high - low) * static_cast<double>(random_() >> 11) * 0x1p-53;
  }

 private:
  int Pick(int count) { return static_cast<int>(random_() % static_cast<uint64_t>(count)); }
  std::string Numbers(int count, double low, double high) {
    std::string text;
    for (int i = 0; i < count; ++i) text += std::to_string(Uniform(low, high)) + " ";
    return text;
  }
  std::string Body(int depth, bool free) {
    std::string xml = "<body pos=\"" + Numbers(3, -0.3, 0.3) + "\" quat=\"" + Numbers(4, 0.1, 1) +
                      "\"><inertial pos=\"" + Numbers(3, -0.1, 0.1) + "\" quat=\"" +
                      Numbers(4, 0.1, 1) + "\" mass=\"" + Numbers(1, 0.2, 2) + "\" diaginertia=\"" +
                      Numbers(3, 0.02, 0.03) + "\"/>";
    if (free) {
      xml += "<freejoint/>";
    } else {
      // Roots need a joint; others may be welded.
      const int joints = depth == 0 ? 1 + Pick(2) : Pick(3);
      for (int i = 0; i < joints; ++i) {
        const char* types[] = {"hinge", "slide", "ball"};
        const char* type = types[Pick(i == 0 ? 3 : 2)];
        xml += std::string("<joint type=\"") + type + "\" pos=\"" + Numbers(3, -0.1, 0.1) +
               "\" axis=\"" + Numbers(3, 0.1, 1) + "\" ref=\"" +
               (type == types[2] ? "0" : Numbers(1, -0.5, 0.5)) + "\"/>";
        if (type == types[2]) break;
      }
    }
    if (depth < 3) {
      const int children = Pick(3);
      for (int i = 0; i < children; ++i) xml += Body(depth + 1, false);
    }
    return xml + "</body>";
  }
  std::mt19937_64 random_;
};

void RandomState(World& world, TreeMaker& random) {
  std::vector<double> qpos = Copy(world.qpos()), qvel(world.qvel().size());
  for (double& q : qpos) q += random.Uniform(-0.8, 0.8);
  for (double& v : qvel) v = random.Uniform(-2, 2);
  world.SetState(qpos, qvel);  // makes quaternions unit again
}

TEST_CASE("random trees accelerate as MuJoCo's do", "[world][bullet]") {
  double worst = 0;
  for (uint64_t seed = 0; seed < 60; ++seed) {
    TreeMaker random(seed);
    const auto scene = Scene::FromString(random.Make());
    const auto bullet = MakeWorld(scene, Engine::kBullet);
    const auto mujoco = MakeWorld(scene, Engine::kMujoco);
    for (int state = 0; state < 3; ++state) {
      RandomState(*bullet, random);
      mujoco->SetState(bullet->qpos(), bullet->qvel());
      bullet->Step(1);
      mujoco->Step(1);
      const std::vector<double> a = Copy(bullet->Accelerations());
      const std::vector<double> b = Copy(mujoco->Accelerations());
      double scale = 1;
      for (double value : b) scale = std::max(scale, std::abs(value));
      // Bullet's come from a difference of velocities over 1 us: that leaves about 1e-6 of the
      // curvature of a free body's frame, and 1e-9 of rounding.
      for (size_t i = 0; i < a.size(); ++i) {
        worst = std::max(worst, std::abs(a[i] - b[i]) / scale);
        INFO("seed " << seed << " dof " << i << ": " << a[i] << " " << b[i]);
        CHECK(std::abs(a[i] - b[i]) < 2e-6 * scale);
      }
    }
  }
  CAPTURE(worst);
  CHECK(worst < 2e-6);
}

TEST_CASE("random trees move as MuJoCo's do", "[world][bullet]") {
  for (uint64_t seed = 100; seed < 110; ++seed) {
    TreeMaker random(seed);
    const auto scene = Scene::FromString(random.Make());
    WorldSettings settings;
    settings.timestep = 1e-5;
    const auto bullet = MakeWorld(scene, Engine::kBullet, settings);
    const auto mujoco = MakeWorld(scene, Engine::kMujoco, settings);
    RandomState(*bullet, random);
    mujoco->SetState(bullet->qpos(), bullet->qvel());
    bullet->Step(5000);
    mujoco->Step(5000);
    // Both are of first order and differ in how rotations are integrated: 0.05 s at 1e-5 s.
    for (size_t i = 0; i < bullet->qvel().size(); ++i) {
      INFO("seed " << seed << " dof " << i);
      CHECK(bullet->qvel()[i] == Approx(mujoco->qvel()[i]).epsilon(1e-3).margin(5e-3));
    }
    for (size_t i = 0; i < bullet->qpos().size(); ++i) {
      INFO("seed " << seed << " coordinate " << i);
      CHECK(bullet->qpos()[i] == Approx(mujoco->qpos()[i]).margin(1e-4));
    }
  }
}

}  // namespace
}  // namespace flyball::test
