#include "physics/world/overlap.h"

#include <mujoco/mujoco.h>

#include <algorithm>
#include <memory>

#include "physics/world/mujoco/guard.h"

namespace flyball {

Overlap DeepestOverlap(const World& world, int body) {
  const mjModel& model = world.model();
  // Collision works in the data it is given; the world's own holds the contacts of its last step.
  const std::unique_ptr<mjData, void (*)(mjData*)> data(mj_makeData(&model), &mj_deleteData);
  std::copy(world.qpos().begin(), world.qpos().end(), data->qpos);
  Guarded("looking for overlaps", [&] {
    mj_kinematics(&model, data.get());
    mj_comPos(&model, data.get());
    mj_collision(&model, data.get());
  });
  Overlap deepest;
  for (int i = 0; i < data->ncon; ++i) {
    const mjContact& contact = data->contact[i];
    const int body1 = model.geom_bodyid[contact.geom[0]];
    const int body2 = model.geom_bodyid[contact.geom[1]];
    if (body1 != body && body2 != body) continue;
    if (-contact.dist <= deepest.depth) continue;
    const char* name = mj_id2name(&model, mjOBJ_BODY, body1 == body ? body2 : body1);
    deepest = {-contact.dist, name && *name ? name : "world"};
  }
  return deepest;
}

}  // namespace flyball
