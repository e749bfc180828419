// The scalar form of what kernels do to a drone, for those outside of kernels: the same code, and so
// the same bits.
#ifndef FLYBALL_ENVS_QUADCOPTER_SCALAR_DRONE_H_
#define FLYBALL_ENVS_QUADCOPTER_SCALAR_DRONE_H_

#include "envs/quadcopter/drone.h"

namespace flyball::quadcopter {

struct ScalarDrone {
  void (*begin)(const Drone&, DroneIo<double>&);
  void (*command)(const Drone&, DroneIo<double>&);
  void (*judge)(const Drone&, DroneIo<double>&, bool starts);
  // Advances the rotors by a physics step; the force (N, world) and torque (N m, world) on the drone
  // meanwhile, without gravity.
  void (*wrench)(const Drone&, DroneIo<double>&, Vec3<double>& force, Vec3<double>& torque);
};

}  // namespace flyball::quadcopter

// In quadcopter_kernel.cc, of the base instruction set.
extern "C" const flyball::quadcopter::ScalarDrone* flyball_kernel_quadcopter_scalar();

#endif  // FLYBALL_ENVS_QUADCOPTER_SCALAR_DRONE_H_
