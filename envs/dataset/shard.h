// A shard: one file with a range of consecutive episodes, one compressed block a column.
//
//   "FLYSHARD"                      8 bytes
//   size of the header              8 bytes, little-endian
//   header                          JSON: plan hash, schema, episodes, blocks {name, size, raw_size, hash}
//   XXH3-128 of all before          32 hexadecimal digits
//   blocks                          zstd frames, in the header's order, without gaps
//
// A block holds a column of all episodes of the shard, one after the other; blocks "state_steps",
// "state_sizes" (int64) and "states" (bytes) hold the full states likewise.
#ifndef FLYBALL_ENVS_DATASET_SHARD_H_
#define FLYBALL_ENVS_DATASET_SHARD_H_

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "envs/dataset/episode.h"

namespace flyball::dataset {

// Episodes in order. `level` is zstd's.
std::vector<std::byte> PackShard(const Schema& schema, const std::string& plan_hash,
                                 std::span<const Episode> episodes, int level = 1);

struct Shard {
  std::string plan_hash;
  Schema schema;
  std::vector<Episode> episodes;
  std::vector<std::string> hashes;  // of each episode, as written: hexadecimal
};

// Throws DataError that begins with `name` and says what is damaged: whatever bytes it is given.
// With `columns` false, episodes have only index, length and seed.
Shard UnpackShard(std::span<const std::byte> bytes, const std::string& name, bool columns = true);

}  // namespace flyball::dataset

#endif  // FLYBALL_ENVS_DATASET_SHARD_H_
