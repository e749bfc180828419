// The plants with control at a boundary, from the options of their environments.
#ifndef FLYBALL_ENVS_PDE_BOUNDARY_PLANTS_H_
#define FLYBALL_ENVS_PDE_BOUNDARY_PLANTS_H_

#include "envs/core/options.h"
#include "physics/field/boundary_plant.h"
#include "physics/field/traffic.h"

namespace flyball {

// A number among resolved options, and how many cells the domain has.
double NumberOf(const Options& options, const char* name);
int CellsOf(const Options& options);

Transport TransportOf(const Options& options);
ReactionDiffusion ReactionDiffusionOf(const Options& options);
Hyperbolic LoadOf(const Options& options);
Hyperbolic AntiDampedWaveOf(const Options& options);

// Throws InputError unless the road is congested at rho_steady and waves are slow enough for the step.
TrafficData RoadOf(const Options& options);

}  // namespace flyball

#endif  // FLYBALL_ENVS_PDE_BOUNDARY_PLANTS_H_
