// A shard: one file with a range of consecutive episodes, one block a column.
//
//   "FLYSHARD"                      8 bytes
//   size of the header              8 bytes, little-endian
//   header                          JSON: plan hash, schema, episodes, blocks {name, coding, size,
//                                   raw_size, hash}
//   XXH3-128 of all before          32 hexadecimal digits
//   blocks                          in the header's order, without gaps: zstd frames (coding "zstd")
//                                   or the bytes themselves ("none")
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
#include "envs/dataset/hash.h"

namespace flyball::dataset {

// A shard's file, in two parts, and what is known of it without reading it.
struct PackedShard {
  ByteVector head, blocks;
  std::vector<std::string> hashes;  // of each episode
  int64_t steps = 0;
  size_t size() const { return head.size() + blocks.size(); }
  Hash128 hash() const;  // FileHash of the file
  ByteVector Join() const;
};

// Episodes in order. `level` is zstd's, 1 (fast; what hardly shrinks stays as it is) to 19 (small),
// or 0: not compressed.
PackedShard PackShard(const Schema& schema, const std::string& plan_hash,
                      std::span<const Episode> episodes, int level = 1);
// A file's hash: that of what stands before the blocks, which holds the hash of each of them. Throws
// DataError for what is no shard.
Hash128 FileHash(std::span<const std::byte> bytes);
// Throws InputError for a level that there is not.
void CheckLevel(int level);

struct Shard {
  std::string plan_hash;
  Schema schema;
  std::vector<Episode> episodes;
  std::vector<std::string> hashes;  // of each episode, as written: hexadecimal
};

// Throws DataError that begins with `name` and says what is damaged: whatever bytes it is given.
// With `columns` false, episodes have only index, length and seed; the blocks are checked all the same.
Shard UnpackShard(std::span<const std::byte> bytes, const std::string& name, bool columns = true);

}  // namespace flyball::dataset

#endif  // FLYBALL_ENVS_DATASET_SHARD_H_
