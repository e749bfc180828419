#include "physics/world/element_body.h"

#include <mujoco/mujoco.h>

namespace flyball {

int JointBody(const Scene& scene, int joint) { return scene.model().jnt_bodyid[joint]; }

int GeomBody(const Scene& scene, int geom) { return scene.model().geom_bodyid[geom]; }

}  // namespace flyball
