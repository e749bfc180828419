#include "envs/quadcopter/crowd.h"

#include <cmath>
#include <limits>

namespace flyball::quadcopter {

void Crowd::Measure(int begin, int end) {
  constexpr double kFar = std::numeric_limits<double>::infinity();
  Extent extent = {{kFar, kFar, kFar}, {-kFar, -kFar, -kFar}};
  for (int i = begin; i < end; ++i) {
    const double at[3] = {drones[i].x, drones[i].y, drones[i].z};
    for (int axis = 0; axis < 3; ++axis) {
      extent.low[axis] = std::min(extent.low[axis], at[axis]);
      extent.high[axis] = std::max(extent.high[axis], at[axis]);
    }
  }
  extents_[begin / kShared] = extent;
}

void Crowd::SumUp() {
  extent_ = extents_[0];
  for (const Extent& part : extents_) {
    for (int axis = 0; axis < 3; ++axis) {
      extent_.low[axis] = std::min(extent_.low[axis], part.low[axis]);
      extent_.high[axis] = std::max(extent_.high[axis], part.high[axis]);
    }
  }
  lowest = extent_.low[2], highest = extent_.high[2];
}

void Crowd::Sort(double reach) {
  const int n = static_cast<int>(drones.size());
  if (n <= kFewDrones) return;
  x0_ = extent_.low[0], y0_ = extent_.low[1];
  double wide = extent_.high[0] - x0_, deep = extent_.high[1] - y0_;
  if (!std::isfinite(wide) || !std::isfinite(deep)) wide = deep = x0_ = y0_ = 0.0;
  // No more cells than twice the drones along either side's share.
  const double most = std::sqrt(4.0 * n);
  per_metre_ = 1 / std::max({reach, wide / most, deep / most, 1e-3});
  columns_ = static_cast<int>(wide * per_metre_) + 1;
  rows_ = static_cast<int>(deep * per_metre_) + 1;

  // How many drones are in each cell, where each cell begins, and the drones behind each other.
  begin_.assign(static_cast<size_t>(columns_) * rows_ + 2, 0);
  by_cell_.resize(n), cell_of_.resize(n);
  for (int i = 0; i < n; ++i) {
    cell_of_[i] = Row(drones[i].y) * columns_ + Column(drones[i].x);
    ++begin_[cell_of_[i] + 2];
  }
  for (size_t c = 2; c < begin_.size(); ++c) begin_[c] += begin_[c - 1];
  // begin_[c + 1] is where cell c is filled up to, in the end where it ends.
  for (int i = 0; i < n; ++i) by_cell_[begin_[cell_of_[i] + 1]++] = drones[i];
}

}  // namespace flyball::quadcopter
