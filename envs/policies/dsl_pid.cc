#include "envs/policies/dsl_pid.h"

#include <algorithm>

namespace flyball::policies {

DslPid::DslPid(const rotorcraft::Airframe& airframe, bool plus, const DslPidGains& gains)
    : gains_(gains), weight_(rotorcraft::kGravity * airframe.mass),
      four_thrust_factor_(4 * airframe.thrust_factor) {
  constexpr double kCross[4][3] = {{-.5, -.5, -1}, {-.5, .5, 1}, {.5, .5, -1}, {.5, -.5, 1}};
  constexpr double kPlus[4][3] = {{0, -1, -1}, {1, 0, 1}, {0, 1, -1}, {-1, 0, 1}};
  std::copy_n(plus ? &kPlus[0][0] : &kCross[0][0], 12, &mixer_[0][0]);
}

}  // namespace flyball::policies
