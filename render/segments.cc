#include "render/segments.h"

#include <mujoco/mujoco.h>

namespace flyball {

std::vector<std::string> SegmentNames(const Scene& scene) {
  std::vector<std::string> names = {"nothing"};
  const std::vector<std::string> bodies = scene.Names(Element::kBody);
  for (size_t body = 1; body < bodies.size(); ++body) {
    if (!bodies[body].empty()) names.push_back(bodies[body]);
  }
  const std::vector<std::string> geoms = scene.Names(Element::kGeom);
  for (size_t geom = 0; geom < geoms.size(); ++geom) {
    if (scene.model().geom_bodyid[geom] == 0 && !geoms[geom].empty()) names.push_back(geoms[geom]);
  }
  return names;
}

std::vector<uint8_t> SegmentOfGeoms(const Scene& scene) {
  const mjModel& model = scene.model();
  const std::vector<std::string> bodies = scene.Names(Element::kBody);
  const std::vector<std::string> geoms = scene.Names(Element::kGeom);
  size_t next = 1;
  std::vector<size_t> of_body(bodies.size(), 0);
  for (size_t body = 1; body < bodies.size(); ++body) {
    // Parents come first.
    of_body[body] =
        bodies[body].empty() ? of_body[static_cast<size_t>(model.body_parentid[body])] : next++;
  }
  std::vector<uint8_t> ids;
  for (size_t geom = 0; geom < geoms.size(); ++geom) {
    const size_t body = static_cast<size_t>(model.geom_bodyid[geom]);
    const size_t id = body != 0 ? of_body[body] : geoms[geom].empty() ? 0 : next++;
    ids.push_back(static_cast<uint8_t>(id < 256 ? id : 0));
  }
  return ids;
}

double FarPlane(const Scene& scene) {
  const mjModel& model = scene.model();
  return static_cast<double>(model.vis.map.zfar) * model.stat.extent;
}

}  // namespace flyball
