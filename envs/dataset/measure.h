// Measure: what a plan's episodes come to, without keeping them.
#ifndef FLYBALL_ENVS_DATASET_MEASURE_H_
#define FLYBALL_ENVS_DATASET_MEASURE_H_

#include <cstdint>
#include <vector>

#include "envs/dataset/generate.h"
#include "envs/dataset/plan.h"

namespace flyball::dataset {

struct Outcome {
  int64_t length = 0;         // steps
  double total_reward = 0.0;  // in the order of the steps
  int policy = 0;             // which of the plan's
};

// Plays the plan's episodes: element i is episode i, as Generate would store it. Of the settings,
// workers, rows, policy and progress count. Throws InputError for a bad plan.
std::vector<Outcome> Measure(const Plan& plan, const GenerateSettings& settings = {});

// The plan with its episodes counted, if it is one of transitions and they are not known yet: it
// plays them, and forgets them. Generate does so by itself, once for a folder.
Plan CountEpisodes(const Plan& plan, const GenerateSettings& settings = {});

}  // namespace flyball::dataset

#endif  // FLYBALL_ENVS_DATASET_MEASURE_H_
