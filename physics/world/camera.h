// How a scene's cameras are mounted.
#ifndef FLYBALL_PHYSICS_WORLD_CAMERA_H_
#define FLYBALL_PHYSICS_WORLD_CAMERA_H_

#include "physics/world/scene.h"
#include "physics/world/types.h"

namespace flyball {

Vec3 CameraPosition(const Scene& scene, int camera);  // m, in the frame of the body that carries it
double CameraFovy(const Scene& scene, int camera);    // deg, vertical

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_WORLD_CAMERA_H_
