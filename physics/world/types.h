// The values that a World answers with and is asked by.
#ifndef FLYBALL_PHYSICS_WORLD_TYPES_H_
#define FLYBALL_PHYSICS_WORLD_TYPES_H_

#include <array>
#include <string>

namespace flyball {

using Vec3 = std::array<double, 3>;
using Mat3 = std::array<double, 9>;  // row-major

// A model feature the engine does not honour. kChangesPhysics is a warning a task must have listed;
// kSolverDetail is about how constraints are softened or solved.
struct UnsupportedFeature {
  enum class Severity { kSolverDetail, kChangesPhysics } severity;
  std::string feature;    // "joint armature (elbow)"
  std::string treatment;  // "added to the link's inertia"
};

struct Contact {
  int geom1, geom2;  // ids in the scene
  Vec3 p_WC;         // contact point (m)
  Vec3 normal_W;     // from geom1 to geom2, unit
  double distance;   // m, negative when penetrating
  Vec3 force_W;      // force of geom1 on geom2 (N), averaged over the last substep
};

struct Twist {
  Vec3 v_W;
  Vec3 w_W;
};  // of a body's frame origin: m/s, rad/s
struct Pose {
  Vec3 p_W;
  std::array<double, 4> q_W;
};  // q: w x y z

// Model numbers a row may override. Named by element, so that the same patch serves both engines.
enum class Parameter {
  kBodyMass,        // (1) kg, > 0; inertia scales along unless it is overridden too
  kBodyInertia,     // (3) kg m^2, principal, > 0
  kGeomFriction,    // (3) sliding, torsional (m), rolling (m), >= 0
  kGeomSize,        // (3) m, as the geom's type counts them; mass and inertia stay; no meshes
  kActuatorGain,    // (1) factor on gain and bias, >= 0
  kJointDamping,    // (1) N m s/rad or N s/m, every dof of the joint, >= 0
  kCameraPosition,  // (3) m, in the parent body's frame
  kCameraFovy,      // (1) deg
  kLightPosition,   // (3)
  kLightDiffuse,    // (3)
  kCameraTurn,      // (3) rotation vector in the camera's own axes, on top of the scene's (rad)
};

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_WORLD_TYPES_H_
