// The torques that make velocity-level position servos out of MuJoCo's dynamics (computed torque).
#ifndef FLYBALL_PHYSICS_WORLD_MUJOCO_SERVO_TORQUE_H_
#define FLYBALL_PHYSICS_WORLD_MUJOCO_SERVO_TORQUE_H_

#include <span>
#include <vector>

#include "physics/world/world.h"

namespace flyball {

// The velocity that a servo wants at the end of the substep.
inline double WantedSpeed(const World::Servo& servo, double q, double timestep) {
  return servo.gain * (servo.target - q) / timestep;
}

// A servo wants the velocity v* = gain (target - q) / h at the end of the substep, which semi-implicit
// integration reaches with the acceleration a* = (v* - v) / h. Dofs without a servo in the same tree,
// and servos at their force cap, follow the dynamics instead, so that
//     (M + h D) a + bias - passive - actuator - external = tau
// holds with a = a* where a servo acts freely and tau known elsewhere: exact for any mix of servoed,
// saturated and free joints. D is the joint damping that the integrator treats implicitly. Contact and
// limit forces are not foreseen: they act as disturbances that the next substep's velocity error
// answers, as stiffly as M / h.
class ServoTorque {
 public:
  // Takes new servos. Allocates only where more dofs take part than ever before.
  void Configure(const mjModel& model, std::span<const World::Servo> servos,
                 const MujocoSettings& settings = {});
  // Takes new targets, gains and caps of the same servos.
  void Aim(std::span<const World::Servo> servos);
  bool active() const { return !drives_.empty(); }
  // Whether every dof of the model has a servo; every dof of the trees that have any.
  bool drives_all() const { return drives_all_; }
  bool drives_whole_trees() const { return active() && drives_.size() == dofs_.size(); }

  // After the position, velocity and actuation stages of a substep: sets data->qfrc_applied.
  void Apply(const mjModel& model, mjData* data);

  // With settings.servos_in_solver, once the constraints' references are known: hands the rows of friction
  // loss to the servos on their joints. Apply gives those no torque.
  void AimRows(const mjModel& model, mjData* data) const;

  // For servos that drive whole trees which no constraint acts on, in a model without actuators and
  // dampers: sets their data->qacc and data->qfrc_applied by inverse dynamics, which needs positions,
  // velocities and passive forces but no inertia matrix. False if a servo would saturate.
  bool ApplyFree(const mjModel& model, mjData* data);
  // After ApplyFree: gives the dofs the velocities that the servos want.
  void ReachSpeeds(const mjModel& model, mjData* data) const;

  size_t memory_bytes() const;

 private:
  struct Drive {
    World::Servo servo;
    int qpos;        // address of the joint's position
    int local;       // index into dofs_
    int saturated;   // -1, 0, 1: at which end of the force range it is held
    bool in_solver;  // a row of friction loss does its work
  };

  // Sets torque_ for servos that all reach their velocity; false if one would saturate.
  bool ApplyUnsaturated(const mjModel& model, const mjData& data);
  void ApplySaturated(const mjModel& model, const mjData& data);
  // As ApplySaturated, by sweeps in sweep_order_ (servo_sweeps.cc).
  void ConfigureSweeps(const mjModel& model);
  void ApplySwept(const mjModel& model, const mjData& data);
  // The wrenches on bodies as generalised forces in external_; false, and nothing there, if none.
  bool AddWrenches(const mjModel& model, mjData* data);
  void ReadInertia(const mjModel& model, const mjData& data);
  void ReadSmoothForce(const mjModel& model, mjData* data);
  void SolveFree();

  std::vector<Drive> drives_;
  MujocoSettings settings_;
  bool drives_all_ = false;
  bool damps_implicitly_ = false;
  std::vector<int> dofs_;        // (n) dofs of all trees with a servo, ascending
  std::vector<int> local_;       // (nv) their place in dofs_, -1 for others
  std::vector<int> drive_of_;    // (n) drive acting on it, -1 for none
  std::vector<int> free_;        // dofs (local) whose acceleration is unknown in this pass
  std::vector<double> inertia_;  // (n x n) M + h D
  std::vector<double> smooth_;   // (n) passive + actuator + external - bias
  std::vector<double> acceleration_, torque_;      // (n)
  std::vector<double> free_inertia_, free_right_;  // (f x f), (f)
  std::vector<int> sweep_order_;                   // of drives, Bullet's
  std::vector<double> mobility_;                   // (n x n) inverse of M + h D, for sweeps
  std::vector<double> external_;                   // (nv) scratch, generalised forces
};

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_WORLD_MUJOCO_SERVO_TORQUE_H_
