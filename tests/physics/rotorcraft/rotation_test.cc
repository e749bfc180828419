#include "physics/rotorcraft/rotation.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "physics/numeric/random.h"

namespace flyball::rotorcraft {
namespace {

// A few roundings of numbers of size 1.
constexpr double kRounding = 4e-15;

double Distance(const Quat<double>& a, const Quat<double>& b) {
  return std::abs(a.x - b.x) + std::abs(a.y - b.y) + std::abs(a.z - b.z) + std::abs(a.w - b.w);
}

TEST_CASE("the exponential map turns by the vector's length about it", "[rotorcraft][rotation]") {
  // On both sides of the change from series to functions (0.2 rad), and past half a turn.
  for (const double angle : {0.0, 1e-9, 0.1, 0.1999, 0.2001, 1.0, 3.5}) {
    const Vec3<double> axis = {2.0 / 7, 3.0 / 7, 6.0 / 7};
    const Quat<double> q = ExponentialMap(axis * angle);
    const double s = std::sin(angle / 2);
    CHECK(Distance(q, {axis.x * s, axis.y * s, axis.z * s, std::cos(angle / 2)}) < kRounding);
  }
}

TEST_CASE("rotations compose and take vectors to the world and back", "[rotorcraft][rotation]") {
  Rng rng(1);
  for (int i = 0; i < 100; ++i) {
    const Vec3<double> a = {rng.Normal(), rng.Normal(), rng.Normal()};
    const Vec3<double> b = {rng.Normal(), rng.Normal(), rng.Normal()};
    const Vec3<double> v = {rng.Normal(), rng.Normal(), rng.Normal()};
    const Quat<double> p = ExponentialMap(a), q = ExponentialMap(b);
    const Vec3<double> once = Rotation<double>(Renormalized(p * q)).ToWorld(v);
    const Vec3<double> twice = Rotation<double>(p).ToWorld(Rotation<double>(q).ToWorld(v));
    const Vec3<double> back = Rotation<double>(p).ToBody(Rotation<double>(p).ToWorld(v));
    CHECK(Dot(once - twice, once - twice) < kRounding * kRounding * 10);
    CHECK(Dot(back - v, back - v) < kRounding * kRounding * 10);
  }
}

TEST_CASE("roll, pitch and yaw survive the quaternion", "[rotorcraft][rotation]") {
  Rng rng(2);
  for (int i = 0; i < 200; ++i) {
    const Vec3<double> rpy = {rng.Uniform(-3.1, 3.1), rng.Uniform(-1.5, 1.5),
                              rng.Uniform(-3.1, 3.1)};
    const Vec3<double> again = RollPitchYaw(FromRollPitchYaw(rpy));
    // The sine of pitch is flat near 90 degrees: 1e-16 there is 1e-15 / cos(1.5) of angle.
    CHECK(std::abs(again.x - rpy.x) < 1e-13);
    CHECK(std::abs(again.y - rpy.y) < 1e-13);
    CHECK(std::abs(again.z - rpy.z) < 1e-13);
  }
  // Straight up, roll is 0 and yaw carries what roll and yaw turn together.
  const Vec3<double> up = RollPitchYaw(FromRollPitchYaw(Vec3<double>{0.3, std::acos(0.0), 0.8}));
  CHECK(up.x == 0.0);
  CHECK(up.y == std::acos(0.0));
  CHECK(up.z == Approx(0.5).margin(1e-12));
}

TEST_CASE("a lane's rotation does not depend on its neighbours", "[rotorcraft][rotation]") {
  using L = Lanes<8>;
  Rng rng(3);
  Vec3<L> v;
  for (int lane = 0; lane < 8; ++lane) {
    const double size = lane < 4 ? 0.05 : 2.0;  // series and functions side by side
    SetLane(v.x, lane, size * rng.Normal());
    SetLane(v.y, lane, size * rng.Normal());
    SetLane(v.z, lane, size * rng.Normal());
  }
  const Quat<L> q = ExponentialMap(v);
  const Vec3<L> rpy = RollPitchYaw(q);
  for (int lane = 0; lane < 8; ++lane) {
    const Quat<double> one =
        ExponentialMap(Vec3<double>{GetLane(v.x, lane), GetLane(v.y, lane), GetLane(v.z, lane)});
    const Vec3<double> angles = RollPitchYaw(one);
    CHECK(GetLane(q.x, lane) == one.x);
    CHECK(GetLane(q.w, lane) == one.w);
    CHECK(GetLane(rpy.x, lane) == angles.x);
    CHECK(GetLane(rpy.y, lane) == angles.y);
    CHECK(GetLane(rpy.z, lane) == angles.z);
  }
}

}  // namespace
}  // namespace flyball::rotorcraft
