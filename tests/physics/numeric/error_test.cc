#include "physics/numeric/error.h"

#include <catch2/catch.hpp>

namespace flyball {
namespace {

using Names = std::vector<std::string>;

TEST_CASE(
    "the nearest name is reached by changing the fewest letters; ends left out count little") {
  CHECK(NearestName("engin", Names{"preset", "engine"}) == "engine");
  CHECK(NearestName("bulet", Names{"mujoco", "bullet"}) == "bullet");
  CHECK(NearestName("gaol", Names{"qpos", "goal", "joints"}) == "goal");
  CHECK(NearestName("gain", Names{"geom_size", "actuator_gain"}) == "actuator_gain");
  CHECK(NearestName("r", Names{"p", "r_s", "j_rotor"}) == "r_s");
  CHECK(NearestName("Reach", Names{"pandareach", "preset"}) == "pandareach");
  CHECK(NearestName("anything", Names{}).empty());
}

TEST_CASE("an unknown name is answered with the nearest and with all that are known") {
  CHECK(UnknownName("body", "bal", Names{"world", "ball"}) ==
        "unknown body 'bal'; did you mean 'ball'? known: world, ball");
  CHECK(UnknownName("keyframe", "home", Names{}) ==
        "unknown keyframe 'home'; none is allowed here");
}

}  // namespace
}  // namespace flyball
