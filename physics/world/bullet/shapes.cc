#include "physics/world/bullet/shapes.h"

#include <mujoco/mujoco.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "physics/numeric/error.h"

namespace flyball::bullet {
namespace {

// An ellipsoid by its exact support function. Like a box it is shrunk by the margin that the
// collision routines add again; at the six ends of its axes the outside is exact.
class EllipsoidShape final : public btConvexInternalShape {
 public:
  EllipsoidShape(const btVector3& radii, double margin) : radii_(radii) {
    m_shapeType = CUSTOM_CONVEX_SHAPE_TYPE;
    m_implicitShapeDimensions = radii - btVector3(margin, margin, margin);
    btConvexInternalShape::setMargin(margin);
  }
  btVector3 localGetSupportingVertexWithoutMargin(const btVector3& direction) const override {
    const btVector3 scaled = m_implicitShapeDimensions * direction;
    const double length = scaled.length();
    if (length < SIMD_EPSILON) return {m_implicitShapeDimensions.x(), 0, 0};
    return m_implicitShapeDimensions * scaled / length;
  }
  void batchedUnitVectorGetSupportingVertexWithoutMargin(const btVector3* directions,
                                                         btVector3* out, int count) const override {
    for (int i = 0; i < count; ++i) out[i] = localGetSupportingVertexWithoutMargin(directions[i]);
  }
  void calculateLocalInertia(btScalar mass, btVector3& inertia) const override {
    const btVector3 s = radii_ * radii_;
    inertia = btVector3(s.y() + s.z(), s.x() + s.z(), s.x() + s.y()) * (mass / 5.0);
  }
  void getAabb(const btTransform& frame, btVector3& low, btVector3& high) const override {
    btVector3 half;
    for (int i = 0; i < 3; ++i) half[i] = (frame.getBasis()[i] * radii_).length();
    low = frame.getOrigin() - half;
    high = frame.getOrigin() + half;
  }
  const char* getName() const override { return "ellipsoid"; }

 private:
  btVector3 radii_;
};

// The convex hull that MuJoCo collides too: the vertices named in the mesh's graph, all if it has
// none.
std::unique_ptr<btConvexHullShape> MakeHull(const mjModel& m, int mesh) {
  auto hull = std::make_unique<btConvexHullShape>();
  const float* vertices = m.mesh_vert + 3 * m.mesh_vertadr[mesh];
  const auto add = [&](int i) {
    const float* v = vertices + 3 * i;
    hull->addPoint(btVector3(v[0], v[1], v[2]), false);
  };
  if (m.mesh_graphadr[mesh] < 0) {
    for (int i = 0; i < m.mesh_vertnum[mesh]; ++i) add(i);
  } else {
    // The graph: numbers of vertices and faces, then per vertex an edge address and its mesh id.
    const int* graph = m.mesh_graph + m.mesh_graphadr[mesh];
    const int count = graph[0];
    const int* ids = graph + 2 + count;
    for (int i = 0; i < count; ++i) add(ids[i]);
  }
  hull->recalcLocalAabb();
  return hull;
}

std::string GeomLabel(const mjModel& m, int geom) {
  const char* name = mj_id2name(&m, mjOBJ_GEOM, geom);
  return name && *name ? std::string("'") + name + "'" : "#" + std::to_string(geom);
}

}  // namespace

Shape MakeShape(const mjModel& m, int geom, double margin) {
  const double* size = m.geom_size + 3 * geom;
  // A margin beyond the shape's own size would turn it inside out.
  const double smallest = std::min({size[0], size[1], size[2]});
  switch (m.geom_type[geom]) {
    case mjGEOM_PLANE:
      return std::make_shared<btStaticPlaneShape>(btVector3(0, 0, 1), 0.0);
    case mjGEOM_SPHERE:
      return std::make_shared<btSphereShape>(size[0]);
    case mjGEOM_CAPSULE:
      return std::make_shared<btCapsuleShapeZ>(size[0], 2 * size[1]);
    case mjGEOM_ELLIPSOID:
      return std::make_shared<EllipsoidShape>(ToVector(size), std::min(margin, 0.5 * smallest));
    case mjGEOM_CYLINDER: {
      auto shape = std::make_shared<btCylinderShapeZ>(btVector3(size[0], size[0], size[1]));
      shape->setMargin(std::min(margin, 0.5 * std::min(size[0], size[1])));
      return shape;
    }
    case mjGEOM_BOX: {
      auto shape = std::make_shared<btBoxShape>(ToVector(size));
      shape->setMargin(std::min(margin, 0.5 * smallest));
      return shape;
    }
    case mjGEOM_MESH: {
      std::shared_ptr<btConvexHullShape> shape = MakeHull(m, m.geom_dataid[geom]);
      shape->setMargin(margin);
      return shape;
    }
    default:
      throw InputError("engine 'bullet' has no shape for geom " + GeomLabel(m, geom) +
                       ": height fields and signed distance fields collide on MuJoCo only; give it "
                       "contype and conaffinity 0 or use engine 'mujoco'");
  }
}

std::shared_ptr<const std::vector<Shape>> SharedShapes(const Scene& scene, double margin) {
  using Key = std::pair<const Scene*, double>;
  static std::mutex mutex;
  static std::map<Key, std::weak_ptr<const std::vector<Shape>>> cache;
  const std::lock_guard lock(mutex);
  std::erase_if(cache, [](const auto& entry) { return entry.second.expired(); });
  std::weak_ptr<const std::vector<Shape>>& entry = cache[{&scene, margin}];
  std::shared_ptr<const std::vector<Shape>> shapes = entry.lock();
  if (shapes) return shapes;

  const mjModel& m = scene.model();
  std::vector<bool> needed(static_cast<size_t>(m.ngeom), false);
  for (int i = 0; i < m.ngeom; ++i) {
    needed[static_cast<size_t>(i)] = m.geom_contype[i] || m.geom_conaffinity[i];
  }
  for (int i = 0; i < m.npair; ++i) {
    for (int geom : {m.pair_geom1[i], m.pair_geom2[i]}) needed[static_cast<size_t>(geom)] = true;
  }
  auto made = std::make_shared<std::vector<Shape>>(static_cast<size_t>(m.ngeom));
  for (int i = 0; i < m.ngeom; ++i) {
    if (needed[static_cast<size_t>(i)]) (*made)[static_cast<size_t>(i)] = MakeShape(m, i, margin);
  }
  entry = made;
  return made;
}

}  // namespace flyball::bullet
