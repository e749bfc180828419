#include "render/viewer/orbit_camera.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "physics/numeric/error.h"

namespace flyball {
namespace {

constexpr char kArm[] = R"(<mujoco><worldbody><light pos="0 0 3"/>
  <camera name="side" pos="0 -2 .5" xyaxes="1 0 0 0 0 1" fovy="50"/>
  <body><joint axis="0 1 0"/><geom size=".2" rgba="1 0 0 1"/></body></worldbody></mujoco>)";
constexpr char kDrones[] = R"(<mujoco><worldbody><geom type="plane" size="50 50 1"/>
  <body pos="1 0 2"><freejoint/><geom size=".05"/></body>
  <body pos="3 0 2"><freejoint/><geom size=".05"/></body></worldbody></mujoco>)";

double Distance(const Vec3& a, const Vec3& b) {
  return std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

TEST_CASE("a free camera shows what the fixed one it begins from shows", "[viewer]") {
  const auto world = World::Make(Scene::FromString(kArm));
  OrbitCamera camera;
  camera.Start(*world, "side");
  CHECK(camera.view().camera.empty());
  CHECK(camera.view().azimuth_deg == Approx(90.0));
  CHECK(camera.view().elevation_deg == Approx(0.0).margin(1e-6));
  CHECK(camera.view().fovy_deg == Approx(50.0));
  // The eye is where the camera is.
  const Vec3& at = camera.view().lookat_W;
  CHECK(Distance(at, {0.0, -2.0 + camera.view().distance, 0.5}) < 1e-6);
  CHECK_THROWS_AS(camera.Start(*world, "sid"), InputError);
}

TEST_CASE("drones are looked at from near them", "[viewer]") {
  const auto world = World::Make(Scene::FromString(kDrones));
  CHECK(OnlyFreeBodiesMove(*world));
  CHECK_FALSE(OnlyFreeBodiesMove(*World::Make(Scene::FromString(kArm))));
  OrbitCamera camera;
  camera.Start(*world, "");
  CHECK(Distance(camera.view().lookat_W, {2.0, 0.0, 2.0}) < 1e-12);
  CHECK(camera.view().distance == Approx(4.0));
  // A goal a metre above one of them is in the picture too.
  const Marker goal = {.p_W = {3.0, 0.0, 3.0}};
  camera.Start(*world, "", std::span(&goal, 1));
  CHECK(Distance(camera.view().lookat_W, {7.0 / 3.0, 0.0, 7.0 / 3.0}) < 1e-12);
}

TEST_CASE("moving a camera by hand", "[viewer]") {
  const auto world = World::Make(Scene::FromString(kArm));
  OrbitCamera camera;
  camera.Start(*world, "side");
  const CameraView start = camera.view();

  camera.Orbit(100.0, 50.0, 200.0);
  CHECK(camera.view().azimuth_deg == Approx(0.0).margin(1e-6));
  CHECK(camera.view().elevation_deg == Approx(-45.0));
  camera.Orbit(0.0, 1000.0, 200.0);
  CHECK(camera.view().elevation_deg == -89.9);  // never over the pole
  CHECK(camera.view().lookat_W == start.lookat_W);

  // Panned by the picture's height, the middle lies a height away: to the left of what is seen and,
  // as y counts downwards, above it.
  camera.Start(*world, "side");
  camera.Pan(200.0, 200.0, 200.0);
  const double height = 2.0 * start.distance * std::tan(25.0 * M_PI / 180.0);
  const Vec3 expected = {start.lookat_W[0] - height, start.lookat_W[1], start.lookat_W[2] + height};
  CHECK(Distance(camera.view().lookat_W, expected) < 1e-6);

  camera.Start(*world, "side");
  camera.Zoom(2.0);
  CHECK(camera.view().distance == Approx(0.81 * start.distance));
  camera.Zoom(1e6);
  CHECK(camera.view().distance > 0.0);
}

TEST_CASE("what is followed stays where it is in the picture", "[viewer]") {
  const auto world = World::Make(Scene::FromString(kArm));
  OrbitCamera camera;
  camera.Start(*world, "side");
  const Vec3 start = camera.view().lookat_W;
  camera.Follow({1.0, 1.0, 1.0});
  CHECK(camera.view().lookat_W == start);
  camera.Follow({1.0, 2.0, 4.0});
  CHECK(Distance(camera.view().lookat_W, {start[0], start[1] + 1.0, start[2] + 3.0}) < 1e-12);
  camera.Release();
  camera.Follow({9.0, 9.0, 9.0});
  CHECK(Distance(camera.view().lookat_W, {start[0], start[1] + 1.0, start[2] + 3.0}) < 1e-12);
}

}  // namespace
}  // namespace flyball
