#include "render/cairo_library.h"

#include <dlfcn.h>

#include <string>

#include "physics/numeric/error.h"

namespace flyball {
namespace {

CairoLibrary Load() {
  constexpr char kName[] = "libcairo.so.2";
  void* library = dlopen(kName, RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    const char* reason = dlerror();
    throw Error("no Cairo to draw figures with: " + std::string(reason ? reason : kName) +
                " (on Debian: apt-get install libcairo2)");
  }
  CairoLibrary cairo;
  const auto find = [&](const char* name) {
    void* symbol = dlsym(library, name);
    if (!symbol) throw Error(std::string(kName) + " has no function " + name);
    return symbol;
  };
#define FLYBALL_CAIRO_FIND(name) \
  cairo.name = reinterpret_cast<decltype(cairo.name)>(find("cairo_" #name));
  FLYBALL_CAIRO_FUNCTIONS(FLYBALL_CAIRO_FIND)
#undef FLYBALL_CAIRO_FIND
  return cairo;
}

}  // namespace

const CairoLibrary& Cairo() {
  static const CairoLibrary cairo = Load();  // tried again by the next call if it throws
  return cairo;
}

}  // namespace flyball
