// Which geoms may touch, and with which coefficients: MuJoCo's rules, worked out once from a model,
// in one fixed order. Nothing here knows Bullet.
#ifndef FLYBALL_PHYSICS_WORLD_BULLET_PAIRS_H_
#define FLYBALL_PHYSICS_WORLD_BULLET_PAIRS_H_

#include <vector>

#include "physics/world/world.h"

namespace flyball::bullet {

struct GeomPair {
  int geom1, geom2;  // geom1 < geom2
  double sliding;    // coefficient of friction, >= 0
  double spinning;   // m; torque about the normal per unit of normal force
  double rolling;    // m; torque across the normal per unit of normal force
  bool soft;         // a direct (negative) solref gives the contact stiffness and damping
  double stiffness;  // N/m, if soft
  double damping;    // N s/m, if soft
};

// Pairs that MuJoCo would test for contact, ordered by (geom1, geom2). Explicit pairs bring their
// own coefficients; for the others `rule` says how those of the two geoms combine.
std::vector<GeomPair> CollidingPairs(const mjModel& model, FrictionRule rule);

}  // namespace flyball::bullet

#endif  // FLYBALL_PHYSICS_WORLD_BULLET_PAIRS_H_
