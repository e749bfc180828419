// What an environment with control at a boundary steps with: plain numbers for the kernel.
#ifndef FLYBALL_ENVS_PDE_BOUNDARY_CONFIG_H_
#define FLYBALL_ENVS_PDE_BOUNDARY_CONFIG_H_

#include <span>
#include <vector>

#include "envs/core/field.h"
#include "physics/field/traffic.h"
#include "physics/linear/sparse_rows.h"

namespace flyball {

struct BoundaryConfig {
  int n = 0;            // numbers in the state
  int num_actions = 1;  // 2: traffic metered at both ends
  int num_sensors = 0;

  // Linear plants: x+ = a x + b u, in two parts; between them the norm of the field is taken where
  // the reward asks for it (empty: there is no first part).
  struct Map {
    SparseRows a;
    std::vector<double> b;  // (n)
  };
  Map first, last;
  // Traffic: rho, v on nodes.
  bool traffic = false;
  TrafficData road;
  int substeps = 0;
  double flow = 0.0;  // vehicles/s, where nothing else is asked for
  bool meters_in = false, meters_out = false;
  bool copy_ends = false;

  SparseRows sensors;             // (num_sensors, n)
  double sensor_deviation = 0.0;  // standard deviation of each measurement
  std::vector<double> target;     // (n)
  std::vector<double> weight;     // (n) of squared errors
  double action_weight = 0.0;     // of squared actions, about action_target
  double action_target = 0.0;
  double state_limit = kInfinity;  // an episode is cut where a number of the state exceeds it

  // PDEControlGym's rewards. kFall: the fall of the field's norm over the last part of the step, and
  // at the end of the horizon a prize. kNorm: minus the relative errors of density and speed.
  enum class Reward { kCost, kFall, kNorm } reward = Reward::kCost;
  int horizon = 0;  // control steps after which the task ends; 0: the core counts
  double prize = 0.0, prize_below = 0.0, cut_penalty = 0.0;
  double effort_scale = 0.0;  // of the sum of |u| in the prize
  double near_enough = 0.0;   // kNorm: errors below which the task ends

  // The first field: shape j times parameter j, plus base.
  struct Parameter {
    double low, high;
    std::vector<double> shape;  // (n)
  };
  std::vector<double> base;  // (n)
  std::vector<Parameter> parameters;

  bool keeps_effort() const { return reward == Reward::kFall; }
};

}  // namespace flyball

#endif  // FLYBALL_ENVS_PDE_BOUNDARY_CONFIG_H_
