// What a convection cell steps with: plain numbers for the kernel.
#ifndef FLYBALL_ENVS_PDE_CONVECTION_CONFIG_H_
#define FLYBALL_ENVS_PDE_CONVECTION_CONFIG_H_

#include <vector>

#include "physics/field/convection.h"
#include "physics/linear/sparse_rows.h"

namespace flyball {

struct ConvectionConfig {
  ConvectionData cell;
  int substeps = 1;  // integration steps in one control step
  int num_actions = 0, num_sensors = 0;
  // (kept, num_actions) what each heater, less the mean of all, adds to the lower wall.
  std::vector<double> push_re, push_im;
  double action_weight = 0.0;
  SparseRows sensors;  // (num_sensors, temperature then stream function)
  double sensor_deviation = 0.0;
  double low = 0.0, high = 0.0;  // size of the first rolls, in temperature

  int state_size() const { return static_cast<int>(2 * cell.row_size()); }
};

}  // namespace flyball

#endif  // FLYBALL_ENVS_PDE_CONVECTION_CONFIG_H_
