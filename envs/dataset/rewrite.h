// Datasets from datasets, without loss: merged, selected from, packed otherwise. Episodes keep their
// index in the plan, their seed, their full states and their content hash, so that the result
// verifies and replays. A call that was killed goes on when it is made again.
#ifndef FLYBALL_ENVS_DATASET_REWRITE_H_
#define FLYBALL_ENVS_DATASET_REWRITE_H_

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "envs/dataset/folder.h"
#include "envs/dataset/generate.h"

namespace flyball::dataset {

struct RewriteSettings {
  int level = 1;                   // zstd's, 1 (fast) to 19 (small)
  int64_t episodes_per_shard = 0;  // 0: as the (first) source
  int workers = 1;                 // threads; 0: all cores
  Progress progress = {};
};

// Puts parts of one plan together, made on any machines, complete or not. An episode may be in
// several parts if it is the same in all. The result of parts that hold all of the plan's episodes
// has the content hash of a single run. Throws DataError naming the first difference of plans that
// differ, an episode that differs between parts, and, unless `partial`, the first that is missing.
Totals Merge(std::span<const std::filesystem::path> sources, const std::filesystem::path& folder,
             bool partial = false, const RewriteSettings& settings = {});

// The episodes with these indices in the plan, in any order. `rule` says in the result's history how
// they were chosen. Throws InputError for none, DataError for one that is not there.
Totals Select(const std::filesystem::path& source, std::vector<int64_t> episodes,
              const std::filesystem::path& folder, const Value& rule,
              const RewriteSettings& settings = {});

}  // namespace flyball::dataset

#endif  // FLYBALL_ENVS_DATASET_REWRITE_H_
