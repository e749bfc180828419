// A force and a torque on the drone that the model lacks: a small network of its state, as it is
// learnt from flights, or a function of a user's own.
#ifndef FLYBALL_ENVS_QUADCOPTER_RESIDUAL_H_
#define FLYBALL_ENVS_QUADCOPTER_RESIDUAL_H_

#include <memory>
#include <span>

#include "envs/quadcopter/user_functions.h"
#include "physics/numeric/perceptron.h"

namespace flyball::quadcopter {

struct Residual {
  // What a network is given: velocity in the body (m/s), turning rates (rad/s), the world's up in
  // the body, height (m), rotor speeds over hover speed; then of each neighbour, if it has inputs
  // for them, relative position (m) and velocity (m/s) in the body. It returns force (N) and torque
  // (N m), body.
  static constexpr int kInputs = 14, kOfNeighbour = 6, kOutputs = 6;

  std::shared_ptr<const Perceptron> network;  // null: none
  ResidualFunction function;                  // empty: none

  bool acts() const { return network || function; }
  // Numbers that are not finite where the function throws.
  void Evaluate(const DroneView& drone, std::span<double, kOutputs> wrench_B) const;
};

}  // namespace flyball::quadcopter

#endif  // FLYBALL_ENVS_QUADCOPTER_RESIDUAL_H_
