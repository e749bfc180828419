// The kinematic trees of an mjModel as Bullet multibodies, which tree.h builds: their state, the forces
// on them, and their motion.
#ifndef FLYBALL_PHYSICS_WORLD_BULLET_BODIES_H_
#define FLYBALL_PHYSICS_WORLD_BULLET_BODIES_H_

#include <memory>
#include <span>
#include <vector>

#include "physics/numeric/state_visitor.h"
#include "physics/world/bullet/bullet.h"
#include "physics/world/bullet/tree.h"
#include "physics/world/world.h"

namespace flyball::bullet {

class Bodies {
 public:
  Bodies(const mjModel& model, const BulletSettings& settings);

  int num_trees() const { return static_cast<int>(trees_.size()); }
  btMultiBody& tree(int i) { return *trees_[static_cast<size_t>(i)]; }
  const BodyPlace& body(int i) const { return places_.bodies[static_cast<size_t>(i)]; }
  const JointPlace& joint(int i) const { return places_.joints[static_cast<size_t>(i)]; }

  // Whether the frames are those of `other`, so that its saved state means the same here.
  bool HasFramesOf(const Bodies& other) const;

  // Adopts qpos and qvel; every link's frame is that of the new configuration.
  void Load(const double* qpos, const double* qvel);
  // Writes qpos and qvel.
  void Store(double* qpos, double* qvel) const;
  // Link frames from the present coordinates.
  void UpdateFrames();
  // Present frame of a link as of the last UpdateFrames.
  btTransform LinkFrame(int tree, int link) const;

  void ClearForces();
  // Weight of every link. A slide's armature adds to the link's mass but not to its weight.
  void AddGravity(const double* gravity);
  // Generalised force (nv), MuJoCo's conventions.
  void AddJointForces(const double* qfrc);
  // Force and torque about a body's centre of mass, world axes.
  void AddWrench(int body, const btVector3& force_W, const btVector3& torque_W);

  // Forward dynamics and the velocity half of a semi-implicit step, but for the trees marked (per tree)
  // as having their velocities already.
  void IntegrateVelocities(double timestep, std::span<const char> done);
  void IntegratePositions(double timestep);

  void VisitState(StateVisitor& visitor);
  size_t memory_bytes() const;

 private:
  std::vector<std::unique_ptr<btMultiBody>> trees_;
  Places places_;
  std::vector<std::vector<double>> weights_;  // per tree: kg of the base, then of each link
  btAlignedObjectArray<btScalar> scratch_r_;
  btAlignedObjectArray<btVector3> scratch_v_;
  btAlignedObjectArray<btMatrix3x3> scratch_m_;
  btAlignedObjectArray<btQuaternion> scratch_q_;
};

}  // namespace flyball::bullet

#endif  // FLYBALL_PHYSICS_WORLD_BULLET_BODIES_H_
