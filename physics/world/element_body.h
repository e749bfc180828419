// Which body an element of a scene belongs to.
#ifndef FLYBALL_PHYSICS_WORLD_ELEMENT_BODY_H_
#define FLYBALL_PHYSICS_WORLD_ELEMENT_BODY_H_

#include "physics/world/scene.h"

namespace flyball {

// The body that a joint moves.
int JointBody(const Scene& scene, int joint);
int GeomBody(const Scene& scene, int geom);

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_WORLD_ELEMENT_BODY_H_
