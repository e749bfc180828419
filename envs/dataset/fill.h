// Fill: a crew makes the missing shards of a folder, each from what others hold.
#ifndef FLYBALL_ENVS_DATASET_FILL_H_
#define FLYBALL_ENVS_DATASET_FILL_H_

#include <cstdint>
#include <functional>
#include <vector>

#include "envs/dataset/folder.h"
#include "envs/dataset/generate.h"

namespace flyball::dataset {

// The episodes of a shard of the folder that is written.
using ShardSource = std::function<std::vector<Episode>(int64_t shard)>;

// `member` makes the source of one thread; it is called on that thread. `workers` is GenerateSettings'.
Totals Fill(Writer& writer, int workers, const Progress& progress,
            const std::function<ShardSource()>& member);

}  // namespace flyball::dataset

#endif  // FLYBALL_ENVS_DATASET_FILL_H_
