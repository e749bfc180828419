// A kinematic tree of an mjModel as a Bullet multibody: one link per joint, link frames in the principal
// inertial frame at the centre of mass (Bullet has no other).
#ifndef FLYBALL_PHYSICS_WORLD_BULLET_TREE_H_
#define FLYBALL_PHYSICS_WORLD_BULLET_TREE_H_

#include <memory>
#include <vector>

#include "physics/world/bullet/bullet.h"
#include "physics/world/world.h"

namespace flyball::bullet {

// Where a MuJoCo body lives in Bullet. Bodies welded to the world have tree -1 and X_LB = X_WB.
struct BodyPlace {
  int tree = -1;
  int link = -1;                                  // -1: the tree's base
  btTransform X_LB = btTransform::getIdentity();  // body frame in the link's frame
};

// Where a joint lives: its link, and what turns Bullet's coordinates into MuJoCo's.
struct JointPlace {
  int tree, link, type, qpos, dof;
  double q0;          // qpos0 of a hinge or slide: Bullet counts from the reference configuration
  btQuaternion R_BL;  // ball: link frame in body axes
  btTransform X_BL;   // free: inertial frame in the body's frame
};

// Where all that an mjModel has lives.
struct Places {
  std::vector<BodyPlace> bodies;   // (nbody)
  std::vector<JointPlace> joints;  // (njnt)
  std::vector<btVector3> com_L;    // (nbody) centre of mass in the link's frame
};

struct Tree {
  std::unique_ptr<btMultiBody> multibody;
  std::vector<double> weights;  // kg of the base, then of each link
};

// The places of bodies welded to the world; those of trees are filled in by BuildTree.
Places PlacesOf(const mjModel& model);

// Tree number `tree` of the model; its bodies and joints are put into `places`.
Tree BuildTree(const mjModel& model, const BulletSettings& settings, int tree, Places& places);

}  // namespace flyball::bullet

#endif  // FLYBALL_PHYSICS_WORLD_BULLET_TREE_H_
