#include "envs/manipulation/inverse_kinematics.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include "physics/numeric/assets.h"
#include "physics/numeric/random.h"

namespace flyball {
namespace {

const std::shared_ptr<const Scene>& PandaScene() {
  static const auto scene = Scene::FromFile(AssetPath("robots/panda.xml"));
  return scene;
}

const std::vector<double> kNeutral = {0, 0.41, 0, -1.85, 0, 2.26, 0.79};

}  // namespace

TEST_CASE("the chain's end effector is the peer's at its neutral pose", "[manipulation]") {
  const KinematicChain chain(*PandaScene(), PandaScene()->Id(Element::kSite, "ee"));
  REQUIRE(chain.num_joints() == 7);
  const KinematicChain::State state = chain.Forward(kNeutral);
  // Measured on panda-gym 3.0.7, printed to nine digits.
  CHECK(state.p_W[0] == Approx(0.038439669).margin(1e-9));
  CHECK(std::abs(state.p_W[1]) < 1e-9);
  CHECK(state.p_W[2] == Approx(0.197400138).margin(1e-9));
}

TEST_CASE("the chain's Jacobian is the derivative of its pose", "[manipulation]") {
  const KinematicChain chain(*PandaScene(), PandaScene()->Id(Element::kSite, "ee"));
  const std::vector<double> q = {0.3, -0.4, 0.7, -1.5, 0.2, 1.9, -0.6};
  std::vector<double> J(6 * 7);
  chain.ForwardWithJacobian(q, J);
  const double h = 1e-6;
  for (int i = 0; i < 7; ++i) {
    std::vector<double> ahead = q, behind = q;
    ahead[i] += h;
    behind[i] -= h;
    const auto a = chain.Forward(ahead), b = chain.Forward(behind);
    for (int k = 0; k < 3; ++k) {
      // Central differences: h^2 of the third derivative, plus rounding over h.
      CHECK(J[k * 7 + i] == Approx((a.p_W[k] - b.p_W[k]) / (2 * h)).margin(1e-9));
    }
  }
}

TEST_CASE("Bullet's inverse kinematics falls short as Bullet's does", "[manipulation]") {
  const KinematicChain chain(*PandaScene(), PandaScene()->Id(Element::kSite, "ee"));
  struct Case {
    Vec3 d;
    std::vector<double> q;
  };
  // Joint solutions of PyBullet 3.2.7 for displacements of the neutral pose, printed to 1e-6.
  const std::vector<Case> cases = {
      {{0.05, 0, 0}, {-0.000598, 0.509229, 0.000696, -1.696334, -0.000424, 2.209932, 0.785660}},
      {{0, 0.05, 0}, {0.058484, 0.413708, 0.021238, -1.844473, -0.010909, 2.258252, 0.870186}},
      {{0, 0, 0.05}, {-0.000573, 0.339645, 0.000642, -1.820503, -0.000261, 2.160910, 0.785577}},
      {{0, 0, 0}, {0.000686, 0.41, 0.000791, -1.85, -0.000822, 2.26, 0.788222}}};
  const Vec3 start = chain.Forward(kNeutral).p_W;
  for (const Case& c : cases) {
    std::vector<double> q = kNeutral;
    SolveIk(chain, kBulletIk, {start[0] + c.d[0], start[1] + c.d[1], start[2] + c.d[2]},
            {0, 1, 0, 0}, q);
    for (int i = 0; i < 7; ++i) CHECK(q[i] == Approx(c.q[i]).margin(1e-6));
  }
}

TEST_CASE("converging inverse kinematics reaches what can be reached, within the limits",
          "[manipulation]") {
  const KinematicChain chain(*PandaScene(), PandaScene()->Id(Element::kSite, "ee"));
  const KinematicChain::State start = chain.Forward(kNeutral);
  const auto orientation = QuaternionOf(start.R_W);
  Rng rng(1);
  for (int k = 0; k < 200; ++k) {
    const Vec3 target = {rng.Uniform(-0.15, 0.15), rng.Uniform(-0.15, 0.15), rng.Uniform(0.0, 0.3)};
    std::vector<double> q = kNeutral;
    SolveIk(chain, kConvergingIk, target, orientation, q);
    const KinematicChain::State end = chain.Forward(q);
    for (int i = 0; i < 3; ++i) CHECK(end.p_W[i] == Approx(target[i]).margin(1e-6));
    for (int i = 0; i < 9; ++i) CHECK(end.R_W[i] == Approx(start.R_W[i]).margin(1e-5));
    for (int i = 0; i < 7; ++i) CHECK((q[i] >= chain.low()[i] && q[i] <= chain.high()[i]));
  }
  // From target to target as a task goes, a step of the largest action at a time: the last step of
  // each solution is not looked at again, and lands within the tolerance all the same.
  std::vector<double> q_way = kNeutral;
  Vec3 p_way = start.p_W;
  for (int k = 0; k < 300; ++k) {
    for (int i = 0; i < 3; ++i) {
      p_way[i] = std::clamp(p_way[i] + rng.Uniform(-0.05, 0.05), i == 2 ? 0.0 : -0.15,
                            i == 2 ? 0.3 : 0.15);
    }
    SolveIk(chain, kConvergingIk, p_way, orientation, q_way);
    const KinematicChain::State end = chain.Forward(q_way);
    for (int i = 0; i < 3; ++i) CHECK(end.p_W[i] == Approx(p_way[i]).margin(1e-7));
    for (int i = 0; i < 9; ++i) CHECK(end.R_W[i] == Approx(start.R_W[i]).margin(1e-6));
  }
  // Already there: nothing moves, so that a zero action does not.
  std::vector<double> q = kNeutral;
  SolveIk(chain, kConvergingIk, start.p_W, orientation, q);
  for (int i = 0; i < 7; ++i) CHECK(q[i] == Approx(kNeutral[i]).margin(1e-12));
}

TEST_CASE("out of reach, inverse kinematics ends as near as it can", "[manipulation]") {
  const KinematicChain chain(*PandaScene(), PandaScene()->Id(Element::kSite, "ee"));
  const KinematicChain::State start = chain.Forward(kNeutral);
  const auto orientation = QuaternionOf(start.R_W);
  // Squared distance and half the squared difference of the matrices, which is the angle's square for
  // small angles.
  const auto squared = [&](std::span<const double> q, const Vec3& target) {
    const KinematicChain::State end = chain.Forward(q);
    double sum = 0;
    for (int i = 0; i < 3; ++i) sum += std::pow(end.p_W[i] - target[i], 2);
    for (int i = 0; i < 9; ++i) sum += std::pow(end.R_W[i] - start.R_W[i], 2) / 2;
    return sum;
  };
  Rng rng(2);
  for (const Vec3& way : {Vec3{0.3, 0, 0}, Vec3{0, 0.5, 0}, Vec3{0.2, -0.3, 0.2}}) {
    // There in steps, and on against the end.
    std::vector<double> q = kNeutral;
    Vec3 target = start.p_W;
    for (int step = 0; step < 40; ++step) {
      for (int i = 0; i < 3; ++i) target[i] += step < 20 ? way[i] / 15 : 0.0;
      SolveIk(chain, kConvergingIk, target, orientation, q);
    }
    const double least = squared(q, target);
    CHECK(std::sqrt(least) > 0.01);  // it is out of reach
    for (int k = 0; k < 300; ++k) {
      std::vector<double> near = q;
      for (int i = 0; i < 7; ++i) {
        near[i] = std::clamp(q[i] + rng.Uniform(-0.02, 0.02), chain.low()[i], chain.high()[i]);
      }
      // A solution stops where an iteration gains 1 %.
      CHECK(squared(near, target) > 0.97 * least);
    }
  }
}

}  // namespace flyball
