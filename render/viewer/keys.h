// What each key of the viewer does. One table: the window obeys it, the help panel shows it, the
// command line prints it.
#ifndef FLYBALL_RENDER_VIEWER_KEYS_H_
#define FLYBALL_RENDER_VIEWER_KEYS_H_

#include <span>
#include <string_view>

namespace flyball {

enum class KeyGroup { kRun, kView };

struct ViewerKey {
  int code;               // GLFW's: ASCII for what prints, 256 and above for the rest
  std::string_view name;  // "Space"
  std::string_view command;
  std::string_view text;  // what it does
  KeyGroup group;
};
std::span<const ViewerKey> ViewerKeys();

// Keys of teleoperation: a pair moves one number of a continuous action, up and down; digits choose
// one of a discrete action.
struct KeyPair {
  char up, down;
};
std::span<const KeyPair> TeleopKeys();

}  // namespace flyball

#endif  // FLYBALL_RENDER_VIEWER_KEYS_H_
