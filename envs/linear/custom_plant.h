// A linear plant of a user's own, given as options: lists of rows, or numpy arrays from Python.
#ifndef FLYBALL_ENVS_LINEAR_CUSTOM_PLANT_H_
#define FLYBALL_ENVS_LINEAR_CUSTOM_PLANT_H_

#include "envs/core/options.h"
#include "physics/linear/plant.h"

namespace flyball {

// A, B1, B2, C, C1, D11, D12, D21 and whether they are of discrete time.
OptionSchema CustomPlantOptions();
// From resolved options. What is not given follows from A and B2: the disturbance enters where the
// control does, all states are measured, and the cost is |x|^2 + |u|^2. Throws InputError naming
// the option whose shape does not fit the others, or that holds something else than finite numbers.
LinearPlant CustomPlant(const Options& options);

// A matrix as an option's value, for C++: {{"A", MatrixOption(a)}, {"B2", MatrixOption(b)}}.
Value MatrixOption(const Matrix& matrix);

}  // namespace flyball

#endif  // FLYBALL_ENVS_LINEAR_CUSTOM_PLANT_H_
