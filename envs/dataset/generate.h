// Generate: fills a folder with the dataset of a plan, or goes on where a run left off.
#ifndef FLYBALL_ENVS_DATASET_GENERATE_H_
#define FLYBALL_ENVS_DATASET_GENERATE_H_

#include <cstdint>
#include <filesystem>
#include <functional>
#include <vector>

#include "envs/dataset/folder.h"
#include "envs/dataset/plan.h"
#include "envs/dataset/recorder.h"

namespace flyball::dataset {

// Episodes and steps made by this call, of how many episodes. Called about ten times a second, on
// the thread that called; what it throws stops the work, with all finished shards kept.
using Progress = std::function<void(int64_t episodes, int64_t steps, int64_t total_episodes)>;

// An entry's policy for one worker, whose environment has `num_rows` rows, without the entry's noise;
// empty: the one in C++. Called on the caller's thread.
using PolicyFactory =
    std::function<BatchPolicy(const PolicyEntry& entry, const EnvSpec& spec, int num_rows)>;

// None of these changes what is generated.
struct GenerateSettings {
  int workers = 1;                 // threads, each with an environment of its own; 0: all cores
  int rows = 0;                    // rows of each environment; 0: chosen
  int64_t episodes_per_shard = 0;  // 0: chosen, about 24 MiB or a sixteenth of the episodes
  int level = 1;                   // PackShard's: 0 (not compressed) to 19
  PolicyFactory policy = {};       // needed for policies of Python
  Progress progress = {};
  // One of `parts` parts of about as many episodes, for as many machines: the folder holds its
  // episodes alone, and Merge puts the parts together to what one run gives.
  int64_t part = 0, parts = 1;
};

// The policies of a plan's entries for one worker, noise included.
std::vector<BatchPolicy> MakePolicies(const Plan& plan, const GenerateSettings& settings,
                                      const EnvSpec& spec, int num_rows);
// Throws InputError if a setting is out of range or a policy of Python is not given.
void CheckSettings(const Plan& plan, const GenerateSettings& settings);
// Rows of an environment that `rows` = 0 stands for.
int ChooseRows(const Plan& plan);

// The plan's episodes of a part, ascending. Throws InputError if there is no such part.
std::vector<int64_t> EpisodesOfPart(const Plan& plan, int64_t part, int64_t parts);

// Throws InputError for a bad plan, DataError where the folder cannot be written, holds anything
// else, or was begun by a build or on a machine that computes otherwise (what is there of the plan's
// episodes, or their probe, is another); every shard finished before stays.
Totals Generate(const std::filesystem::path& folder, const Plan& plan,
                const GenerateSettings& settings = {});

}  // namespace flyball::dataset

#endif  // FLYBALL_ENVS_DATASET_GENERATE_H_
