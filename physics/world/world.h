// A World is one simulation of a Scene: everything that changes. Layout, names and ids of qpos,
// qvel and ctrl are MuJoCo's on both engines. Quantities of the position and velocity stage (poses,
// twists, Jacobians) are computed by MuJoCo's kinematics for both; contact forces and accelerations
// are the engine's own. SI units, world frame, quaternions w x y z (MuJoCo's order) in qpos.
#ifndef FLYBALL_PHYSICS_WORLD_WORLD_H_
#define FLYBALL_PHYSICS_WORLD_WORLD_H_

#include <array>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "physics/numeric/state_visitor.h"
#include "physics/world/scene.h"

typedef struct mjData_ mjData;

namespace flyball {

using Vec3 = std::array<double, 3>;
using Mat3 = std::array<double, 9>;  // row-major

enum class Engine { kMujoco, kBullet };
std::string_view EngineName(Engine engine);          // "mujoco", "bullet"
Engine EngineFromName(std::string_view name);        // throws InputError with the nearest name

// How two touching geoms' sliding friction coefficients combine.
enum class FrictionRule { kMax, kProduct };  // MuJoCo's rule; Bullet's rule

// Settings of Bullet's solver. Defaults are the ones of PyBullet's server, which peers were made with.
struct BulletSettings {
  int iterations = 50;              // sequential-impulse sweeps a substep
  double contact_erp = 0.08;        // fraction of penetration removed a substep
  double friction_erp = 0.2;
  double warm_start_factor = 0.1;
  double linear_slop = 1e-5;        // m
  double residual_threshold = 1e-7;
  double collision_margin = 1e-3;   // m, around hulls and boxes
  double linear_damping = 0.0;      // F = -m v (d + d |v|) per body; PyBullet's hidden default is 0.04
  double angular_damping = 0.0;
  bool stale_link_pose = false;     // forces act through last substep's link poses, as PyBullet's do
};

struct WorldSettings {
  Engine engine = Engine::kMujoco;
  double timestep = 0.0;            // s a substep; 0: the model's own
  FrictionRule friction_rule = FrictionRule::kMax;
  BulletSettings bullet;
};

// A model feature the engine does not honour. kChangesPhysics is a warning a task must have listed;
// kSolverDetail is about how constraints are softened or solved.
struct UnsupportedFeature {
  enum class Severity { kSolverDetail, kChangesPhysics } severity;
  std::string feature;   // "joint armature (elbow)"
  std::string treatment; // "added to the link's inertia"
};

struct Contact {
  int geom1, geom2;        // ids in the scene
  Vec3 p_WC;               // contact point (m)
  Vec3 normal_W;           // from geom1 to geom2, unit
  double distance;         // m, negative when penetrating
  Vec3 force_W;            // force of geom1 on geom2 (N), averaged over the last substep
};

struct Twist { Vec3 v_W; Vec3 w_W; };                 // of a body's frame origin: m/s, rad/s
struct Pose { Vec3 p_W; std::array<double, 4> q_W; }; // q: w x y z

// Model numbers a row may override. Named by element, so that the same patch serves both engines.
enum class Parameter {
  kBodyMass,        // (1) kg; inertia scales along
  kBodyInertia,     // (3) kg m^2, principal
  kGeomFriction,    // (3) sliding, torsional (m), rolling (m)
  kGeomSize,        // (3) m; meshes refuse it
  kActuatorGain,    // (1) factor on gain and bias
  kJointDamping,    // (1)
  kCameraPosition,  // (3) m, in the parent body's frame
  kCameraFovy,      // (1) deg
  kLightPosition,   // (3)
  kLightDiffuse,    // (3)
};

class World {
 public:
  // Builds a world in the scene's reference configuration (qpos0, zero velocity).
  static std::unique_ptr<World> Make(std::shared_ptr<const Scene> scene, const WorldSettings& = {});
  virtual ~World() = default;
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  Engine engine() const { return settings_.engine; }
  const WorldSettings& settings() const { return settings_; }
  const Scene& scene() const { return *scene_; }
  // This row's model: the scene's own until an override gives the row a light copy.
  const mjModel& model() const;
  // Kinematics after the last Step, Reset or Forward; the renderer draws it.
  const mjData& data() const { return *data_; }
  double timestep() const;
  double time() const;

  // Back to the reference configuration or a keyframe, with every cache and warm start forgotten:
  // bit-identical to a new world. Overrides stay.
  void Reset();
  // Sets positions and velocities and recomputes kinematics. Caches are forgotten.
  void SetState(std::span<const double> qpos, std::span<const double> qvel);
  std::span<const double> qpos() const;  // (nq)
  std::span<const double> qvel() const;  // (nv)
  std::span<double> ctrl();              // (nu) held over the substeps of Step

  // Advances `substeps` of timestep(). Allocates nothing once warm. Throws PhysicsError if the
  // engine raises or the state is no longer finite; the world then must be restored or reset.
  void Step(int substeps);

  // Velocity-level position servo on a hinge or slide joint, held until changed: each substep the
  // joint is driven at gain * (target - q) / timestep, with at most max_force (N m or N). Exact
  // gravity compensation comes with it. MuJoCo: computed torque; Bullet: its joint motor.
  struct Servo { int joint; double target; double gain; double max_force; };
  void SetServos(std::span<const Servo> servos);

  // Adds a force and torque (world frame) at a world point to a body, for the next Step's substeps.
  void ApplyWrench(int body, const Vec3& force_W, const Vec3& torque_W, const Vec3& p_W);
  // Called before every substep with its index, for wrenches that follow the motion (rotors, drag).
  // The function must not allocate.
  using SubstepHook = std::function<void(World&, int substep)>;
  void SetSubstepHook(SubstepHook hook) { hook_ = std::move(hook); }

  Pose BodyPose(int body) const;
  Pose SitePose(int site) const;
  Twist BodyTwist(int body) const;
  Twist SiteTwist(int site) const;
  // Jacobian of a site's origin: 3 x nv each, row-major (m/rad or m/m; rad/rad).
  void SiteJacobian(int site, std::span<double> J_translation, std::span<double> J_rotation) const;

  // Contacts of the last substep, in a fixed order (by geom pair).
  virtual std::span<const Contact> Contacts() const = 0;
  // qacc of the last substep (nv), the engine's own.
  virtual std::span<const double> Accelerations() const = 0;

  // Overrides one parameter of one element for this world; constants are recomputed, both engines
  // get the same values, and the values are part of VisitState. Throws InputError on a wrong length
  // or value.
  void Override(Parameter parameter, int id, std::span<const double> values);
  size_t memory_bytes() const;  // what this row owns, without the shared scene

  void VisitState(StateVisitor& visitor);
  virtual std::vector<UnsupportedFeature> Unsupported() const = 0;

 protected:
  World(std::shared_ptr<const Scene> scene, const WorldSettings& settings);
  std::shared_ptr<const Scene> scene_;
  WorldSettings settings_;
  mjData* data_ = nullptr;
  SubstepHook hook_;
};

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_WORLD_WORLD_H_
