// The one header that includes Bullet, and the conversions between its types and ours. Bullet must
// be built in double precision: PyBullet is, and a single-precision library links and corrupts.
#ifndef FLYBALL_PHYSICS_WORLD_BULLET_BULLET_H_
#define FLYBALL_PHYSICS_WORLD_BULLET_BULLET_H_

#include <BulletCollision/CollisionDispatch/btCollisionDispatcher.h>
#include <BulletCollision/CollisionDispatch/btCollisionObjectWrapper.h>
#include <BulletDynamics/Featherstone/btMultiBody.h>
#include <BulletDynamics/Featherstone/btMultiBodyConstraint.h>
#include <BulletDynamics/Featherstone/btMultiBodyConstraintSolver.h>
#include <BulletDynamics/Featherstone/btMultiBodyFixedConstraint.h>
#include <BulletDynamics/Featherstone/btMultiBodyLinkCollider.h>
#include <BulletDynamics/Featherstone/btMultiBodyPoint2Point.h>
#include <btBulletCollisionCommon.h>

#include <cstddef>

static_assert(sizeof(btScalar) == sizeof(double),
              "Bullet must be built with BT_USE_DOUBLE_PRECISION, here and in its library");

namespace flyball::bullet {

// mjModel's arrays: vectors of three, quaternions w x y z.
inline btVector3 ToVector(const double* v) { return {v[0], v[1], v[2]}; }
inline btQuaternion ToQuaternion(const double* q) { return {q[1], q[2], q[3], q[0]}; }
inline btTransform ToTransform(const double* position, const double* quaternion) {
  return btTransform(ToQuaternion(quaternion), ToVector(position));
}
inline void Store(const btVector3& v, double* out) {
  out[0] = v.x(), out[1] = v.y(), out[2] = v.z();
}
inline void Store(const btQuaternion& q, double* out) {
  out[0] = q.w(), out[1] = q.x(), out[2] = q.y(), out[3] = q.z();
}

}  // namespace flyball::bullet

#endif  // FLYBALL_PHYSICS_WORLD_BULLET_BULLET_H_
