// Whether a grid and a step resolve a field: asked before a run, answered by trying.
#ifndef FLYBALL_ENVS_PDE_RESOLUTION_H_
#define FLYBALL_ENVS_PDE_RESOLUTION_H_

#include "envs/pde/field_setup.h"

namespace flyball {

// The error of a control step, relative to the largest value of the field, that the default step
// stays below on the way from the mean first field under full push and pull.
inline constexpr double kStepTolerance = 1e-5;
// What a step that was asked for may cost, and how much of the field its highest third of modes may
// hold, before the run is refused.
inline constexpr double kWorstStep = 1e-2, kWorstTail = 1e-2;

// Substeps of a control step, for a nonlinear equation in preset default. Throws InputError naming
// n or integration_time, with a value that would do.
int ResolvedSubsteps(const FieldTask& task, const Options& options);

}  // namespace flyball

#endif  // FLYBALL_ENVS_PDE_RESOLUTION_H_
