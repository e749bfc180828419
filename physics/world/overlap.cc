#include "physics/world/overlap.h"

#include <mujoco/mujoco.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "physics/world/mujoco/guard.h"

namespace flyball {
namespace {

using Data = std::unique_ptr<mjData, void (*)(mjData*)>;

// The world's configuration in data of its own: the world's holds the contacts of its last step.
Data Placed(const World& world) {
  const mjModel& model = world.model();
  Data data(mj_makeData(&model), &mj_deleteData);
  std::copy(world.qpos().begin(), world.qpos().end(), data->qpos);
  Guarded("looking for overlaps", [&] {
    mj_kinematics(&model, data.get());
    mj_comPos(&model, data.get());
  });
  return data;
}

std::string BodyName(const mjModel& model, int body) {
  const char* name = mj_id2name(&model, mjOBJ_BODY, body);
  return name && *name ? name : "world";
}

bool Has(std::span<const int> bodies, int body) {
  return std::find(bodies.begin(), bodies.end(), body) != bodies.end();
}

// Of each geom, whether there is anything it can touch.
std::vector<bool> Touching(const mjModel& model) {
  std::vector<bool> touching(static_cast<size_t>(model.ngeom));
  for (int geom = 0; geom < model.ngeom; ++geom) {
    touching[static_cast<size_t>(geom)] = model.geom_contype[geom] || model.geom_conaffinity[geom];
  }
  for (int pair = 0; pair < model.npair; ++pair) {
    touching[static_cast<size_t>(model.pair_geom1[pair])] = true;
    touching[static_cast<size_t>(model.pair_geom2[pair])] = true;
  }
  return touching;
}

}  // namespace

Overlap DeepestOverlap(const World& world, std::span<const int> bodies) {
  const mjModel& model = world.model();
  const Data data = Placed(world);
  Guarded("looking for overlaps", [&] { mj_collision(&model, data.get()); });
  Overlap deepest;
  for (int i = 0; i < data->ncon; ++i) {
    const mjContact& contact = data->contact[i];
    int body = model.geom_bodyid[contact.geom[0]], other = model.geom_bodyid[contact.geom[1]];
    if (!Has(bodies, body)) std::swap(body, other);
    if (!Has(bodies, body) || -contact.dist <= deepest.depth) continue;
    deepest = {-contact.dist, BodyName(model, body), BodyName(model, other)};
  }
  return deepest;
}

Overlap DeepestOverlapWithSeen(const World& world, std::span<const int> bodies) {
  // Only the newer detection of collisions tells how deep an overlap is.
  mjModel model = world.model();
  model.opt.disableflags &= ~mjDSBL_NATIVECCD;
  const Data data = Placed(world);
  const std::vector<bool> touching = Touching(model);
  std::vector<bool> touches(static_cast<size_t>(model.nbody));
  for (int geom = 0; geom < model.ngeom; ++geom) {
    if (touching[static_cast<size_t>(geom)]) {
      touches[static_cast<size_t>(model.geom_bodyid[geom])] = true;
    }
  }
  Overlap deepest;
  for (int geom = 0; geom < model.ngeom; ++geom) {
    const int body = model.geom_bodyid[geom];
    if (!touching[static_cast<size_t>(geom)] || !Has(bodies, body)) continue;
    for (int seen = 0; seen < model.ngeom; ++seen) {
      const int other = model.geom_bodyid[seen];
      if (touches[static_cast<size_t>(other)]) continue;
      double distance = 0.0;
      Guarded("looking for overlaps",
              [&] { distance = mj_geomDistance(&model, data.get(), geom, seen, 0.0, nullptr); });
      if (-distance <= deepest.depth) continue;
      deepest = {-distance, BodyName(model, body), BodyName(model, other)};
    }
  }
  return deepest;
}

}  // namespace flyball
