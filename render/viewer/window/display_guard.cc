#include "render/viewer/window/display_guard.h"

#include <dlfcn.h>

#include <atomic>

// GLFW's native access and two functions of Xlib, without their headers. The second has been there
// since libX11 1.7 (2020): with it the connection's end may be told to us, where Xlib else calls
// exit.
extern "C" void* glfwGetX11Display();

namespace flyball {
namespace {

using ErrorHandler = int (*)(void* display);
using ExitHandler = void (*)(void* display, void* data);

std::atomic<bool> lost = false;
void* guarded = nullptr;                // the display
ErrorHandler others_handler = nullptr;  // of other connections in the process

int OnError(void* display) {
  if (display == guarded || !others_handler) {
    lost = lost || display == guarded;
    return 0;
  }
  return others_handler(display);
}

void OnExit(void*, void*) { lost = true; }

}  // namespace

void GuardDisplay() {
  guarded = glfwGetX11Display();
  void* xlib = dlopen("libX11.so.6", RTLD_NOW | RTLD_NOLOAD);
  if (!guarded || !xlib) return;
  const auto set_handler =
      reinterpret_cast<ErrorHandler (*)(ErrorHandler)>(dlsym(xlib, "XSetIOErrorHandler"));
  const auto set_exit =
      reinterpret_cast<void (*)(void*, ExitHandler, void*)>(dlsym(xlib, "XSetIOErrorExitHandler"));
  if (set_exit) set_exit(guarded, &OnExit, nullptr);
  if (set_exit && set_handler) {
    const ErrorHandler before = set_handler(&OnError);
    if (before != &OnError) others_handler = before;
  }
  dlclose(xlib);
}

bool DisplayIsLost() { return lost; }

}  // namespace flyball
