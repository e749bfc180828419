// The constant arrays that field environments give out (Registration::plant): the target, and where
// the field is pushed and read. Pictures mark them.
#ifndef FLYBALL_ENVS_PDE_FIELD_ARRAYS_H_
#define FLYBALL_ENVS_PDE_FIELD_ARRAYS_H_

#include <vector>

#include "envs/core/registry.h"
#include "envs/pde/boundary_config.h"
#include "envs/pde/convection_config.h"
#include "envs/pde/field_config.h"
#include "envs/pde/plane_config.h"

namespace flyball {

// `target`, of the state's shape; `actuator_places` (num_actions, dimensions) and `sensor_places`
// (num_sensors, dimensions), fractions of the domain, x first. What has a width has its middle there.
// `shapes`: of the actuators, (points, num_actions).
std::vector<NamedArray> FieldArrays(const FieldConfig& config, const std::vector<double>& shapes);
// `nodes` of each field; what follows the fields in the state is at x = 0.
std::vector<NamedArray> BoundaryArrays(const BoundaryConfig& config, int nodes);
// `actuators_a_side`: actuators along each side.
std::vector<NamedArray> PlaneArrays(const PlaneConfig& config, int actuators_a_side);
std::vector<NamedArray> ConvectionArrays(const ConvectionConfig& config);

}  // namespace flyball

#endif  // FLYBALL_ENVS_PDE_FIELD_ARRAYS_H_
