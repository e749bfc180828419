#include "physics/world/bullet/narrowphase.h"

#include <mujoco/mujoco.h>

#include <algorithm>
#include <cstring>
#include <new>

#include "physics/numeric/error.h"

namespace flyball::bullet {
namespace {

constexpr double kBreaking = 0.02;  // m: gContactBreakingThreshold, which nothing here changes

// A manifold's point as it is saved: every field that a later substep reads.
struct SavedPoint {
  int32_t pair;
  int32_t flags;
  int32_t lifetime;
  int32_t index0, index1, part0, part1;
  int32_t unused;
  double local_A[3], local_B[3], world_A[3], world_B[3], normal[3];
  double distance, friction, rolling, spinning, restitution;
  double impulse, previous_rhs, lateral_impulse1, lateral_impulse2;
  double motion1, motion2, cfm, erp, friction_cfm;
  double lateral1[3], lateral2[3];
};

SavedPoint Save(int pair, const btManifoldPoint& p) {
  SavedPoint s{};
  s.pair = pair;
  s.flags = p.m_contactPointFlags;
  s.lifetime = p.m_lifeTime;
  s.index0 = p.m_index0, s.index1 = p.m_index1, s.part0 = p.m_partId0, s.part1 = p.m_partId1;
  Store(p.m_localPointA, s.local_A);
  Store(p.m_localPointB, s.local_B);
  Store(p.m_positionWorldOnA, s.world_A);
  Store(p.m_positionWorldOnB, s.world_B);
  Store(p.m_normalWorldOnB, s.normal);
  s.distance = p.m_distance1;
  s.friction = p.m_combinedFriction, s.rolling = p.m_combinedRollingFriction;
  s.spinning = p.m_combinedSpinningFriction, s.restitution = p.m_combinedRestitution;
  s.impulse = p.m_appliedImpulse, s.previous_rhs = p.m_prevRHS;
  s.lateral_impulse1 = p.m_appliedImpulseLateral1, s.lateral_impulse2 = p.m_appliedImpulseLateral2;
  s.motion1 = p.m_contactMotion1, s.motion2 = p.m_contactMotion2;
  s.cfm = p.m_contactCFM, s.erp = p.m_contactERP, s.friction_cfm = p.m_frictionCFM;
  Store(p.m_lateralFrictionDir1, s.lateral1);
  Store(p.m_lateralFrictionDir2, s.lateral2);
  return s;
}

btManifoldPoint Restore(const SavedPoint& s) {
  btManifoldPoint p(ToVector(s.local_A), ToVector(s.local_B), ToVector(s.normal), s.distance);
  p.m_contactPointFlags = s.flags;
  p.m_lifeTime = s.lifetime;
  p.m_index0 = s.index0, p.m_index1 = s.index1, p.m_partId0 = s.part0, p.m_partId1 = s.part1;
  p.m_positionWorldOnA = ToVector(s.world_A);
  p.m_positionWorldOnB = ToVector(s.world_B);
  p.m_combinedFriction = s.friction, p.m_combinedRollingFriction = s.rolling;
  p.m_combinedSpinningFriction = s.spinning, p.m_combinedRestitution = s.restitution;
  p.m_appliedImpulse = s.impulse, p.m_prevRHS = s.previous_rhs;
  p.m_appliedImpulseLateral1 = s.lateral_impulse1, p.m_appliedImpulseLateral2 = s.lateral_impulse2;
  p.m_contactMotion1 = s.motion1, p.m_contactMotion2 = s.motion2;
  p.m_contactCFM = s.cfm, p.m_contactERP = s.erp, p.m_frictionCFM = s.friction_cfm;
  p.m_lateralFrictionDir1 = ToVector(s.lateral1);
  p.m_lateralFrictionDir2 = ToVector(s.lateral2);
  return p;
}

}  // namespace

// One geom: a link collider if its body moves, a static object else.
struct Narrowphase::Collider {
  std::unique_ptr<btCollisionObject> object;
  int geom, body, tree, link;
  btTransform X_LG;     // in the link's frame; of static ones, in the world
  btVector3 low, high;  // bounds, padded by the breaking threshold
  bool is_plane;
};

// Hands every algorithm its pair's manifold and one scratch buffer: algorithms live for one call,
// and manifolds outlive them.
class Narrowphase::Dispatcher final : public btCollisionDispatcher {
 public:
  using btCollisionDispatcher::btCollisionDispatcher;
  void SetManifold(btPersistentManifold* manifold) { manifold_ = manifold; }

  // The algorithm says which of the two it calls A: a plane is always B.
  btPersistentManifold* getNewManifold(const btCollisionObject* A,
                                       const btCollisionObject* B) override {
    manifold_->setBodies(A, B);
    return manifold_;
  }
  void releaseManifold(btPersistentManifold*) override {}
  void clearManifold(btPersistentManifold*) override {}
  bool needsCollision(const btCollisionObject*, const btCollisionObject*) override { return true; }
  void* allocateCollisionAlgorithm(int size) override {
    if (size > static_cast<int>(sizeof(scratch_))) throw std::bad_alloc();
    return scratch_;
  }
  void freeCollisionAlgorithm(void*) override {}

 private:
  btPersistentManifold* manifold_ = nullptr;
  alignas(16) std::byte scratch_[512];
};

struct alignas(16) Narrowphase::Slot {
  std::byte bytes[sizeof(btPersistentManifold)];
};

struct Narrowphase::PairState {
  Collider* collider1;
  Collider* collider2;
  btCollisionAlgorithmCreateFunc* create;
  btPersistentManifold* manifold;
  double breaking_threshold;
};

Narrowphase::Narrowphase(const mjModel& m, Bodies& bodies, std::vector<Shape> shapes,
                         const WorldSettings& settings)
    : bodies_(bodies), shapes_(std::move(shapes)),
      pairs_(CollidingPairs(m, settings.friction_rule)), colliders_(static_cast<size_t>(m.ngeom)),
      friction_anchors_(settings.bullet.friction_anchors) {
  // Bullet's pools would be megabytes a world and are not used.
  btDefaultCollisionConstructionInfo construction;
  construction.m_defaultMaxPersistentManifoldPoolSize = 1;
  construction.m_defaultMaxCollisionAlgorithmPoolSize = 1;
  configuration_ = std::make_unique<btDefaultCollisionConfiguration>(construction);
  dispatcher_ = std::make_unique<Dispatcher>(configuration_.get());
  info_.m_timeStep = settings.timestep;
  info_.m_deterministicOverlappingPairs = true;

  for (const GeomPair& pair : pairs_) {
    for (int geom : {pair.geom1, pair.geom2}) {
      auto& collider = colliders_[static_cast<size_t>(geom)];
      if (collider) continue;
      const int body = m.geom_bodyid[geom];
      const BodyPlace& place = bodies_.body(body);
      collider = std::make_unique<Collider>();
      collider->geom = geom, collider->body = body;
      collider->tree = place.tree, collider->link = place.link;
      collider->X_LG = place.X_LB * ToTransform(m.geom_pos + 3 * geom, m.geom_quat + 4 * geom);
      collider->is_plane = m.geom_type[geom] == mjGEOM_PLANE;
      if (place.tree >= 0) {
        collider->object.reset(new btMultiBodyLinkCollider(&bodies_.tree(place.tree), place.link));
      } else {
        collider->object.reset(new btCollisionObject);
        collider->object->setCollisionFlags(btCollisionObject::CF_STATIC_OBJECT);
      }
      collider->object->setUserIndex(geom);
      // Bullet's interface is not const-correct; no routine writes to a shape.
      collider->object->setCollisionShape(
          const_cast<btCollisionShape*>(shapes_[static_cast<size_t>(geom)].get()));
      (place.tree >= 0 ? moving_ : static_).push_back(collider.get());
    }
  }
  for (Collider* collider : static_) {
    collider->object->setWorldTransform(collider->X_LG);
    UpdateBounds(*collider);
  }

  for (const GeomPair& pair : pairs_) {
    Collider* collider1 = colliders_[static_cast<size_t>(pair.geom1)].get();
    Collider* collider2 = colliders_[static_cast<size_t>(pair.geom2)].get();
    const btCollisionShape* shape1 = collider1->object->getCollisionShape();
    const btCollisionShape* shape2 = collider2->object->getCollisionShape();
    // As Bullet's dispatcher chooses it, if that is enough.
    const double own = std::min(shape1->getContactBreakingThreshold(kBreaking),
                                shape2->getContactBreakingThreshold(kBreaking));
    const double threshold = std::max(own, std::min(settings.bullet.contact_reach, kBreaking));
    states_.push_back({collider1, collider2,
                       configuration_->getCollisionAlgorithmCreateFunc(shape1->getShapeType(),
                                                                       shape2->getShapeType()),
                       nullptr, threshold});
  }
  touches_.reserve(pairs_.size());
}

Narrowphase::~Narrowphase() { Forget(); }

btPersistentManifold* Narrowphase::Acquire(PairState& pair) {
  if (pair.manifold) return pair.manifold;
  if (free_.empty()) {
    // Another block; the first one usually lasts. Which slot serves a pair shows nowhere.
    const size_t block = slots_.empty() ? std::min(pairs_.size(), 8 * (moving_.size() + 1))
                                        : std::min(pairs_.size(), size_t{64});
    slots_.push_back(std::make_unique<Slot[]>(block));
    free_.reserve(free_.capacity() + block);
    for (size_t i = block; i-- > 0;) {
      free_.push_back(reinterpret_cast<btPersistentManifold*>(slots_.back()[i].bytes));
    }
  }
  void* slot = free_.back();
  free_.pop_back();
  pair.manifold = new (slot) btPersistentManifold(
      pair.collider1->object.get(), pair.collider2->object.get(), 0, pair.breaking_threshold,
      std::min(pair.collider1->object->getContactProcessingThreshold(),
               pair.collider2->object->getContactProcessingThreshold()));
  return pair.manifold;
}

void Narrowphase::Release(PairState& pair) {
  if (!pair.manifold) return;
  pair.manifold->~btPersistentManifold();
  free_.push_back(pair.manifold);
  pair.manifold = nullptr;
}

void Narrowphase::UpdateBounds(Collider& collider) {
  if (collider.is_plane) return;
  collider.object->getCollisionShape()->getAabb(collider.object->getWorldTransform(), collider.low,
                                                collider.high);
  const btVector3 padding(kBreaking, kBreaking, kBreaking);
  collider.low -= padding;
  collider.high += padding;
}

bool Narrowphase::BoundsOverlap(const Collider& a, const Collider& b) const {
  if (a.is_plane || b.is_plane) {
    // A plane fills half of space: the corner of the other's bounds that is deepest decides.
    const Collider& plane = a.is_plane ? a : b;
    const Collider& other = a.is_plane ? b : a;
    const btTransform& X_WP = plane.object->getWorldTransform();
    const btVector3 normal = X_WP.getBasis().getColumn(2);
    btVector3 corner;
    for (int i = 0; i < 3; ++i) corner[i] = normal[i] > 0 ? other.low[i] : other.high[i];
    return normal.dot(corner - X_WP.getOrigin()) <= kBreaking;
  }
  for (int i = 0; i < 3; ++i) {
    if (a.low[i] > b.high[i] || b.low[i] > a.high[i]) return false;
  }
  return true;
}

void Narrowphase::PlaceStatic(const mjData& data) {
  for (Collider* collider : static_) {
    const double* R = data.geom_xmat + 9 * collider->geom;
    const btTransform X_WG(btMatrix3x3(R[0], R[1], R[2], R[3], R[4], R[5], R[6], R[7], R[8]),
                           ToVector(data.geom_xpos + 3 * collider->geom));
    collider->object->setWorldTransform(X_WG);
    UpdateBounds(*collider);
  }
}

void Narrowphase::Detect() {
  for (Collider* collider : moving_) {
    collider->object->setWorldTransform(bodies_.LinkFrame(collider->tree, collider->link) *
                                        collider->X_LG);
    UpdateBounds(*collider);
  }
  touches_.clear();
  for (size_t i = 0; i < states_.size(); ++i) {
    PairState& pair = states_[i];
    if (!BoundsOverlap(*pair.collider1, *pair.collider2)) {
      Release(pair);
      continue;
    }
    Collide(pair, pairs_[i]);
    touches_.push_back(
        {static_cast<int>(i), pair.collider1->tree, pair.collider2->tree, pair.manifold});
  }
}

void Narrowphase::Collide(PairState& pair, const GeomPair& parameters) {
  btPersistentManifold* manifold = Acquire(pair);
  const btCollisionObject* object1 = pair.collider1->object.get();
  const btCollisionObject* object2 = pair.collider2->object.get();
  const btCollisionObjectWrapper wrap1(nullptr, object1->getCollisionShape(), object1,
                                       object1->getWorldTransform(), -1, -1);
  const btCollisionObjectWrapper wrap2(nullptr, object2->getCollisionShape(), object2,
                                       object2->getWorldTransform(), -1, -1);
  btManifoldResult result(&wrap1, &wrap2);
  dispatcher_->SetManifold(manifold);
  btCollisionAlgorithmConstructionInfo construction(dispatcher_.get(), 1);
  construction.m_manifold = nullptr;  // or it would not be the algorithm's to refresh
  btCollisionAlgorithm* algorithm =
      pair.create->CreateCollisionAlgorithm(construction, &wrap1, &wrap2);
  algorithm->processCollision(&wrap1, &wrap2, info_, &result);
  algorithm->~btCollisionAlgorithm();

  // Coefficients are the pair's, whatever Bullet combined from the colliders.
  for (int i = 0; i < manifold->getNumContacts(); ++i) {
    btManifoldPoint& point = manifold->getContactPoint(i);
    point.m_combinedFriction = parameters.sliding;
    point.m_combinedSpinningFriction = parameters.spinning;
    point.m_combinedRollingFriction = parameters.rolling;
    point.m_combinedRestitution = 0;
    if (!parameters.soft) continue;
    point.m_contactPointFlags |= BT_CONTACT_FLAG_CONTACT_STIFFNESS_DAMPING;
    point.m_combinedContactStiffness1 = parameters.stiffness;
    point.m_combinedContactDamping1 = parameters.damping;
    if (friction_anchors_) point.m_contactPointFlags |= BT_CONTACT_FLAG_FRICTION_ANCHOR;
  }
}

void Narrowphase::Forget() {
  for (PairState& pair : states_) Release(pair);
  touches_.clear();
}

void Narrowphase::VisitState(StateVisitor& visitor) {
  std::vector<SavedPoint> points;
  if (!visitor.loading()) {
    for (size_t i = 0; i < states_.size(); ++i) {
      const btPersistentManifold* manifold = states_[i].manifold;
      for (int k = 0; manifold && k < manifold->getNumContacts(); ++k) {
        points.push_back(Save(static_cast<int>(i), manifold->getContactPoint(k)));
      }
    }
  }
  visitor("bullet contact points", points);
  if (!visitor.loading()) return;
  Forget();
  for (const SavedPoint& point : points) {
    if (point.pair < 0 || static_cast<size_t>(point.pair) >= states_.size()) {
      throw DataError("snapshot is damaged: contact of pair " + std::to_string(point.pair) +
                      " of " + std::to_string(states_.size()));
    }
    btPersistentManifold* manifold = Acquire(states_[static_cast<size_t>(point.pair)]);
    if (manifold->getNumContacts() == MANIFOLD_CACHE_SIZE) {
      throw DataError("snapshot is damaged: more than four contacts of one pair");
    }
    manifold->addManifoldPoint(Restore(point));
  }
}

size_t Narrowphase::memory_bytes() const {
  size_t slots = free_.size();
  for (const PairState& pair : states_) slots += pair.manifold != nullptr;
  return slots * sizeof(Slot) +
         pairs_.size() * (sizeof(GeomPair) + sizeof(PairState) + sizeof(Touch)) +
         (moving_.size() + static_.size()) * (sizeof(Collider) + sizeof(btMultiBodyLinkCollider)) +
         sizeof(Dispatcher);
}

}  // namespace flyball::bullet
