#include "render/viewer/viewer.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <set>

#include "physics/numeric/error.h"
#include "render/viewer/keys.h"

namespace flyball {
namespace {

TEST_CASE("without a display it is said what draws without one", "[viewer]") {
  const char* display = std::getenv("DISPLAY");
  const std::string kept = display ? display : "";
  unsetenv("DISPLAY");
  for (int time = 0; time < 2; ++time) {  // a failed try leaves nothing behind
    CHECK_THROWS_WITH(Viewer::Open({}), Catch::Contains("DISPLAY") &&
                                            Catch::Contains("rgb_array") &&
                                            Catch::Contains("flyball render"));
  }
  if (display) setenv("DISPLAY", kept.c_str(), 1);
}

TEST_CASE("a window has a side that can be drawn", "[viewer]") {
  CHECK_THROWS_WITH(Viewer::Open({.width = 0}),
                    Catch::Contains("window width is 0; allowed is 64 to 4096 pixels"));
  CHECK_THROWS_AS(Viewer::Open({.height = kMaxPictureSide + 1}), InputError);
}

TEST_CASE("no key does two things", "[viewer]") {
  std::set<int> codes;
  std::set<std::string_view> commands;
  for (const ViewerKey& key : ViewerKeys()) {
    INFO(key.name);
    CHECK(codes.insert(key.code).second);
    CHECK(commands.insert(key.command).second);
    CHECK_FALSE(key.text.empty());
  }
  for (const KeyPair& pair : TeleopKeys()) {
    CHECK(codes.insert(pair.up).second);
    CHECK(codes.insert(pair.down).second);
  }
}

}  // namespace
}  // namespace flyball
