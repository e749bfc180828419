// From options to what a periodic field environment steps with, shared by all equations.
#ifndef FLYBALL_ENVS_PDE_FIELD_SETUP_H_
#define FLYBALL_ENVS_PDE_FIELD_SETUP_H_

#include <span>
#include <string>
#include <vector>

#include "envs/core/options.h"
#include "envs/core/spec.h"
#include "envs/pde/field_config.h"
#include "physics/field/periodic_equation.h"

namespace flyball {

// A number that presets default differently.
struct PresetNumber {
  double controlgym, otherwise;
};

// What an equation gives to the options all of them have. One value of this is one environment.
struct FieldTask {
  std::string equation;  // of physics/field/periodic_equation.h; the id is PDE-<equation>-v1
  std::string doc;       // what the task is, without the equation
  std::string unit;      // of the field
  int n;                 // numbers in the state
  double length;         // m
  double sample_time;    // s
  int steps;             // of an episode
  PresetNumber integration_time;  // s; nonlinear equations only
  PresetNumber sensor_noise_cov;
  PresetNumber action_weight;  // R_weight
  PresetNumber action_limit;
  PresetNumber reward_limit;
  struct Constant {  // of the equation, in its order
    const char* name;
    const char* unit;
    PresetNumber value;
    double low, high;
    const char* doc;
  };
  std::vector<Constant> constants;
  struct Parameter {  // of the first field: init_<name>_mean, init_<name>_width, init_<name>
    const char* name;
    const char* reset_key;
    const char* unit;
    double mean, width;
    bool positive;
    const char* doc;
  };
  std::vector<Parameter> parameters;
  void (*initial)(const FieldConfig&, std::span<const double> parameters, std::span<double> field);
  void (*initial_default)(const FieldConfig&, std::span<const double>,
                          std::span<double>) = nullptr;  // null: as in controlgym

  const PeriodicEquation& physics() const { return FindPeriodicEquation(equation); }
};

OptionSchema FieldOptions(const FieldTask& task);
// The value of an option, or the preset's where it was not given.
double NumberOf(const Options& options, const std::string& name, const PresetNumber& preset);
bool IsControlgym(const Options& options);
std::vector<double> ConstantsOf(const FieldTask& task, const Options& options);

// Everything the kernel steps with. Throws InputError naming the option; in preset default also if
// the grid or the step does not resolve the field (resolution.h).
FieldConfig MakeFieldConfig(const FieldTask& task, const Options& options);
// The same for another grid and integration step, unchecked.
FieldConfig MakeFieldConfig(const FieldTask& task, const Options& options, int points, double step,
                            int substeps);
// The shapes of the actuators on the grid of the forced field, (points, num_actions) row after row.
std::vector<double> ActuatorShapes(const FieldTask& task, const Options& options, int points);

EnvSpec MakeFieldSpec(const FieldTask& task, const FieldConfig& config, const Options& options);

// The gain (num_actions, n) and offset (num_actions) of the linear-quadratic regulator of the
// equation linearised at the target, on the modes that live longer than a step and that the
// actuators reach.
struct FieldRegulator {
  std::vector<double> gain, offset;
};
FieldRegulator RegulateField(const FieldTask& task, const FieldConfig& config,
                             const Options& options);

}  // namespace flyball

#endif  // FLYBALL_ENVS_PDE_FIELD_SETUP_H_
