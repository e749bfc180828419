// A World is one simulation of a Scene: everything that changes. Layout, names and ids of qpos,
// qvel and ctrl are MuJoCo's on both engines. Quantities of the position and velocity stage (poses,
// twists, Jacobians) are computed by MuJoCo's kinematics for both; contact forces and accelerations
// are the engine's own. SI units, world frame, quaternions w x y z (MuJoCo's order) in qpos.
#ifndef FLYBALL_PHYSICS_WORLD_WORLD_H_
#define FLYBALL_PHYSICS_WORLD_WORLD_H_

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "physics/numeric/state_visitor.h"
#include "physics/world/model_copy.h"
#include "physics/world/scene.h"
#include "physics/world/types.h"

typedef struct mjData_ mjData;

namespace flyball {

enum class Engine { kMujoco, kBullet };
std::string_view EngineName(Engine engine);    // "mujoco", "bullet"
Engine EngineFromName(std::string_view name);  // throws InputError with the nearest name

// How two touching geoms' sliding friction coefficients combine.
enum class FrictionRule { kMax, kProduct };  // MuJoCo's rule; Bullet's rule

// Settings of Bullet's solver. Defaults are the ones of PyBullet's server, which peers were made with.
struct BulletSettings {
  int iterations = 50;        // sequential-impulse sweeps a substep
  double contact_erp = 0.08;  // fraction of penetration removed a substep
  double friction_erp = 0.2;
  double linear_slop = 1e-5;  // m
  double residual_threshold = 1e-7;
  double collision_margin = 1e-3;  // m, around hulls and boxes
  // Points of a contact last from substep to substep until they have slid apart by this (m, at most
  // 0.02), or by Bullet's own 2 % of the smaller shape's size, if that is more. What slides further in a
  // substep rests on one point alone, and sinks in.
  double contact_reach = 0.0;
  double linear_damping = 0.0;  // F = -m v (d + d |v|) per body; PyBullet's hidden default is 0.04
  double angular_damping = 0.0;
  bool friction_anchors = false;  // soft contacts (negative solref) also hold their place
  // Servos' torques are found by inverse dynamics, and the solver is left with what contacts and limits
  // change of them: a tree that nothing touches needs none. Without it the solver finds them, as
  // PyBullet's does, to what its sweeps reach. It has no effect on trees that are not driven in all
  // joints, and needs damping 0.
  bool servo_feedforward = false;
  bool stale_link_pose = false;  // forces act through last substep's link poses, as PyBullet's do
};

// Settings of engine mujoco, whose servos are torques that are computed before contacts are solved.
struct MujocoSettings {
  // Where some servos are at their caps, the torques of the others are exact (0), or what so many sweeps
  // over the servos find: Bullet's 50 leave an arm at its caps some milliradians from there.
  int servo_sweeps = 0;
  // Servos on joints with friction loss take its place in the contact solver, so that they press with
  // max_force on what is in their way, as Bullet's motors do.
  bool servos_in_solver = false;
  // Drag on every body, as BulletSettings has it. Neither it nor servos_in_solver goes with RK4.
  double linear_damping = 0.0, angular_damping = 0.0;
};

struct WorldSettings {
  Engine engine = Engine::kMujoco;
  double timestep = 0.0;  // s a substep; 0: the model's own
  FrictionRule friction_rule =
      FrictionRule::kMax;           // MuJoCo has only kMax: kProduct is refused there
  bool keep_previous_pose = false;  // serve PreviousSitePose and PreviousSiteTwist
  MujocoSettings mujoco = {};
  BulletSettings bullet = {};
};

class World {
 public:
  // Builds a world in the scene's reference configuration (qpos0, zero velocity).
  static std::unique_ptr<World> Make(std::shared_ptr<const Scene> scene, const WorldSettings& = {});
  virtual ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  Engine engine() const { return settings_.engine; }
  const WorldSettings& settings() const { return settings_; }
  const Scene& scene() const { return *scene_; }
  // This row's model: the scene's own until an override gives the row a light copy.
  const mjModel& model() const { return *model_; }
  // Kinematics after the last Step, Reset, SetState or restore, computed when first asked for (as by
  // all that tells poses below); the renderer draws it.
  const mjData& data() const {
    RefreshKinematics();
    return *data_;
  }
  double timestep() const;
  double time() const;

  // Back to the reference configuration or a keyframe, with servos, wrenches, every cache and warm
  // start forgotten: bit-identical to a new world. Overrides and the hook stay.
  void Reset(int keyframe = -1);
  // Sets positions and velocities and recomputes kinematics. Caches are forgotten; time, controls,
  // servos and activations stay.
  void SetState(std::span<const double> qpos, std::span<const double> qvel);
  std::span<const double> qpos() const;  // (nq)
  std::span<const double> qvel() const;  // (nv)
  std::span<double> ctrl();              // (nu) held over the substeps of Step

  // Advances `substeps` of timestep(). Allocates nothing once warm. Throws PhysicsError if the
  // engine raises or the state is no longer finite; the world then must be restored or reset.
  void Step(int substeps);

  // Velocity-level position servo on a hinge or slide joint, held until changed: each substep the
  // joint is driven at gain * (target - q) / timestep, with at most max_force (N m or N). Exact
  // gravity compensation comes with it. MuJoCo: computed torque; Bullet: its joint motor. They differ
  // against a contact: there MuJoCo's presses with M gain (target - q) / h^2, at most max_force (M: the
  // inertia felt at the joint), Bullet's with max_force.
  struct Servo {
    int joint;         // id of a hinge or slide joint
    double target;     // rad or m
    double gain;       // share of the error removed a substep, in [0, 1]
    double max_force;  // N m or N, >= 0; infinity is allowed
  };
  void SetServos(std::span<const Servo> servos);

  std::span<const Servo> servos() const { return servos_; }

  // Step with servos that follow the motion: called before every substep with its index, `aim` may
  // change their targets, gains and caps, not their joints. qpos() and qvel() are fresh then; poses are
  // computed if asked for. The function must not allocate.
  using ServoAim = std::function<void(std::span<Servo> servos, int substep)>;
  void Step(int substeps, const ServoAim& aim);

  // Adds a force and torque (world frame) at a world point to a body: for all substeps of the next
  // Step, or, called from the substep hook, for that substep. Held constant about the body's centre
  // of mass meanwhile.
  void ApplyWrench(int body, const Vec3& force_W, const Vec3& torque_W, const Vec3& p_W);
  // Called before every substep with its index, for wrenches that follow the motion (rotors, drag);
  // poses and twists are fresh then. The function must not allocate. It is not part of the state.
  using SubstepHook = std::function<void(World&, int substep)>;
  void SetSubstepHook(SubstepHook hook) { hook_ = std::move(hook); }

  Pose BodyPose(int body) const;
  Pose SitePose(int site) const;
  Twist BodyTwist(int body) const;
  Twist SiteTwist(int site) const;
  // Jacobian of a site's origin: 3 x nv each, row-major (m/rad or m/m; rad/rad).
  void SiteJacobian(int site, std::span<double> J_translation, std::span<double> J_rotation) const;

  // Where the site was when the last substep began, and its present velocity, in its own axes, turned
  // by the orientation it had then: what a peer observes that does not refresh its kinematics after
  // stepping (measured on PyBullet to 1e-8). Fresh after Reset and SetState. Throws InputError without
  // settings().keep_previous_pose.
  Pose PreviousSitePose(int site) const;
  Twist PreviousSiteTwist(int site) const;

  // Contacts of the last substep, in a fixed order (by geom pair).
  virtual std::span<const Contact> Contacts() const = 0;
  // qacc of the last substep (nv), the engine's own.
  virtual std::span<const double> Accelerations() const = 0;

  // Overrides one parameter of one element for this world; constants are recomputed, both engines
  // get the same values, and the values are part of VisitState. Throws InputError on a wrong length
  // or value.
  void Override(Parameter parameter, int id, std::span<const double> values);
  // What this row owns, without the shared scene. MuJoCo's arena counts as far as it was ever used: the
  // rest is reserved address space that no memory stands behind.
  size_t memory_bytes() const;

  void VisitState(StateVisitor& visitor);
  virtual std::vector<UnsupportedFeature> Unsupported() const = 0;

 protected:
  World(std::shared_ptr<const Scene> scene, const WorldSettings& settings);

  // ---- What an engine implements.
  // Advances data_'s time, qpos, qvel (and act) by `substeps` of timestep() under ctrl, servos_ and
  // data_->xfrc_applied (per body: force, then torque about the centre of mass, world frame). Calls
  // AimServos and BeforeSubstep first in each substep and KeepPrevious once (below); whether data_'s
  // kinematics are fresh in the end it says by SetKinematicsFresh. Throws PhysicsError if it cannot
  // go on.
  virtual void StepEngine(int substeps) = 0;
  // data_ holds a new configuration, kinematics done: adopt it, forget every cache and warm start.
  virtual void ResetEngine() = 0;
  // servos_ were replaced.
  virtual void ServosChanged() {}
  // Targets, gains or caps of servos_ changed; their joints are the same.
  virtual void ServosAimed() { ServosChanged(); }
  // Overrides changed: model() may be another object with other numbers; the state is unchanged.
  virtual void ModelChanged() {}
  // The engine's own state beside data_'s, servos_ and overrides (contact caches, link velocities).
  // While loading data_ is already loaded and its kinematics are done.
  virtual void VisitEngine(StateVisitor& visitor) { (void)visitor; }
  virtual size_t EngineBytes() const { return 0; }

  // ---- What an engine calls.
  // Lets whoever steps aim the servos for this substep; data_'s qpos and qvel must be fresh if
  // aims_servos().
  void AimServos(int substep);
  bool aims_servos() const { return aim_ != nullptr; }
  // Puts the wrenches of this substep into data_->xfrc_applied and calls the hook. data_'s
  // kinematics must be fresh if has_hook().
  void BeforeSubstep(int substep);
  bool has_hook() const { return static_cast<bool>(hook_); }
  // Position- and velocity-stage quantities of data_ from its qpos and qvel: now, or only if they are
  // not fresh.
  void UpdateKinematics() const;
  void RefreshKinematics() const {
    if (!kinematics_fresh_) UpdateKinematics();
  }
  void SetKinematicsFresh(bool fresh) const { kinematics_fresh_ = fresh; }
  // Remembers the geometry now in data_ as that of the last substep's begin. A no-op unless
  // settings_.keep_previous_pose.
  void KeepPrevious(std::span<const double> qpos_at_begin);

  std::shared_ptr<const Scene> scene_;
  WorldSettings settings_;
  const mjModel* model_ = nullptr;
  mjData* data_ = nullptr;
  std::vector<Servo> servos_;

 private:
  void StepChecked(int substeps);
  void VisitServos(StateVisitor& visitor);
  struct OverrideRecord {
    Parameter parameter;
    int id;
    int size;
    int unused;
    double values[3];
  };
  // Positions, and where they put the sites.
  struct PreviousGeometry {
    std::vector<double> qpos, site_xpos, site_xmat;
  };

  void RebuildModel();
  void ClearWrenches();
  void CheckControls() const;
  void CheckState() const;
  // Magnitudes beyond mjMAXVAL are MuJoCo's idea of a diverged simulation; so for both engines.
  static bool IsGood(double value);
  int CheckedId(int id, int count, const char* what) const;

  SubstepHook hook_;
  const ServoAim* aim_ = nullptr;          // during a Step that has one
  mutable bool kinematics_fresh_ = false;  // of data_
  bool in_hook_ = false;
  bool has_wrench_ = false;          // held_wrench_ or xfrc_applied may be non-zero
  std::vector<double> held_wrench_;  // (nbody x 6) applied outside the hook
  std::vector<OverrideRecord>
      overrides_;  // in order of (parameter, id); none equals the scene's value
  std::unique_ptr<ModelCopy>
      timed_;  // the scene's model under this world's timestep, if it differs
  std::unique_ptr<ModelCopy> patched_;  // the row's own light copy, once there was an override
  PreviousGeometry previous_;
  std::vector<double> state_;  // scratch of mj_getState
  bool failed_ = false;        // a Step threw: nothing but Reset, SetState or loading helps
};

// How World::Make reaches an engine: each registers its factory as the library is loaded, so that the
// base class depends on none of them.
using WorldFactory = std::unique_ptr<World> (*)(std::shared_ptr<const Scene>, const WorldSettings&);
bool RegisterEngine(Engine engine, WorldFactory factory);
// Engines this build can make, in the order of the enumeration.
std::vector<Engine> AvailableEngines();

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_WORLD_WORLD_H_
