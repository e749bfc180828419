// Contact detection with no hidden history. Bullet's broadphase, pair cache and algorithms carry
// state that depends on the past; here one collider stands for one geom, pairs have one fixed
// order, algorithms are made afresh for every test, and all that lasts from substep to substep are
// the manifolds' points, which are saved field by field.
#ifndef FLYBALL_PHYSICS_WORLD_BULLET_NARROWPHASE_H_
#define FLYBALL_PHYSICS_WORLD_BULLET_NARROWPHASE_H_

#include <algorithm>
#include <memory>
#include <span>
#include <vector>

#include "physics/world/bullet/bodies.h"
#include "physics/world/bullet/pairs.h"
#include "physics/world/bullet/shapes.h"

namespace flyball::bullet {

class Narrowphase {
 public:
  Narrowphase(const mjModel& model, Bodies& bodies, std::vector<Shape> shapes,
              const WorldSettings& settings);
  ~Narrowphase();
  Narrowphase(const Narrowphase&) = delete;
  Narrowphase& operator=(const Narrowphase&) = delete;

  // A pair whose bounds overlap now; `manifold` may hold no point.
  struct Touch {
    int pair;          // index into pairs()
    int tree1, tree2;  // -1: static
    btPersistentManifold* manifold;
  };

  // Moves colliders of welded and mocap bodies. Call once after a mocap body moved.
  void PlaceStatic(const mjData& data);
  // Refreshes the manifolds for the link frames of `bodies`.
  void Detect();
  std::span<const Touch> touches() const { return touches_; }  // in pair order
  const std::vector<GeomPair>& pairs() const { return pairs_; }
  // Contact points to have room for: eight a moving geom, and never more than manifolds hold.
  size_t usual_contacts() const { return std::min(4 * pairs_.size(), 8 * moving_.size() + 16); }

  void Forget();  // all manifolds
  void VisitState(StateVisitor& visitor);
  size_t memory_bytes() const;

 private:
  struct Collider;
  class Dispatcher;
  struct Slot;
  struct PairState;

  btPersistentManifold* Acquire(PairState& pair);
  void Release(PairState& pair);
  void UpdateBounds(Collider& collider);
  bool BoundsOverlap(const Collider& a, const Collider& b) const;
  void Collide(PairState& pair, const GeomPair& parameters);

  Bodies& bodies_;
  std::vector<Shape> shapes_;
  std::vector<GeomPair> pairs_;
  std::vector<PairState> states_;  // one per pair
  std::vector<Touch> touches_;
  std::vector<std::unique_ptr<Collider>> colliders_;  // per geom; null if it touches nothing
  std::vector<Collider*> moving_, static_;
  std::vector<std::unique_ptr<Slot[]>> slots_;  // manifolds, in blocks
  std::vector<btPersistentManifold*> free_;
  std::unique_ptr<btDefaultCollisionConfiguration> configuration_;
  std::unique_ptr<Dispatcher> dispatcher_;
  btDispatcherInfo info_;
  bool friction_anchors_ = false;
};

}  // namespace flyball::bullet

#endif  // FLYBALL_PHYSICS_WORLD_BULLET_NARROWPHASE_H_
