// Downwash: what the wake of one quadcopter does to another below it.
#ifndef FLYBALL_PHYSICS_ROTORCRAFT_DOWNWASH_H_
#define FLYBALL_PHYSICS_ROTORCRAFT_DOWNWASH_H_

#include "physics/rotorcraft/airframe.h"
#include "physics/rotorcraft/rotation.h"

namespace flyball::rotorcraft {

// The wake as a round turbulent jet: it spreads along rays from a virtual origin eight arms above
// the rotors, so that its force falls with the square of the distance from there while its width
// grows with it. The force is along the ray: down on the axis, also outwards beside it. It is never
// larger than the thrust of the drone that makes it, fades in over one arm of height, so that
// drones side by side do not feel each other, and is smooth everywhere.
//
// With a Crazyflie above: 0.10 N at 0.2 m and 0.04 N at 0.5 m on the axis, the 10 and 4 gram-force
// of Shi et al. (Neural-Swarm, arXiv 2003.02992).
class Downwash {
 public:
  explicit Downwash(const Airframe& airframe)
      : origin_(8 * airframe.arm), fade_(airframe.arm * airframe.arm) {}

  // How far aside (m) the wake is felt up to `below` m under a drone: 6 standard deviations, where the
  // force is 1.5e-8 of that on the axis and left out.
  double Reach(double below) const { return 6 * kSpread * (below + origin_); }

  // Force (N, world) on a drone at `offset` (m, world) from another that makes `thrust` (N).
  template <class T>
  FLYBALL_INLINE Vec3<T> Force(const Vec3<T>& offset, const T& thrust) const {
    const T below = Max(-offset.z, 0.0);
    const T distance = below + origin_;
    const T slope_x = offset.x / distance, slope_y = offset.y / distance;
    const T fade = below * below / (below * below + fade_);
    const T decay = origin_ / distance;
    const T aside2 = slope_x * slope_x + slope_y * slope_y;
    const T size = Select(aside2 < 36 * kSpread * kSpread, thrust, T(0.0)) * fade * decay * decay *
                   Exp(T(aside2 * (-0.5 / (kSpread * kSpread))));
    return {size * slope_x, size * slope_y, -size};
  }

 private:
  static constexpr double kSpread =
      0.2;         // of the jet, 1 standard deviation by distance from origin
  double origin_;  // m
  double fade_;    // m^2
};

}  // namespace flyball::rotorcraft

#endif  // FLYBALL_PHYSICS_ROTORCRAFT_DOWNWASH_H_
