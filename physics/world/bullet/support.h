// What of an mjModel the Bullet engine does not honour.
#ifndef FLYBALL_PHYSICS_WORLD_BULLET_SUPPORT_H_
#define FLYBALL_PHYSICS_WORLD_BULLET_SUPPORT_H_

#include <vector>

#include "physics/world/world.h"

namespace flyball::bullet {

// Throws InputError naming the first feature that cannot be simulated.
void RequireSupported(const mjModel& model);

// Throws InputError naming a field that is out of range.
void CheckSettings(const BulletSettings& settings);

// What is simulated differently or left out, in the order of mjModel's arrays.
std::vector<UnsupportedFeature> UnsupportedFeatures(const mjModel& model);

}  // namespace flyball::bullet

#endif  // FLYBALL_PHYSICS_WORLD_BULLET_SUPPORT_H_
