// The chart of an environment without a body, made from its spec and a row's trace: what follows a
// reference beside it, or a field over space and time, then actions and reward.
#ifndef FLYBALL_ENVS_CORE_CHART_CHART_H_
#define FLYBALL_ENVS_CORE_CHART_CHART_H_

#include <string>

#include "envs/core/spec.h"
#include "envs/core/trace.h"
#include "render/figure.h"

namespace flyball {

// Panels, from what the spec's names say:
// - entries `x` and `x_reference` of the observation: each x with its reference, dashed; with arrays
//   `x_limit` of the plant (Registration::plant), |x| beyond which an episode ends, the lines that are
//   near, and a panel of what is limited and not tracked; with `x_y_limit`, the plane of x and y; steps
//   that violate a limit (the info `is_violation`) have a triangle, and the title counts them;
// - a state called `field`: a map of its first entry over space and time, and its present profile; on a
//   plane, maps of its first two entries as they are. The target (dashed, or a map of its own),
//   actuators (triangles) and sensors (rings) are those of the plant's arrays `target`,
//   `actuator_places` and `sensor_places`, where it has them;
// - neither: the observation's first numbers;
// - then the action, in steps, and the reward.
// `chosen`: numbers of the observation by name, separated by commas, to be shown instead of the first
// three kinds. Throws InputError if there is no such number, or for more than six.
Figure MakeChart(const EnvSpec& spec, const Trace& trace, const std::string& chosen = "");

}  // namespace flyball

#endif  // FLYBALL_ENVS_CORE_CHART_CHART_H_
