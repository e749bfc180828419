#include "render/scale.h"

#include <catch2/catch.hpp>

namespace flyball {
namespace {

TEST_CASE("the colour map grows lighter all the way", "[render]") {
  double last = -1;
  for (int i = 0; i <= 100; ++i) {
    const std::array<double, 3> c = PerceptualColor(i / 100.0);
    const double luminance = 0.2126 * c[0] + 0.7152 * c[1] + 0.0722 * c[2];
    CHECK(luminance > last);
    last = luminance;
  }
  CHECK(PerceptualColor(-1) == PerceptualColor(0));
  CHECK(PerceptualColor(2) == PerceptualColor(1));
}

TEST_CASE("ticks are round and inside", "[render]") {
  CHECK(Ticks(0, 1, 5) == std::vector<double>{0, 0.2, 0.4, 0.6000000000000001, 0.8, 1.0});
  CHECK(Ticks(-3, 17, 4) == std::vector<double>{0, 5, 10, 15});
  for (const double scale : {1e-12, 1.0, 1e12}) {
    const std::vector<double> ticks = Ticks(-scale, 3 * scale, 6);
    CHECK(ticks.size() >= 3);
    CHECK(ticks.size() <= 7);
    CHECK(ticks.front() >= -scale * (1 + 1e-9));
    CHECK(ticks.back() <= 3 * scale * (1 + 1e-9));
  }
}

TEST_CASE("ticks are told apart", "[render]") {
  using Texts = std::vector<std::string>;
  CHECK(TickTexts(Ticks(0, 1, 5)) == Texts{"0", "0.2", "0.4", "0.6", "0.8", "1"});
  CHECK(TickTexts(Ticks(-0.1, 0.1, 2)) == Texts{"-0.1", "0", "0.1"});
  // Four digits would say 0.7387 twice.
  CHECK(TickTexts(Ticks(0.7386, 0.73875, 4)) == Texts{"0.7386", "0.73865", "0.7387", "0.73875"});
  CHECK(TickTexts(Ticks(12345, 12347, 2)) == Texts{"12345", "12346", "12347"});
  CHECK(TickTexts({}).empty());
  CHECK(TickTexts({0.0}) == Texts{"0"});
}

}  // namespace
}  // namespace flyball
