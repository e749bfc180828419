#include "physics/field/lane_transform.h"

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>

#include "physics/numeric/error.h"
#include "physics/numeric/fft.h"

namespace flyball {
namespace {

// Few passes over memory: eights, as long as no two is left alone, fours, a two, threes and fives.
std::vector<int> RadicesOf(int length) {
  std::vector<int> radices;
  while (length > 1) {
    int radix = 5;
    for (const int candidate : {8, 4, 2, 3}) {
      if (length % candidate != 0) continue;
      if (candidate == 8 && length / 8 % 2 == 0 && length / 8 % 4 != 0) continue;
      radix = candidate;
      break;
    }
    radices.push_back(radix);
    length /= radix;
  }
  return radices;
}

void AddRoot(int64_t k, int64_t n, std::vector<double>& roots) {
  double re, im;
  UnitRoot(k % n, n, re, im);
  roots.insert(roots.end(), {re, im});
}

// Stages of these radices, the first of which has this stride and as much of the length.
std::vector<LaneTransform::Stage> MakeStages(std::span<const int> radices, int length, int stride,
                                             std::vector<double>& roots) {
  std::vector<LaneTransform::Stage> stages;
  for (const int radix : radices) {
    const int blocks = length / radix;
    stages.push_back({radix, blocks, stride, roots.size()});
    for (int block = 0; block < blocks; ++block) {
      for (int k = 1; k < radix; ++k) AddRoot(static_cast<int64_t>(block) * k, length, roots);
    }
    length = blocks;
    stride *= radix;
  }
  return stages;
}

}  // namespace

bool HasLaneTransform(int points) {
  if (points < 16 || points % 16 != 0) return false;
  for (const int factor : {2, 3, 5}) {
    while (points % factor == 0) points /= factor;
  }
  return points == 1;
}

LaneTransform MakeLaneTransform(int points, int modes, bool turning) {
  if (!HasLaneTransform(points)) {
    throw InputError("a lane transform of " + std::to_string(points) +
                     " points; there are those of 16 times a product of 2, 3 and 5");
  }
  LaneTransform t;
  t.m = points / 2;
  t.length = t.m / 8;
  if (turning) t.turn = t.length % 8 == 0 ? 8 : t.length % 4 == 0 ? 4 : 1;
  const std::vector<int> radices = RadicesOf(t.length / t.turn);
  t.to_points = MakeStages(radices, t.length, 1, t.roots);
  t.to_modes = MakeStages(radices, t.length / t.turn, t.turn, t.roots);
  for (int block = 0; block < t.length / t.turn; ++block) {
    for (int k = 1; k < t.turn; ++k) {
      AddRoot(static_cast<int64_t>(block) * k, t.length, t.turn_roots);
    }
  }
  t.lane_roots.resize(static_cast<size_t>(t.length + 7) / 8 * 14);
  for (int place = 0; place < t.length; ++place) {
    for (int lane = 1; lane < 8; ++lane) {
      ModeBlock* block = t.lane_roots.data() + place / 8 * 14 + 2 * (lane - 1);
      UnitRoot(static_cast<int64_t>(lane) * t.number_at(place) % t.m, t.m, block[0].at[place % 8],
               block[1].at[place % 8]);
    }
  }
  const int count = (std::max(modes, t.m / 2 + 1) + 7) / 8 * 8;
  t.half_roots.resize(count / 8 * 2);
  for (int k = 0; k < count; ++k) {
    UnitRoot(k, 2 * t.m, t.half_roots[k / 8 * 2].at[k % 8], t.half_roots[k / 8 * 2 + 1].at[k % 8]);
  }
  return t;
}

}  // namespace flyball
