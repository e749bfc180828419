// Panels: what is drawn over the picture, and what a person changes there.
#ifndef FLYBALL_RENDER_VIEWER_WINDOW_PANELS_H_
#define FLYBALL_RENDER_VIEWER_WINDOW_PANELS_H_

#include <array>
#include <string>
#include <vector>

#include "render/viewer/overlays.h"
#include "render/viewer/viewer.h"
#include "render/viewer/window/history.h"

namespace flyball {

// How things are looked at: kept by the window, changed by keys and panels.
struct ViewState {
  bool panels = true, help = false;
  bool contacts = false, forces = false, frames = false, shadows = true, cameras = false;
  int tracked = -1;                  // index among the moving bodies; -1 none
  double largest_force = 0.0;        // N, of the episode: the longest arrow
  std::array<char, 24> seed = {};    // as typed
  std::array<char, 48> filter = {};  // of the list of signals
  std::vector<size_t> plotted;       // signals
};

class Panels {
 public:
  Panels(ViewState& view, const History& history) : view_(view), history_(history) {}

  // Each adds what was asked for to `commands`.
  void DrawAll(const ViewerFrame& frame, const std::vector<MovingBody>& bodies, int num_contacts,
               std::vector<ViewerCommand>* commands);

 private:
  void DrawStatus(const ViewerFrame& frame);
  void DrawRun(const ViewerFrame& frame, std::vector<ViewerCommand>* commands);
  void DrawView(const ViewerFrame& frame, const std::vector<MovingBody>& bodies, int num_contacts);
  void DrawActions(const ViewerFrame& frame);
  void DrawPlots();
  void DrawHelp(const ViewerFrame& frame);

  ViewState& view_;
  const History& history_;
};

}  // namespace flyball

#endif  // FLYBALL_RENDER_VIEWER_WINDOW_PANELS_H_
