// Viewer: a window that shows a world or a figure, with panels and keys. What needs GLFW and OpenGL
// is in a library of its own, libflyball_viewer, which the first window loads: nothing that only
// steps, or draws into memory, knows of it.
#ifndef FLYBALL_RENDER_VIEWER_VIEWER_H_
#define FLYBALL_RENDER_VIEWER_VIEWER_H_

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "physics/world/world.h"
#include "render/figure.h"
#include "render/picture.h"

namespace flyball {

struct ViewerSettings {
  std::string title = "flyball";
  int width = 1200, height = 780;  // of the window, pixels, 64 to kMaxPictureSide
  std::string camera = {};         // where the view starts; empty: where all is seen
  bool shadows = true;
  bool panels = true;  // whether they are open at first
};

// A number that is plotted over the steps on request.
struct ViewerSignal {
  std::string name;  // "observation/position[0]"
  std::string unit;
};

// One number of the action, and what drives it.
struct ViewerAction {
  std::string name;
  std::string keys;  // of teleoperation: "W / S"; empty: none now
  double value = 0.0, low = -1.0, high = 1.0;
};

// What the person at the window may change, as it stands. An empty list has no control.
struct ViewerControls {
  bool paused = false;
  double speed = 1.0;                // seconds of the plant in one of the clock on the wall
  std::string seed = {};             // of the last reset; empty: resets are somebody else's
  std::vector<std::string> engines;  // the task's
  std::vector<std::string> pilots;   // "keyboard" and policies
  int engine = 0, pilot = 0;
  bool can_record = false, recording = false;
};

struct ViewerFrame {
  const World* world = nullptr;      // one of the two
  const Figure* figure = nullptr;    // of a plant without a body
  std::vector<Marker> markers = {};  // what is to be seen of the world besides: goals
  std::string title = {};            // what is shown
  double time = 0.0;                 // s since the episode began
  int64_t step = 0;
  double reward = 0.0, episode_return = 0.0;
  std::string message = {};  // what happened last: "recorded ...", why something was refused
  std::vector<ViewerAction> actions = {};
  ViewerControls controls = {};
};

// What the person asked for: pause, step, speed (number), reset (text: the seed), next_seed, engine
// and pilot (number: index, -1 the next), record, action_group (number: +1 or -1).
struct ViewerCommand {
  std::string name;
  double number = 0.0;
  std::string text = {};
};

// All calls come from the thread that opened it.
class Viewer {
 public:
  // Throws Error, naming what can be done without a window, where there is no display, no OpenGL or
  // no GLFW; InputError for a wrong size.
  static std::unique_ptr<Viewer> Open(const ViewerSettings& settings);
  virtual ~Viewer() = default;

  // Names what AddPoint gives and begins new plots.
  virtual void SetSignals(std::vector<ViewerSignal> signals) = 0;
  virtual void AddPoint(std::span<const double> values) = 0;
  virtual void ClearPoints() = 0;

  // Takes events, draws, and puts it on the screen. Does nothing once the window is closed. Throws
  // InputError if settings.camera is not the world's.
  virtual void Show(const ViewerFrame& frame) = 0;
  virtual std::vector<ViewerCommand> TakeCommands() = 0;
  // Names of the keys held down now: "W", "3".
  virtual std::vector<std::string> KeysDown() const = 0;

  enum class State { kOpen, kClosed, kDisplayLost };
  virtual State state() const = 0;
  virtual void Close() = 0;
  virtual Image Picture() = 0;  // what the window shows; empty once it is closed
};

// What the library gives: extern "C" FlyballOpenViewer.
using OpenViewerFunction = Viewer* (*)(const ViewerSettings&);

}  // namespace flyball

#endif  // FLYBALL_RENDER_VIEWER_VIEWER_H_
