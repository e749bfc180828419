#include "render/viewer/overlays.h"

#include <catch2/catch.hpp>
#include <cmath>

namespace flyball {
namespace {

constexpr char kBox[] = R"(<mujoco><option timestep=".002"/><worldbody>
  <geom type="plane" size="2 2 1"/>
  <body name="box" pos="0 0 .1"><freejoint/><geom type="box" size=".1 .1 .1" mass="2"/></body>
  <body name="fixed"><geom size=".05" pos="1 1 1"/></body></worldbody></mujoco>)";

// The direction of an arrow: its z axis.
Vec3 Direction(const Marker& marker) {
  const auto& [w, x, y, z] = marker.q_W;
  return {2 * (x * z + w * y), 2 * (y * z - w * x), 1 - 2 * (x * x + y * y)};
}

TEST_CASE("arrows of contact forces carry the weight, on both engines", "[viewer]") {
  for (const Engine engine : {Engine::kMujoco, Engine::kBullet}) {
    const auto world = World::Make(Scene::FromString(kBox), {.engine = engine});
    world->Step(1000);
    REQUIRE(world->Contacts().size() >= 1);
    const OverlayOptions options = {.contacts = true, .forces = true, .size = 0.5, .force = 10.0};
    double weight = 0.0;
    size_t points = 0;
    for (const Marker& marker : Overlays(*world, options)) {
      if (marker.shape == Marker::Shape::kSphere) {
        ++points;
        CHECK(std::abs(marker.p_W[2]) < 0.01);
        continue;
      }
      REQUIRE(marker.shape == Marker::Shape::kArrow);
      weight += marker.size[2] / options.size * options.force * Direction(marker)[2];
    }
    CHECK(points == world->Contacts().size());
    // m g, by the contacts of a box at rest; the sign is that of which geom came first.
    CHECK(std::abs(weight) == Approx(2.0 * 9.81).epsilon(0.02));
    CHECK(LargestForce(*world) > 0.2 * 2.0 * 9.81);
  }
}

TEST_CASE("frames are drawn of the world and of what moves", "[viewer]") {
  const auto world = World::Make(Scene::FromString(kBox));
  CHECK(Overlays(*world, {}).empty());
  const std::vector<MovingBody> bodies = MovingBodies(*world);
  REQUIRE(bodies.size() == 1);
  CHECK(bodies[0].name == "box");

  // Turned by 90 degrees about z: its x axis points along y.
  std::vector<double> qpos = {0.3, 0.0, 0.5, std::sqrt(0.5), 0.0, 0.0, std::sqrt(0.5)};
  const std::vector<double> rest(6, 0.0);
  world->SetState(qpos, rest);
  const std::vector<Marker> markers = Overlays(*world, {.frames = true, .size = 0.2});
  REQUIRE(markers.size() == 6);
  const Vec3 x = Direction(markers[3]), z = Direction(markers[5]);
  CHECK(markers[3].p_W == Vec3{0.3, 0.0, 0.5});
  CHECK(x[1] == Approx(1.0));
  CHECK(z[2] == Approx(1.0));
  CHECK(markers[3].rgba[0] > markers[3].rgba[1]);
}

}  // namespace
}  // namespace flyball
