// Relabel: the same runs seen otherwise. Each episode's stored actions are taken again from its
// start in the environment with other options, another goal, or both, and what that shows becomes a
// dataset of its own; no policy is asked. The plant must not move otherwise: its physical states
// are compared, bit for bit, at every step. An episode that ends sooner now is cut there; one that
// would go on now ends where it did, truncated ("cut by the task").
//
// Such a dataset's plan is the old one with the new options, and its Layout::origin says
//
//   operation  "relabel"
//   source     plan hash and content hash of the dataset that it was made from
//   reset      {field: numbers}, forced at the start of each episode (Env::Reset's options)
//   tolerance  to which the plant moved alike; 0: to the bit
//   reward     "package:function" of Python that gave the rewards, or nothing
#ifndef FLYBALL_ENVS_DATASET_RELABEL_H_
#define FLYBALL_ENVS_DATASET_RELABEL_H_

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "envs/dataset/folder.h"
#include "envs/dataset/generate.h"

namespace flyball::dataset {

struct RelabelSettings {
  std::string id = {};   // another task of the same plant; empty: the plan's
  Options options = {};  // instead of the plan's
  Dict reset = {};       // {field: numbers}: one row's values
  // Of data from another build or machine: each episode starts from its stored physical state, as
  // far as the new environment's reset takes it, the old one goes on from every stored state, and
  // physical numbers a and b may differ by tolerance * max(1, |a|, |b|). 0: to the bit.
  double tolerance = 0.0;
  int workers = 1;  // threads; 0: all cores
  Progress progress = {};
};

// Throws InputError for options and fields that the environment does not have, DataError naming
// episode and step where the plant moves otherwise.
Totals Relabel(const std::filesystem::path& source, const std::filesystem::path& folder,
               const RelabelSettings& settings);

// Rewards (n) of an episode whose hash is `hash`.
using RewardFunction = std::function<std::vector<double>(
    const Schema& schema, const Episode& episode, const std::string& hash)>;
// The same with rewards that a function gives; nothing is stepped. `name` is its name in the origin.
Totals ReplaceRewards(const std::filesystem::path& source, const std::filesystem::path& folder,
                      const std::string& name, const RewardFunction& reward);

// What an origin says of replays: forced values for all rows, and whether rewards are a function's.
ResetOptions ForcedStart(const Dict& origin, int num_rows);
bool HasOwnReward(const Dict& origin);
bool IsRelabelled(const Dict& origin);

}  // namespace flyball::dataset

#endif  // FLYBALL_ENVS_DATASET_RELABEL_H_
