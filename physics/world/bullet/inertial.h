// Mass properties of a body as Bullet gets them.
#ifndef FLYBALL_PHYSICS_WORLD_BULLET_INERTIAL_H_
#define FLYBALL_PHYSICS_WORLD_BULLET_INERTIAL_H_

#include <mujoco/mujoco.h>

#include "physics/world/bullet/bullet.h"

namespace flyball::bullet {

struct Inertial {
  btTransform X_BI;   // principal inertial frame in the body's frame
  double mass;        // kg
  btVector3 inertia;  // kg m^2, about the principal axes
};

// Bullet has no armature: a hinge's is added to the inertia of the body it moves, about its axis; a
// slide's to its mass. Ancestors feel it too, which they should not (Unsupported says so).
Inertial EffectiveInertial(const mjModel& model, int body);

}  // namespace flyball::bullet

#endif  // FLYBALL_PHYSICS_WORLD_BULLET_INERTIAL_H_
