// What a periodic field environment steps with, whatever its equation: plain numbers for kernels.
#ifndef FLYBALL_ENVS_PDE_FIELD_CONFIG_H_
#define FLYBALL_ENVS_PDE_FIELD_CONFIG_H_

#include <vector>

#include "envs/core/field.h"
#include "physics/field/etd.h"
#include "physics/field/quadratic_flux.h"
#include "physics/linear/sparse_rows.h"

namespace flyball {

struct FieldConfig {
  int n = 0;            // grid points
  int num_actions = 0;  // actuators
  int num_sensors = 0;
  int substeps = 0;  // integration steps in one control step

  SparseRows sensors;                      // (num_sensors, n)
  std::vector<double> force_re, force_im;  // (modes, num_actions) modes of the actuators' shapes
  std::vector<double> target;              // (n)
  // reward = -(state_weight sum_j (u_j - target_j)^2 + action_weight sum_i a_i^2), before the step
  double state_weight = 1.0, action_weight = 1.0;
  double reward_limit = kInfinity;  // |reward| above which the episode is cut
  double sensor_deviation = 0.0;    // standard deviation of each measurement
  double process_deviation = 0.0;   // of what is added to each point after each step
  bool observe_before = false;      // measurements of the field before the step, as in controlgym
  bool info_state = false;          // info is the field after the step; else the costs
  bool keep_nyquist = false;        // mode n / 2 takes part

  EtdCoefficients etd;
  QuadraticFluxData flux;

  // Initial condition: amplitude * sech((x - L / 2) / spread), both uniform about a mean.
  double length = 1.0;                                 // L, m
  double amplitude_mean = 1.0, amplitude_width = 0.0;  // m/s, whole width
  double spread_mean = 0.05, spread_width = 0.0;       // m
  int images = 0;  // periods to either side whose pulses are added, so that the field is smooth
};

}  // namespace flyball

#endif  // FLYBALL_ENVS_PDE_FIELD_CONFIG_H_
