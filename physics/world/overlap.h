// Whether bodies overlap in a configuration that was set, before anything has been stepped.
#ifndef FLYBALL_PHYSICS_WORLD_OVERLAP_H_
#define FLYBALL_PHYSICS_WORLD_OVERLAP_H_

#include <span>
#include <string>

#include "physics/world/world.h"

namespace flyball {

struct Overlap {
  double depth = 0.0;  // m; 0: none
  std::string body;    // of those asked for, and
  std::string other;   // what is in its way: names, or "world"
};

// The deepest overlap of the geoms of any of `bodies` with geoms they can touch. Allocates.
Overlap DeepestOverlap(const World& world, std::span<const int> bodies);

// The same with bodies none of whose geoms can touch anything, which are taken as they are seen: what
// is inside of them would be left there.
Overlap DeepestOverlapWithSeen(const World& world, std::span<const int> bodies);

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_WORLD_OVERLAP_H_
