// What a periodic field environment steps with, whatever its equation: plain numbers for kernels.
#ifndef FLYBALL_ENVS_PDE_FIELD_CONFIG_H_
#define FLYBALL_ENVS_PDE_FIELD_CONFIG_H_

#include <span>
#include <vector>

#include "envs/core/field.h"
#include "physics/field/etd.h"
#include "physics/field/modal_step.h"
#include "physics/field/polynomial_term.h"
#include "physics/linear/sparse_rows.h"

namespace flyball {

struct FieldConfig {
  int n = 0;            // numbers in the state: points of all fields
  int fields = 1;       // one after the other in the state; the last one is forced
  int points = 0;       // of each
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
  bool keep_nyquist = false;        // mode points / 2 takes part

  // Linear equations are stepped exactly (modal.fields > 0), the others by these two.
  ModalStep modal;
  EtdCoefficients etd;
  PolynomialTermData term;

  // The first field, a function of a few parameters, each uniform about a mean.
  struct Parameter {
    double mean, width;  // width: from lowest to highest
    bool positive;       // it must be above 0
    const char* name;    // of its reset key
  };
  double length = 1.0;  // L, m
  std::vector<Parameter> parameters;
  int images = 0;  // periods to either side whose pulses are added, so that the field is smooth
  void (*initial)(const FieldConfig&, std::span<const double> parameters,
                  std::span<double> field) = nullptr;

  int modes() const { return points / 2 + 1; }
  int room() const { return modal.fields > 0 ? modes() : term.room(); }
};

}  // namespace flyball

#endif  // FLYBALL_ENVS_PDE_FIELD_CONFIG_H_
