// From options to what an environment with control at a boundary steps with.
#ifndef FLYBALL_ENVS_PDE_BOUNDARY_SETUP_H_
#define FLYBALL_ENVS_PDE_BOUNDARY_SETUP_H_

#include <string>
#include <vector>

#include "envs/core/options.h"
#include "envs/core/spec.h"
#include "envs/pde/boundary_config.h"

namespace flyball {

// One environment: its figures and how its plant is made.
struct BoundaryTask {
  std::string id, doc;
  bool has_peer = false;  // preset pde_control_gym
  int steps;              // of an episode
  double action_limit;
  double action_weight;
  double sample_time;  // s
  int cells;
  double length;     // m
  std::string unit;  // of the field
  std::string action_doc, action_unit;
  OptionSchema constants;  // of the equation
  struct Parameter {       // of the first field: init_<name>_low, init_<name>_high, init_<name>
    std::string name, unit, doc;
    double low, high;
  };
  std::vector<Parameter> parameters;
  std::vector<Entry> state;  // what the state is made of; sizes are filled in by `configure`
  // See boundary_configs.h.
  void (*configure)(const Options&, BoundaryConfig&);
  std::vector<int> (*state_sizes)(const Options&);
  std::vector<double> (*backstep)(const Options&);  // the gain (num_actions, n), about the target
};

const std::vector<BoundaryTask>& BoundaryTasks();

OptionSchema BoundaryOptions(const BoundaryTask& task);
BoundaryConfig MakeBoundaryConfig(const BoundaryTask& task, const Options& options);
EnvSpec MakeBoundarySpec(const BoundaryTask& task, const BoundaryConfig& config,
                         const Options& options);

}  // namespace flyball

#endif  // FLYBALL_ENVS_PDE_BOUNDARY_SETUP_H_
