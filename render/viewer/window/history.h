// History: the last values of named signals, for plots.
#ifndef FLYBALL_RENDER_VIEWER_WINDOW_HISTORY_H_
#define FLYBALL_RENDER_VIEWER_WINDOW_HISTORY_H_

#include <algorithm>
#include <span>
#include <vector>

#include "render/viewer/viewer.h"

namespace flyball {

class History {
 public:
  static constexpr size_t kMostPoints = 500;

  void SetSignals(std::vector<ViewerSignal> signals) {
    signals_ = std::move(signals);
    Clear();
  }
  const std::vector<ViewerSignal>& signals() const { return signals_; }

  void Clear() { points_.assign(signals_.size(), {}); }
  // A point that has another number of values than there are signals is not of them.
  void Add(std::span<const double> values) {
    if (values.size() != signals_.size()) return;
    for (size_t i = 0; i < values.size(); ++i) {
      std::vector<float>& points = points_[i];
      if (points.size() == 2 * kMostPoints)
        points.erase(points.begin(), points.end() - kMostPoints);
      points.push_back(static_cast<float>(values[i]));
    }
  }
  // The last points of a signal, oldest first.
  std::span<const float> Last(size_t signal) const {
    const std::vector<float>& points = points_[signal];
    return std::span(points).last(std::min(points.size(), kMostPoints));
  }

 private:
  std::vector<ViewerSignal> signals_;
  std::vector<std::vector<float>> points_;  // per signal
};

}  // namespace flyball

#endif  // FLYBALL_RENDER_VIEWER_WINDOW_HISTORY_H_
