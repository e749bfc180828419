// Bullet's collision shapes of a scene's geoms. Shapes hold no state: rows share one set of them.
#ifndef FLYBALL_PHYSICS_WORLD_BULLET_SHAPES_H_
#define FLYBALL_PHYSICS_WORLD_BULLET_SHAPES_H_

#include <memory>
#include <vector>

#include "physics/world/bullet/bullet.h"
#include "physics/world/scene.h"

namespace flyball::bullet {

using Shape = std::shared_ptr<const btCollisionShape>;

// The shape of one geom in its own frame. `margin` (m) is how far hulls and meshes are padded;
// boxes, cylinders and ellipsoids are shrunk by it first, so that their outside stays. Throws
// InputError for a type that Bullet has no shape for.
Shape MakeShape(const mjModel& model, int geom, double margin);

// Shapes of all geoms that can touch anything (others null), made once per scene and margin.
std::shared_ptr<const std::vector<Shape>> SharedShapes(const Scene& scene, double margin);

}  // namespace flyball::bullet

#endif  // FLYBALL_PHYSICS_WORLD_BULLET_SHAPES_H_
