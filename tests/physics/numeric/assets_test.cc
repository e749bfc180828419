#include "physics/numeric/assets.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "physics/numeric/error.h"

namespace flyball {
namespace {

namespace fs = std::filesystem;

// Sets an environment variable for one test.
class ScopedEnvironment {
 public:
  ScopedEnvironment(const char* name, const std::string& value) : name_(name) {
    if (const char* old = std::getenv(name)) old_ = old;
    setenv(name, value.c_str(), 1);
  }
  ~ScopedEnvironment() { old_.empty() ? unsetenv(name_) : setenv(name_, old_.c_str(), 1); }

 private:
  const char* name_;
  std::string old_;
};

TEST_CASE("assets are found from where the library lies", "[assets]") {
  unsetenv("FLYBALL_ASSETS");
  CHECK(fs::equivalent(AssetsFolder(), FLYBALL_ASSETS));
  CHECK(fs::exists(AssetPath("README.md")));
}

TEST_CASE("FLYBALL_ASSETS overrides the assets folder", "[assets]") {
  const fs::path folder = fs::temp_directory_path() / "flyball_assets_test";
  fs::create_directories(folder);
  std::ofstream(folder / "thing.xml") << "<mujoco/>";
  {
    ScopedEnvironment environment("FLYBALL_ASSETS", folder.string());
    CHECK(AssetPath("thing.xml") == (folder / "thing.xml").string());
    CHECK_THROWS_WITH(AssetPath("other.xml"), Catch::Contains("no asset 'other.xml'"));
  }
  fs::remove_all(folder);
  ScopedEnvironment environment("FLYBALL_ASSETS", folder.string());
  CHECK_THROWS_WITH(AssetsFolder(),
                    Catch::Contains("FLYBALL_ASSETS") && Catch::Contains("not a folder"));
}

}  // namespace
}  // namespace flyball
