// What a flow on a periodic plane steps with: plain numbers for the kernel.
#ifndef FLYBALL_ENVS_PDE_PLANE_CONFIG_H_
#define FLYBALL_ENVS_PDE_PLANE_CONFIG_H_

#include <vector>

#include "envs/core/field.h"
#include "physics/field/plane_flow.h"
#include "physics/linear/sparse_rows.h"

namespace flyball {

struct PlaneConfig {
  PlaneFlowData flow;
  int substeps = 1;  // integration steps in one control step
  int num_actions = 0, num_sensors = 0;
  std::vector<double> steady_re, steady_im;  // (fields, modes) of the force that is always there
  // (fields, modes, num_actions) of what the actuators push with.
  std::vector<double> push_re, push_im;
  std::vector<double> target_re, target_im;  // (fields, modes)
  // reward = -(sum of weight |mode - target|^2 + action_weight sum of a^2), before the step.
  std::vector<double> weight;  // (fields, modes)
  double energy_scale = 0.0;   // info's energy is that times the weighted sum with target 0
  double action_weight = 0.0;
  SparseRows sensors;  // (num_sensors, state)
  double sensor_deviation = 0.0;

  // The first field: waves up to `reach` along each side with random phases, of this root mean
  // square, uniform between the two.
  int reach = 4;
  double low = 0.0, high = 0.0;

  int state_size() const { return flow.fields() * flow.n * flow.n; }
};

}  // namespace flyball

#endif  // FLYBALL_ENVS_PDE_PLANE_CONFIG_H_
