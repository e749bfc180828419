// Carry: fetch a thing from above and put it somewhere, as several experts do.
#ifndef FLYBALL_ENVS_MANIPULATION_CARRY_H_
#define FLYBALL_ENVS_MANIPULATION_CARRY_H_

#include "envs/manipulation/expert.h"

namespace flyball {

// Takes the thing between the fingers and brings its centre to `to`; lets go there and rises if
// `release`. Goes through phases first, first + 1, ... of `memory` and returns true when done.
struct Carry {
  size_t thing;
  Vec3 to;  // m
  bool release;
  Quaternion q;       // of the end effector
  int first = 0;      // phase
  double high = 0.1;  // m, height of ways over the table
};
inline constexpr int kCarryPhases = 8;  // taken up by one
bool Advance(const Carry& carry, const ExpertView& view, ExpertMemory& memory, Wish& wish);

}  // namespace flyball

#endif  // FLYBALL_ENVS_MANIPULATION_CARRY_H_
