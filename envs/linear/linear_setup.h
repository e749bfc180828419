// From a linear plant and options to what the kernel steps with.
#ifndef FLYBALL_ENVS_LINEAR_LINEAR_SETUP_H_
#define FLYBALL_ENVS_LINEAR_LINEAR_SETUP_H_

#include "envs/core/options.h"
#include "envs/linear/linear_config.h"
#include "envs/linear/linear_model.h"
#include "physics/linear/plant.h"

namespace flyball {

// The options every linear id takes.
OptionSchema LinearOptions();
// Throws InputError where resolved options do not fit the plant: an initial state of another length.
void CheckLinearOptions(const LinearPlant& plant, const Options& options);
// From resolved options and the plant's step.
LinearConfig MakeLinearConfig(const LinearPlant& plant, const LinearStep& step,
                              const Options& options);
// The standard deviation of each w as the options declare it.
double LinearNoiseDeviation(const Options& options);
// The bound on each |u_i|.
double LinearActionLimit(const LinearPlant& plant, const Options& options);

}  // namespace flyball

#endif  // FLYBALL_ENVS_LINEAR_LINEAR_SETUP_H_
