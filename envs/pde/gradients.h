// One step of a field environment and its transpose, for gradients of rollouts.
#ifndef FLYBALL_ENVS_PDE_GRADIENTS_H_
#define FLYBALL_ENVS_PDE_GRADIENTS_H_

#include <memory>

#include "envs/core/adjoint.h"
#include "envs/pde/boundary_config.h"
#include "envs/pde/convection_config.h"
#include "envs/pde/field_config.h"
#include "envs/pde/plane_config.h"

namespace flyball {

std::unique_ptr<Adjoint> MakeFieldAdjoint(FieldConfig config);
// In preset pde_control_gym the prize at the end of the horizon is left out, and of the norms'
// difference what is differentiable is differentiated.
std::unique_ptr<Adjoint> MakeBoundaryAdjoint(BoundaryConfig config);

std::unique_ptr<Adjoint> MakePlaneAdjoint(PlaneConfig config);
std::unique_ptr<Adjoint> MakeConvectionAdjoint(ConvectionConfig config);

}  // namespace flyball

#endif  // FLYBALL_ENVS_PDE_GRADIENTS_H_
