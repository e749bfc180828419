// Surfaces: level tops of things that rotors may be above, over which they feel what they feel over the
// ground.
#ifndef FLYBALL_PHYSICS_ROTORCRAFT_SURFACES_H_
#define FLYBALL_PHYSICS_ROTORCRAFT_SURFACES_H_

#include <vector>

#include "physics/numeric/lanes.h"

namespace flyball::rotorcraft {

// A rectangle that lies level.
struct Slab {
  double x, y, top;       // m, its middle in the world
  double cosine, sine;    // of the angle from the world's x to its own
  double half_x, half_y;  // m, half its sides along its own axes
};

// A disc that lies level; where its middle is, is said with each call.
struct Pad {
  double radius = 0.0;  // m; 0: there is none
  double top = 0.0;     // m
};

struct Surfaces {
  std::vector<Slab> slabs;
  Pad pad;

  bool none() const { return slabs.empty() && pad.radius == 0.0; }
};

// The share of the stretch from d - r to d + r that lies between -half and half; r > 0.
template <class T>
FLYBALL_INLINE T ShareWithin(const T& d, double r, double half) {
  return Max(T(Min(T(d + r), half) - Max(T(d - r), -half)), 0.0) * (0.5 / r);
}

// The share of a rotor of radius r (m) about (x, y) that is over a slab, the rotor taken for a square
// along the slab's sides.
template <class T>
FLYBALL_INLINE T ShareOver(const Slab& slab, const T& x, const T& y, double r) {
  const T dx = x - slab.x, dy = y - slab.y;
  return ShareWithin(T(dx * slab.cosine + dy * slab.sine), r, slab.half_x) *
         ShareWithin(T(dy * slab.cosine - dx * slab.sine), r, slab.half_y);
}

// The same over a pad that is at least as wide as the rotor, its middle `x`, `y` away from the rotor's:
// all inside of the edge, nothing outside, in between by the square of the distance.
template <class T>
FLYBALL_INLINE T ShareOver(const Pad& pad, const T& x, const T& y, double r) {
  const double outside = (pad.radius + r) * (pad.radius + r);
  return Clamp(T((outside - (x * x + y * y)) * (0.25 / (pad.radius * r))), 0.0, 1.0);
}

}  // namespace flyball::rotorcraft

#endif  // FLYBALL_PHYSICS_ROTORCRAFT_SURFACES_H_
