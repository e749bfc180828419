// Generalised forces that MuJoCo defines and Bullet does not know: actuators, springs, dampers,
// tendons, gravity compensation, fluid. MuJoCo computes them, so that they mean the same on both
// engines; here they become joint torques.
#ifndef FLYBALL_PHYSICS_WORLD_BULLET_JOINT_FORCES_H_
#define FLYBALL_PHYSICS_WORLD_BULLET_JOINT_FORCES_H_

#include <cstddef>
#include <vector>

typedef struct mjModel_ mjModel;
typedef struct mjData_ mjData;

namespace flyball::bullet {

class JointForces {
 public:
  void Configure(const mjModel& model);
  // False if the model has none of these forces: then kinematics need not be fresh either.
  bool active() const { return active_; }

  // Whether the damper of a hinge's or slide's dof is so strong for the timestep that it must be
  // implicit. Then it is a constraint row (JointDamper), and not among the forces of Compute.
  bool is_stiff(int dof) const { return stiff_[static_cast<size_t>(dof)] != 0; }

  // Forces (nv) for data's configuration, whose kinematics are done.
  const std::vector<double>& Compute(const mjModel& model, mjData* data);
  // Advances actuator activations by one timestep, after Compute.
  void AdvanceActivations(const mjModel& model, mjData* data) const;

 private:
  bool active_ = false;
  std::vector<char> stiff_;    // (nv)
  std::vector<double> force_;  // (nv)
};

}  // namespace flyball::bullet

#endif  // FLYBALL_PHYSICS_WORLD_BULLET_JOINT_FORCES_H_
