// The plan of a real transform whose vectors run along the signal. 2 m real numbers are m = 8 M complex
// ones: transforms of M numbers on eight lanes side by side, then eight numbers across the lanes. The
// loops are in lane_transform_loops.h; what goes between modes and complex numbers is in lane_packing.h.
#ifndef FLYBALL_PHYSICS_FIELD_LANE_TRANSFORM_H_
#define FLYBALL_PHYSICS_FIELD_LANE_TRANSFORM_H_

#include <cstddef>
#include <vector>

namespace flyball {

// Eight numbers in a row of memory, of as many modes. A table of complex numbers has the real parts of
// each eight, then their imaginary parts.
struct alignas(64) ModeBlock {
  double at[8] = {};
};
using ModeTable = std::vector<ModeBlock>;

struct LaneTransform {
  // A stage of Stockham's transform (physics/numeric/fft.h) of all lanes.
  struct Stage {
    int radix, blocks, stride;
    size_t first_root;  // in roots: (blocks, radix - 1) complex numbers, re and im in turn
  };
  int m = 0;
  int length = 0;  // M
  // Radix of the last stage on the way to points, which is the first one on the way back: these two
  // are done with what is between them in one go. 8, 4, or 1: there is none.
  int turn = 1;
  std::vector<Stage> to_points, to_modes;  // without those
  std::vector<double> roots, turn_roots;   // turn_roots (length / turn, turn - 1)
  // exp(-2 pi i lane j / m), lanes 1 .. 7, for eight j at a time: (j's / 8, lanes, parts, 8). In the
  // order of place(j).
  ModeTable lane_roots;
  ModeTable half_roots;  // exp(-2 pi i k / (2 m)), complex

  // The turn takes its numbers in this order.
  int number_at(int place) const { return place / turn + length / turn * (place % turn); }
};

// Whether 2 m = `points` has a plan: 16 times a product of 2, 3 and 5.
bool HasLaneTransform(int points);

// `modes`: half_roots are wanted for as many at least. `turning`: with a turn if there can be one.
LaneTransform MakeLaneTransform(int points, int modes, bool turning);

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_FIELD_LANE_TRANSFORM_H_
