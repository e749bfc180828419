// What each environment with control at a boundary steps with, from its options: n, maps or road, sensing
// rows ("collocated", "opposite"), shapes of the first field.
#ifndef FLYBALL_ENVS_PDE_BOUNDARY_CONFIGS_H_
#define FLYBALL_ENVS_PDE_BOUNDARY_CONFIGS_H_

#include "envs/core/options.h"
#include "envs/pde/boundary_config.h"

namespace flyball {

void ConfigureTransport(const Options& options, BoundaryConfig& config);
void ConfigureReactionDiffusion(const Options& options, BoundaryConfig& config);
void ConfigureLoad(const Options& options, BoundaryConfig& config);
void ConfigureWave(const Options& options, BoundaryConfig& config);
void ConfigureTraffic(const Options& options, BoundaryConfig& config);

}  // namespace flyball

#endif  // FLYBALL_ENVS_PDE_BOUNDARY_CONFIGS_H_
