// Options that are dictionaries or lists of numbers, read and checked.
#ifndef FLYBALL_ENVS_QUADCOPTER_DICT_OPTIONS_H_
#define FLYBALL_ENVS_QUADCOPTER_DICT_OPTIONS_H_

#include "envs/core/options.h"
#include "envs/quadcopter/config.h"

namespace flyball::quadcopter {

// Limits of the costs: the task's, replaced by what `resolved` gives. These throw InputError naming
// option, key and what is allowed.
Limits ReadLimits(const Task& task, const Options& resolved);
// Wind, battery and residual force into `config`.
void ReadSurroundings(const Options& resolved, Config& config);

}  // namespace flyball::quadcopter

#endif  // FLYBALL_ENVS_QUADCOPTER_DICT_OPTIONS_H_
