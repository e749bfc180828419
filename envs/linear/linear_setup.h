// From a linear plant and options to what the kernel steps with.
#ifndef FLYBALL_ENVS_LINEAR_LINEAR_SETUP_H_
#define FLYBALL_ENVS_LINEAR_LINEAR_SETUP_H_

#include <string>

#include "envs/core/options.h"
#include "envs/linear/linear_config.h"
#include "physics/linear/plant.h"

namespace flyball {

// The plant of an id ("he1") from the assets folder.
LinearPlant LoadPlant(const std::string& name);
// The step's matrices with the input held for `sample_time` (s).
struct LinearStep {
  Matrix a, b1, b2;
};
LinearStep Discretize(const LinearPlant& plant, double sample_time);

// The options every linear id takes.
OptionSchema LinearOptions();
// From resolved options. Throws InputError for an initial state of the wrong length.
LinearConfig MakeLinearConfig(const LinearPlant& plant, const Options& options);
// The bound on each |u_i|.
double LinearActionLimit(const LinearPlant& plant, const Options& options);

}  // namespace flyball

#endif  // FLYBALL_ENVS_LINEAR_LINEAR_SETUP_H_
