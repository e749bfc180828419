// What a linear environment steps with: plain numbers for the kernel. linear_setup.h works them out.
#ifndef FLYBALL_ENVS_LINEAR_LINEAR_CONFIG_H_
#define FLYBALL_ENVS_LINEAR_LINEAR_CONFIG_H_

#include <vector>

#include "envs/core/field.h"
#include "physics/linear/kernel_matrix.h"

namespace flyball {

// How long a step lasts in the numbers that controlgym gives for noise, s.
inline constexpr double kLinearReferencePeriod = 0.1;

struct LinearConfig {
  int nx = 0, nu = 0, nw = 0, ny = 0, nz = 0;
  // x+ = a x + b1 w + b2 u, over one step with u and w held.
  KernelMatrix a, b1, b2;
  // y = c x + d21 w; z = c1 x + d11 w + d12 u.
  KernelMatrix c, d21, c1, d11, d12;
  // R - D12'D12, where the plant's R is not D12'D12.
  KernelMatrix extra_input_weight;

  bool observe_before = false;      // y is of the state before the step, as in controlgym
  bool disturbance_action = false;  // w is the action's tail
  double noise_deviation = 0.0;     // standard deviation of each w; 0: w = 0
  double reward_scale = 1.0;        // reward = -scale |C1 x + D12 u|^2 at the state before the step
  double reward_limit = kInfinity;  // |reward| above which the episode is cut
  double state_limit = kInfinity;   // |x_i| above which the episode is cut
  bool info_state = false;          // the info columns start with the state after the step
  std::vector<double> initial_mean;  // (nx)
  double initial_deviation = 0.0;    // of each x_i at reset

  // w is drawn one step ahead and kept, since a measurement after the step holds the next one.
  bool keeps_disturbance() const { return noise_deviation > 0.0; }
};

}  // namespace flyball

#endif  // FLYBALL_ENVS_LINEAR_LINEAR_CONFIG_H_
