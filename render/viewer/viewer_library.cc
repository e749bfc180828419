#include <dlfcn.h>

#include <filesystem>

#include "physics/numeric/error.h"
#include "render/viewer/viewer.h"

namespace flyball {
namespace fs = std::filesystem;

namespace {

constexpr char kInstead[] =
    "; without a window use render_mode='rgb_array' for pictures in memory, or `flyball render` "
    "for "
    "files";

// Beside libflyball (build tree, wheel) or where its private libraries are (install prefix).
OpenViewerFunction Load() {
  Dl_info info{};
  if (dladdr(reinterpret_cast<const void*>(&Viewer::Open), &info) == 0 || !info.dli_fname) {
    throw Error("cannot tell where libflyball lies, and its viewer beside it");
  }
  const fs::path folder = fs::canonical(info.dli_fname).parent_path();
  std::string why = "this installation has no libflyball_viewer.so";
  for (const fs::path& place : {folder, folder / "flyball"}) {
    const fs::path file = place / "libflyball_viewer.so";
    if (!fs::exists(file)) continue;
    if (void* library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL)) {
      void* symbol = dlsym(library, "FlyballOpenViewer");
      if (symbol) return reinterpret_cast<OpenViewerFunction>(symbol);
    }
    const char* reason = dlerror();
    why = std::string(reason ? reason : "it does not load") +
          " (on Debian: apt-get install libglfw3 libgl1)";
  }
  throw Error("no viewer: " + why + kInstead);
}

}  // namespace

std::unique_ptr<Viewer> Viewer::Open(const ViewerSettings& settings) {
  for (const auto& [name, side] :
       {std::pair{"width", settings.width}, {"height", settings.height}}) {
    if (side < 64 || side > kMaxPictureSide) {
      throw InputError(std::string("window ") + name + " is " + std::to_string(side) +
                       "; allowed is 64 to " + std::to_string(kMaxPictureSide) + " pixels");
    }
  }
  static const OpenViewerFunction open = Load();  // tried again by the next call if it throws
  try {
    return std::unique_ptr<Viewer>(open(settings));
  } catch (const InputError&) {
    throw;
  } catch (const Error& error) {
    throw Error(std::string("no window can be opened: ") + error.what() + kInstead);
  }
}

}  // namespace flyball
