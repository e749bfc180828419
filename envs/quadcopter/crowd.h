// Crowd: where the drones of a row are, to find those that are near each other.
#ifndef FLYBALL_ENVS_QUADCOPTER_CROWD_H_
#define FLYBALL_ENVS_QUADCOPTER_CROWD_H_

#include <algorithm>
#include <vector>

#include "envs/core/kernel.h"

namespace flyball::quadcopter {

// Up to so many drones all pairs are looked at; beyond, those in cells near enough.
inline constexpr int kFewDrones = 64;

// Drones of a row that are worth another thread.
inline constexpr int kShared = 128;

// Where a row's drones are, sorted into square cells; memory of the thread's, kept.
class Crowd {
 public:
  std::vector<double> x, y, z;
  std::vector<double> thrust;  // N, if asked for
  double highest = 0, lowest = 0;

  void Gather(const AgentStates& row);
  // Makes ready for Around. `reach` (m) is what it will mostly be asked for.
  void Sort(double reach);

  // Calls visit(i) at least for the others that are no further than `reach` (m) from drone k along
  // x and along y, in an order that depends on positions and numbers alone.
  template <class Visit>
  void Around(int k, double reach, const Visit& visit) const {
    const int n = static_cast<int>(x.size());
    if (n <= kFewDrones) {
      for (int i = 0; i < n; ++i) {
        if (i != k) visit(i);
      }
      return;
    }
    const int left = Column(x[k] - reach), right = Column(x[k] + reach);
    const int near = Row(y[k] - reach), far = Row(y[k] + reach);
    for (int row = near; row <= far; ++row) {
      const int first = begin_[row * columns_ + left], end = begin_[row * columns_ + right + 1];
      for (int at = first; at < end; ++at) {
        if (order_[at] != k) visit(order_[at]);
      }
    }
  }
  bool Holds(double reach) const {  // Around would visit all
    return reach >= cell_ * std::max(columns_, rows_);
  }

 private:
  // Bounded as a number, since a drone that flew off may be further than an int counts, or nowhere.
  static int Bounded(double place, int count) {
    return place > 0.0 ? static_cast<int>(std::min(place, count - 1.0)) : 0;
  }
  int Column(double at) const { return Bounded((at - x0_) / cell_, columns_); }
  int Row(double at) const { return Bounded((at - y0_) / cell_, rows_); }

  double x0_ = 0, y0_ = 0, cell_ = 1;
  int columns_ = 1, rows_ = 1;
  std::vector<int> begin_, next_;  // of each cell in `order_`
  std::vector<int> order_;         // drones by cell, then by number
  std::vector<int> cell_of_;
};

}  // namespace flyball::quadcopter

#endif  // FLYBALL_ENVS_QUADCOPTER_CROWD_H_
