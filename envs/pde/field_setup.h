// From options to what a periodic field environment steps with, shared by all equations.
#ifndef FLYBALL_ENVS_PDE_FIELD_SETUP_H_
#define FLYBALL_ENVS_PDE_FIELD_SETUP_H_

#include <string>
#include <vector>

#include "envs/core/options.h"
#include "envs/core/spec.h"
#include "envs/pde/field_config.h"

namespace flyball {

// A number that presets default differently.
struct PresetNumber {
  double controlgym, otherwise;
};

// What an equation gives to the options all of them have.
struct FieldDefaults {
  int n;
  double length;                  // m
  double sample_time;             // s
  PresetNumber integration_time;  // s
  PresetNumber sensor_noise_cov;
  PresetNumber action_weight;  // R_weight
  PresetNumber action_limit;
  double amplitude_mean, amplitude_width, spread_mean, spread_width;
};

OptionSchema FieldOptions(const FieldDefaults& defaults);
// The value of an option, or the preset's where it was not given.
double NumberOf(const Options& options, const char* name, const PresetNumber& preset);
bool IsControlgym(const Options& options);

// Everything but what the equation decides: etd and flux. Throws InputError naming the option.
FieldConfig MakeFieldConfig(const Options& options, const FieldDefaults& defaults);
// Length of one integration step, s: controlgym cuts the number of steps to an integer and so
// integrates over less than a control step where they do not divide; default shortens the steps.
double IntegrationStep(const Options& options, const FieldDefaults& defaults, int* substeps);
// The shapes of the actuators on the grid, (n, num_actions) row after row.
std::vector<double> ActuatorShapes(const Options& options);

EnvSpec MakeFieldSpec(const FieldConfig& config, const Options& options,
                      const FieldDefaults& defaults, const std::string& doc);

// The gain (num_actions, n) and offset (num_actions) of the linear-quadratic regulator of
//   u_t = viscosity u_xx - u u_x + force
// linearised at the target, on the Fourier modes that viscosity does not kill within a step.
struct FieldRegulator {
  std::vector<double> gain, offset;
};
FieldRegulator RegulateAdvection(const FieldConfig& config, const std::vector<double>& shapes,
                                 double viscosity, double sample_time);

}  // namespace flyball

#endif  // FLYBALL_ENVS_PDE_FIELD_SETUP_H_
