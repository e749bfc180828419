#include "physics/field/lane_transform.h"

#include <catch2/catch.hpp>
#include <set>

#include "physics/numeric/error.h"

namespace flyball {
namespace {

TEST_CASE("the turn of a lane transform takes every number once", "[field][stepper]") {
  for (const int points : {16, 48, 96, 192, 240, 384, 512, 960, 1536, 98304}) {
    for (const bool turning : {false, true}) {
      const LaneTransform t = MakeLaneTransform(points, 0, turning);
      CAPTURE(points, turning);
      CHECK(t.length == points / 16);
      std::set<int> numbers;
      for (int place = 0; place < t.length; ++place) numbers.insert(t.number_at(place));
      CHECK(static_cast<int>(numbers.size()) == t.length);
      CHECK(*numbers.rbegin() == t.length - 1);
      // All radices of a way make up the length, with the turn's.
      for (const auto& stages : {t.to_points, t.to_modes}) {
        int product = t.turn;
        for (const LaneTransform::Stage& stage : stages) product *= stage.radix;
        CHECK(product == t.length);
      }
    }
  }
}

TEST_CASE("lengths that have no lane transform are refused", "[field][stepper]") {
  CHECK(HasLaneTransform(16));
  for (const int points : {-16, 0, 8, 24, 200, 224}) {
    CHECK_FALSE(HasLaneTransform(points));
    CHECK_THROWS_AS(MakeLaneTransform(points, 0, true), InputError);
  }
}

}  // namespace
}  // namespace flyball
