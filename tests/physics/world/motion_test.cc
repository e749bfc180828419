// Motions with a closed form, on every engine.
#include <cmath>

#include "tests/physics/world/world_fixture.h"

namespace flyball::test {
namespace {

constexpr double kGravity = 9.81;
constexpr double kPi = 3.14159265358979323846;

// Penetration that the engines' contacts are at rest with. MuJoCo (time constant 4 ms): about 0.1 mm
// under a stack of three; Bullet: a slop of 0.01 mm and a margin of up to 1 mm on the bodies.
constexpr double kRestTolerance = 1e-3;

TEST_CASE("a box falls as g says and comes to rest on its face", "[world]") {
  const Engine engine = GENERATE(from_range(AvailableEngines()));
  INFO(EngineName(engine));
  const auto world = MakeWorld(Scene::FromString(BoxOnPlane()), engine);
  const double h = world->timestep();
  std::vector<double> qpos = Copy(world->qpos());
  qpos[2] = 0.25;
  world->SetState(qpos, world->qvel());

  // Semi-implicit Euler falls by g h^2 n (n + 1) / 2; only rounding is left over.
  const int n = 50;
  world->Step(n);
  CHECK(world->qpos()[2] == Approx(0.25 - kGravity * h * h * n * (n + 1) / 2).margin(1e-12));
  CHECK(world->qvel()[2] == Approx(-kGravity * h * n).margin(1e-11));

  world->Step(1000);
  const std::vector<double> rest = Copy(world->qpos());
  CHECK(rest[2] == Approx(0.05).margin(kRestTolerance));
  CHECK(rest[3] == Approx(1).margin(1e-6));
  // The weight is what the contacts carry.
  double carried = 0;
  for (const Contact& contact : world->Contacts()) {
    const double sign = contact.geom2 == 1 ? 1 : -1;
    carried += sign * contact.force_W[2];
    CHECK(contact.normal_W[2] * sign == Approx(1).margin(1e-6));
  }
  CHECK(carried == Approx(kGravity).epsilon(1e-3));  // 1 kg; the solver's tolerance is far below
  CHECK(std::abs(world->Accelerations()[2]) < 1e-3);

  // No drift over 5 s. Bullet stops its sweeps at a residual of 3e-4 m/s, and so creeps by micrometres
  // a second (PyBullet's does too); a tenth of a millimetre would show.
  world->Step(2500);
  const double drift = engine == Engine::kBullet ? 1e-4 : 1e-5;
  for (int i = 0; i < 3; ++i) CHECK(world->qpos()[i] == Approx(rest[i]).margin(drift));
}

TEST_CASE("a sliding box stops after v^2 / (2 mu g)", "[world]") {
  const Engine engine = GENERATE(from_range(AvailableEngines()));
  INFO(EngineName(engine));
  const auto world = MakeWorld(Scene::FromString(BoxOnPlane()), engine);
  world->Step(500);  // settle
  const double start = world->qpos()[0];
  std::vector<double> qvel(6, 0.0);
  const double v = 1.0, mu = 0.4;
  qvel[0] = v;
  world->SetState(world->qpos(), qvel);
  world->Step(400);
  // A substep's travel at full speed is 2 mm, half of which the integration may cost; contacts that
  // pitch the box as it brakes cost about as much.
  CHECK(world->qpos()[0] - start == Approx(v * v / (2 * mu * kGravity)).margin(0.004));
  CHECK(std::abs(world->qpos()[1]) < 1e-4);
  const double stopped = world->qpos()[0];
  world->Step(2500);
  CHECK(world->qpos()[0] == Approx(stopped).margin(1e-4));
}

TEST_CASE("a stack of three stands for 5 s", "[world]") {
  const Engine engine = GENERATE(from_range(AvailableEngines()));
  INFO(EngineName(engine));
  const char* more = R"(
    <body name="b2" pos="0 0 0.15"><freejoint/><geom type="box" size=".05 .05 .05" mass="1"/></body>
    <body name="b3" pos="0 0 0.25"><freejoint/><geom type="box" size=".05 .05 .05" mass="1"/></body>)";
  const auto world = MakeWorld(Scene::FromString(BoxOnPlane(more)), engine);
  world->Step(2500);
  for (int body = 1; body <= 3; ++body) {
    const Pose pose = world->BodyPose(body);
    CHECK(pose.p_W[2] == Approx(0.1 * body - 0.05).margin(kRestTolerance));
    CHECK(std::hypot(pose.p_W[0], pose.p_W[1]) < 1e-3);
    CHECK(std::abs(pose.q_W[0]) == Approx(1).margin(1e-5));
  }
}

TEST_CASE("a pendulum swings with the period of its inertia", "[world]") {
  const Engine engine = GENERATE(from_range(AvailableEngines()));
  INFO(EngineName(engine));
  const auto world = MakeWorld(Scene::FromString(R"(<mujoco><option timestep="0.001"/>
      <worldbody><body><joint type="hinge" axis="0 1 0"/>
        <inertial pos="0 0 -0.5" mass="1.5" diaginertia="0.02 0.03 0.04"/></body></worldbody>
      </mujoco>)"),
                               engine);
  const double amplitude = 0.01;
  world->SetState(std::vector{amplitude}, std::vector{0.0});
  const double period = 2 * kPi * std::sqrt((0.03 + 1.5 * 0.25) / (1.5 * kGravity * 0.5));
  // The instants of passing zero, ten periods apart, found by interpolation.
  std::vector<double> zeros;
  double before = amplitude;
  while (zeros.size() < 21) {
    world->Step(1);
    const double now = world->qpos()[0];
    if (before * now < 0) {
      zeros.push_back(world->time() - world->timestep() * now / (now - before));
    }
    REQUIRE(world->time() < 30);
    before = now;
  }
  // The amplitude adds theta^2 / 16 = 6e-6, the step (w h)^2 / 24 = 1e-6.
  CHECK((zeros[20] - zeros[0]) / 10 == Approx(period).epsilon(2e-5));
}

TEST_CASE("a double pendulum keeps its energy", "[world]") {
  const Engine engine = GENERATE(from_range(AvailableEngines()));
  INFO(EngineName(engine));
  const auto world = MakeWorld(Scene::FromString(DoublePendulum()), engine);
  world->SetState(std::vector{1.2, 0.7}, std::vector{0.0, 0.0});
  const auto energy = [&] {
    double sum = 0;
    // The centre of mass of the upper rod is the origin of the lower body, that of the lower the tip.
    const Twist upper = world->BodyTwist(2), lower = world->SiteTwist(0);
    const double turn[2] = {world->BodyTwist(1).w_W[1], lower.w_W[1]};
    const double height[2] = {world->BodyPose(2).p_W[2], world->SitePose(0).p_W[2]};
    const Vec3 speed[2] = {upper.v_W, lower.v_W};
    for (int i = 0; i < 2; ++i) {
      double v2 = 0;
      for (double component : speed[i]) v2 += component * component;
      sum += kGravity * height[i] + v2 / 2 + 1e-3 * turn[i] * turn[i] / 2;
    }
    return sum;
  };
  const double begin = energy();
  double worst = 0;
  for (int i = 0; i < 400; ++i) {
    world->Step(10);
    worst = std::max(worst, std::abs(energy() - begin));
  }
  // 2 s of a first-order integrator at 0.5 ms; the energy that is exchanged is about 10 J, and the
  // error oscillates with h w times it (w up to 12 rad/s).
  CHECK(worst < 0.1);
}

}  // namespace
}  // namespace flyball::test
