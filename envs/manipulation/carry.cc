#include "envs/manipulation/carry.h"

#include <algorithm>
#include <cmath>

namespace flyball {

bool Advance(const Carry& carry, const ExpertView& view, ExpertMemory& memory, Wish& wish) {
  enum Phase { kOver, kDown, kGrasp, kLift, kAcross, kLower, kLetGo, kRise };
  constexpr double kOpen = 0.06, kShut = 0.0;  // m: a cube is 40 mm wide
  const Vec3 thing = view.thing(carry.thing);
  // From the thing's centre to the end effector, as it was gripped.
  const Vec3 hold = {view.p[0] - thing[0], view.p[1] - thing[1], view.p[2] - thing[2]};
  const Vec3 end = {carry.to[0] + hold[0], carry.to[1] + hold[1], carry.to[2] + hold[2]};
  const double over = std::hypot(view.p[0] - thing[0], view.p[1] - thing[1]);
  const double across = std::hypot(carry.to[0] - thing[0], carry.to[1] - thing[1]);
  const double way_up = std::max(carry.high, end[2]);

  // One phase may end as soon as it begins.
  const auto in = [&](Phase phase) { return memory.phase == carry.first + phase; };
  const auto next = [&] { ++memory.phase, memory.count = 0; };
  if (in(kOver) && over < 0.01) next();
  if (in(kDown) && view.p[2] < thing[2] + 0.006) next();
  if (in(kGrasp) && memory.count >= 3) next();
  if (in(kLift) && (view.p[2] > 0.07 || across < 0.01)) next();
  if (in(kAcross) && across < 0.015) next();
  if (in(kLower) && carry.release && std::abs(thing[2] - carry.to[2]) < 0.004) next();
  if (in(kLetGo) && memory.count >= 2) next();
  if (in(kRise) && view.p[2] > thing[2] + 0.055) return true;

  wish.q = carry.q;
  wish.speed = 1.0;
  const bool loose = in(kOver) || in(kDown) || in(kLetGo) || in(kRise);
  wish.width = loose ? kOpen : kShut;
  if (in(kOver)) {
    wish.p = {thing[0], thing[1], std::max(carry.high, thing[2] + 0.05)};
  } else if (in(kDown)) {
    wish.p = thing;
  } else if (in(kGrasp) || in(kLetGo)) {
    wish.p = memory.told_p;
  } else if (in(kLift)) {
    wish.p = {memory.told_p[0], memory.told_p[1], way_up};
  } else if (in(kAcross)) {
    wish.p = {end[0], end[1], way_up};
  } else if (in(kLower)) {
    wish.p = end;
  } else {
    wish.p = {memory.told_p[0], memory.told_p[1], thing[2] + 0.08};
  }
  return false;
}

}  // namespace flyball
