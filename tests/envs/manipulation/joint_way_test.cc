#include "envs/manipulation/joint_way.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include "physics/numeric/random.h"

namespace flyball {
namespace {

constexpr double kSpeed = 2.0, kAcceleration = 25.0;  // rad/s, rad/s^2

}  // namespace

TEST_CASE("a way from rest is straight, and takes the time its limits ask for", "[manipulation]") {
  JointWay way(2, kSpeed, kAcceleration);
  // Short: 6 d / T^2 is the limit. Long: 1.5 d / T is.
  const double d = GENERATE(0.05, 1.0);
  const double T = std::max(std::sqrt(6 * d / kAcceleration), 1.5 * d / kSpeed);
  way.Start(std::vector{0.3, -0.2});
  way.Aim(std::vector{0.3 + d, -0.2 - d / 2});
  for (int k = 0; k < 10; ++k) {
    way.Advance(0.099 * T);
    CHECK(way.position()[0] - 0.3 == Approx(-2 * (way.position()[1] + 0.2)).margin(1e-14));
    CHECK(way.position()[0] < 0.3 + d);
  }
  way.Advance(0.0101 * T);
  CHECK(way.position()[0] == 0.3 + d);
  CHECK(way.position()[1] == -0.2 - d / 2);
  CHECK(way.speed()[0] == 0.0);
}

TEST_CASE("a way keeps to its limits wherever it is turned, however finely it is walked",
          "[manipulation]") {
  constexpr int kJoints = 3;
  JointWay way(kJoints, kSpeed, kAcceleration), coarse(kJoints, kSpeed, kAcceleration);
  const std::vector<double> start(kJoints, 0.1);
  way.Start(start);
  coarse.Start(start);
  Rng rng(3);
  std::vector<double> target = start;
  constexpr double kStep = 0.04;
  constexpr int kParts = 40;
  for (int step = 0; step < 500; ++step) {
    // Large and small turns, some of none, and pauses.
    const double reach = step % 7 == 0 ? 0.5 : (step % 5 == 0 ? 1e-9 : 0.1);
    if (step % 11 != 0) {
      for (double& q : target) q += rng.Uniform(-reach, reach);
    }
    way.Aim(target);
    coarse.Aim(target);
    coarse.Advance(kStep);
    for (int part = 0; part < kParts; ++part) {
      const std::vector<double> before(way.speed().begin(), way.speed().end());
      const std::vector<double> from(way.position().begin(), way.position().end());
      way.Advance(kStep / kParts);
      for (size_t i = 0; i < kJoints; ++i) {
        const double dt = kStep / kParts;
        CHECK(std::abs(way.speed()[i]) <= kSpeed * (1 + 1e-9));
        CHECK(std::abs(way.speed()[i] - before[i]) <= kAcceleration * dt * (1 + 1e-9));
        // Position is what the speed sums to: trapezium, less a jerk's share.
        CHECK(std::abs(way.position()[i] - from[i] - dt * (way.speed()[i] + before[i]) / 2) < 2e-4);
      }
    }
    for (size_t i = 0; i < kJoints; ++i) {
      CHECK(way.position()[i] == Approx(coarse.position()[i]).margin(1e-12));
      CHECK(way.speed()[i] == Approx(coarse.speed()[i]).margin(1e-10));
    }
  }
  // Left alone, it arrives and stays.
  for (int step = 0; step < 100; ++step) {
    way.Aim(target);
    way.Advance(kStep);
  }
  for (size_t i = 0; i < kJoints; ++i) {
    CHECK(way.position()[i] == target[i]);
    CHECK(way.speed()[i] == 0.0);
  }
}

TEST_CASE("the largest speed of a joint's next step is known before it is made", "[manipulation]") {
  constexpr double kStep = 0.04;
  constexpr int kParts = 4000;
  JointWay way(1, kSpeed, kAcceleration);
  way.Start(std::vector{0.0});
  Rng rng(4);
  for (int step = 0; step < 300; ++step) {
    const double distance = step % 9 == 0 ? 0.0 : rng.Uniform(-0.01, 0.15);
    const double peak = JointWay::PeakSpeed(distance, way.speed()[0], kSpeed, kAcceleration, kStep);
    double walked = way.speed()[0];
    way.Aim(std::vector{way.position()[0] + distance});
    for (int part = 0; part < kParts; ++part) {
      way.Advance(kStep / kParts);
      walked = std::max(walked, way.speed()[0]);
    }
    // What is walked past between two parts is at most an acceleration's part of a step.
    CHECK(peak == Approx(walked).margin(kAcceleration * kStep / kParts));
  }
}

}  // namespace flyball
