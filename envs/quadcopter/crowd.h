// Crowd: where the drones of a row are, to find those that are near each other.
#ifndef FLYBALL_ENVS_QUADCOPTER_CROWD_H_
#define FLYBALL_ENVS_QUADCOPTER_CROWD_H_

#include <algorithm>
#include <vector>

#include "envs/core/kernel.h"
#include "envs/core/thread_pool.h"
#include "envs/quadcopter/layout.h"

namespace flyball::quadcopter {

// Up to so many drones all pairs are looked at; beyond, those in cells near enough.
inline constexpr int kFewDrones = 64;

// Drones of a row that are worth another thread.
inline constexpr int kShared = 128;

// Where a row's drones are, sorted into square cells; memory of the thread's, kept.
class Crowd {
 public:
  // One of the others, as Around shows it.
  struct Seen {
    double x, y, z;  // m
    double thrust;   // N, what Gather was given
    int number;      // which of the row's drones
  };
  std::vector<Seen> drones;  // by number
  double highest = 0, lowest = 0;

  // Reads the drones of `row`, on threads that are free; `thrust_of` a drone's number gives its thrust.
  template <class Thrust>
  void Gather(const AgentStates& row, const Thrust& thrust_of) {
    const int n = row.num_agents();
    drones.resize(n), extents_.resize((n + kShared - 1) / kShared);
    ShareOut(n, kShared, [&](int begin, int end) {
      for (int i = begin; i < end; ++i) {
        drones[i] = {row.Get(i, kSlotP), row.Get(i, kSlotP + 1), row.Get(i, kSlotP + 2),
                     thrust_of(i), i};
      }
      for (int i = begin; i < end; i += kShared) Measure(i, std::min(i + kShared, end));
    });
    SumUp();
  }
  // Makes ready for Around. `reach` (m) is what it will mostly be asked for.
  void Sort(double reach);

  // Calls visit(Seen) at least for the others that are no further than `reach` (m) from drone k along
  // x and along y, in an order that depends on positions and numbers alone.
  template <class Visit>
  void Around(int k, double reach, const Visit& visit) const {
    const int n = static_cast<int>(drones.size());
    if (n <= kFewDrones) return VisitAll(drones.data(), drones.data() + n, k, visit);
    const Seen& middle = drones[k];
    const int left = Column(middle.x - reach), right = Column(middle.x + reach);
    const int near = Row(middle.y - reach), far = Row(middle.y + reach);
    // The cells of a row that are next to each other lie next to each other.
    for (int row = near; row <= far; ++row) {
      const Seen* const cells = by_cell_.data();
      VisitAll(cells + begin_[row * columns_ + left], cells + begin_[row * columns_ + right + 1], k,
               visit);
    }
  }
  bool Holds(double reach) const {  // Around would visit all
    return reach >= std::max(columns_, rows_) / per_metre_;
  }

 private:
  struct Extent {
    double low[3], high[3];
  };

  template <class Visit>
  static void VisitAll(const Seen* begin, const Seen* end, int but, const Visit& visit) {
    for (const Seen* at = begin; at < end; ++at) {
      if (at->number != but) visit(*at);
    }
  }
  // The extent of drones [begin, end), of which `begin` is a multiple of kShared.
  void Measure(int begin, int end);
  void SumUp();

  // Bounded as a number, since a drone that flew off may be further than an int counts, or nowhere.
  static int Bounded(double place, int count) {
    return place > 0.0 ? static_cast<int>(std::min(place, count - 1.0)) : 0;
  }
  int Column(double at) const { return Bounded((at - x0_) * per_metre_, columns_); }
  int Row(double at) const { return Bounded((at - y0_) * per_metre_, rows_); }

  std::vector<Extent> extents_;  // of each kShared drones
  Extent extent_ = {};
  double x0_ = 0, y0_ = 0, per_metre_ = 1;  // cells
  int columns_ = 1, rows_ = 1;
  std::vector<int> begin_;     // of each cell in by_cell_
  std::vector<Seen> by_cell_;  // drones by cell, then by number
  std::vector<int> cell_of_;   // of each drone
};

}  // namespace flyball::quadcopter

#endif  // FLYBALL_ENVS_QUADCOPTER_CROWD_H_
