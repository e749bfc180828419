// Whether bodies overlap in a configuration that was set, before anything has been stepped.
#ifndef FLYBALL_PHYSICS_WORLD_OVERLAP_H_
#define FLYBALL_PHYSICS_WORLD_OVERLAP_H_

#include <string>

#include "physics/world/world.h"

namespace flyball {

struct Overlap {
  double depth = 0.0;  // m; 0: none
  std::string other;   // the body that is in the way: its name, or "world"
};

// The deepest overlap of a body's geoms with geoms they can touch. Allocates.
Overlap DeepestOverlap(const World& world, int body);

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_WORLD_OVERLAP_H_
