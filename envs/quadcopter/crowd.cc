#include "envs/quadcopter/crowd.h"

#include <cmath>

#include "envs/core/thread_pool.h"
#include "envs/quadcopter/layout.h"

namespace flyball::quadcopter {

void Crowd::Gather(const AgentStates& row) {
  const int n = row.num_agents();
  x.resize(n), y.resize(n), z.resize(n), thrust.resize(n);
  ShareOut(n, kShared, [&](int begin, int end) {
    for (int i = begin; i < end; ++i) {
      x[i] = row.Get(i, kSlotP), y[i] = row.Get(i, kSlotP + 1), z[i] = row.Get(i, kSlotP + 2);
    }
  });
  highest = *std::max_element(z.begin(), z.end());
  lowest = *std::min_element(z.begin(), z.end());
}

void Crowd::Sort(double reach) {
  const int n = static_cast<int>(x.size());
  if (n <= kFewDrones) return;
  const auto [low_x, high_x] = std::minmax_element(x.begin(), x.end());
  const auto [low_y, high_y] = std::minmax_element(y.begin(), y.end());
  x0_ = *low_x, y0_ = *low_y;
  double wide = *high_x - x0_, deep = *high_y - y0_;
  if (!std::isfinite(wide) || !std::isfinite(deep)) wide = deep = x0_ = y0_ = 0.0;
  // No more cells than twice the drones along either side's share.
  const double most = std::sqrt(4.0 * n);
  cell_ = std::max({reach, wide / most, deep / most, 1e-3});
  columns_ = static_cast<int>(wide / cell_) + 1, rows_ = static_cast<int>(deep / cell_) + 1;
  begin_.assign(static_cast<size_t>(columns_) * rows_ + 1, 0);
  order_.resize(n), cell_of_.resize(n);
  for (int i = 0; i < n; ++i) {
    cell_of_[i] = Row(y[i]) * columns_ + Column(x[i]);
    ++begin_[cell_of_[i] + 1];
  }
  for (size_t c = 1; c < begin_.size(); ++c) begin_[c] += begin_[c - 1];
  next_.assign(begin_.begin(), begin_.end() - 1);
  for (int i = 0; i < n; ++i) order_[next_[cell_of_[i]]++] = i;
}

}  // namespace flyball::quadcopter
