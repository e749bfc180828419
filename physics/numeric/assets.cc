#include "physics/numeric/assets.h"

#include <dlfcn.h>

#include <cstdlib>
#include <filesystem>
#include <vector>

#include "physics/numeric/error.h"

namespace flyball {
namespace fs = std::filesystem;

namespace {

// The folder that holds libflyball, links resolved.
fs::path LibraryFolder() {
  Dl_info info{};
  if (dladdr(reinterpret_cast<const void*>(&AssetsFolder), &info) == 0 || !info.dli_fname) {
    throw DataError("cannot tell where libflyball lies; set FLYBALL_ASSETS to the assets folder");
  }
  return fs::canonical(info.dli_fname).parent_path();
}

}  // namespace

std::string AssetsFolder() {
  if (const char* override_folder = std::getenv("FLYBALL_ASSETS");
      override_folder && *override_folder) {
    if (!fs::is_directory(override_folder)) {
      throw DataError(std::string("FLYBALL_ASSETS is set to '") + override_folder +
                      "', which is not a folder");
    }
    return override_folder;
  }
  const fs::path library = LibraryFolder();
  // The third is a multiarch prefix: lib/x86_64-linux-gnu/libflyball.so.
  const std::vector<fs::path> places = {library / "assets", library / "../share/flyball",
                                        library / "../../share/flyball"};
  std::string tried;
  for (const fs::path& place : places) {
    if (fs::is_directory(place)) return fs::canonical(place).string();
    tried += (tried.empty() ? "" : ", ") + place.lexically_normal().string();
  }
  throw DataError("no assets folder; tried " + tried + "; set FLYBALL_ASSETS");
}

std::string AssetPath(std::string_view relative) {
  const fs::path path = fs::path(AssetsFolder()) / relative;
  if (!fs::is_regular_file(path)) {
    throw DataError("no asset '" + std::string(relative) + "' in " + AssetsFolder());
  }
  return path.string();
}

}  // namespace flyball
