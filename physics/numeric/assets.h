// Where the robots, drones and plant data lie. They are found from where libflyball itself lies, so
// that a build tree, an install prefix that was moved, and a wheel all work without a setting.
#ifndef FLYBALL_PHYSICS_NUMERIC_ASSETS_H_
#define FLYBALL_PHYSICS_NUMERIC_ASSETS_H_

#include <string>
#include <string_view>

namespace flyball {

// The assets folder: the environment variable FLYBALL_ASSETS if set; else `assets` beside libflyball
// (build tree, wheel); else `../share/flyball` from it (install prefix). Throws DataError naming the
// places tried if there is none.
std::string AssetsFolder();

// The full path of an asset named relative to that folder, such as "robots/panda/panda.xml". Throws
// DataError naming the folder if there is no such file.
std::string AssetPath(std::string_view relative);

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_NUMERIC_ASSETS_H_
