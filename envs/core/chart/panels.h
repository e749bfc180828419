// The first panels of a chart, by what there is to see.
#ifndef FLYBALL_ENVS_CORE_CHART_PANELS_H_
#define FLYBALL_ENVS_CORE_CHART_PANELS_H_

#include <string>
#include <utility>
#include <vector>

#include "envs/core/chart/curves.h"
#include "envs/core/spec.h"
#include "envs/core/trace.h"
#include "render/figure.h"

namespace flyball {

// tracking_panels.cc: numbers that have a reference, and it; their limits, the plane of two that are
// limited together, and what else is limited.
using Tracked = std::vector<std::pair<Number, Number>>;
Tracked TrackedOf(const std::vector<Number>& numbers);
// Those that `names` lists, separated by commas, with their references; one without is its own. Throws
// InputError for an unknown name, or too many.
Tracked ChosenOf(const std::vector<Number>& numbers, const std::string& names);
// Their panel alone.
void AddChosen(const EnvSpec& spec, const Trace& trace, const Tracked& chosen, Figure& figure);
void AddTracking(const EnvSpec& spec, const Trace& trace, const std::vector<Number>& numbers,
                 const Tracked& tracked, Figure& figure);

// field_panels.cc: the state `field` of a trace that is not empty, over space and time and as it is
// now, or on a plane.
void AddField(const EnvSpec& spec, const Field& field, const Trace& trace, Figure& figure);

}  // namespace flyball

#endif  // FLYBALL_ENVS_CORE_CHART_PANELS_H_
