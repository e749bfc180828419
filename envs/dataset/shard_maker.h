// ShardMaker: makes shards of a plan one by one without a folder, for whoever gathers them; and
// probes, by which a machine shows that it computes as another does.
#ifndef FLYBALL_ENVS_DATASET_SHARD_MAKER_H_
#define FLYBALL_ENVS_DATASET_SHARD_MAKER_H_

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "envs/dataset/generate.h"
#include "envs/dataset/recorder.h"

namespace flyball::dataset {

// How a folder of the plan is laid out. A plan of transitions is counted unless it is known how many
// episodes it has, or the folder says so. Throws InputError for a bad plan or setting.
Layout LayoutOf(const std::filesystem::path& folder, const Plan& plan,
                const GenerateSettings& settings);

class ShardMaker {
 public:
  ShardMaker(const Layout& layout, const GenerateSettings& settings);

  // The shard's file. The same bytes as Generate writes.
  ByteVector Make(int64_t shard);
  // Content hashes of episodes with these indices in the plan, ascending.
  std::vector<std::string> HashesOf(std::span<const int64_t> episodes);
  // One hash for the first episodes of each of the plan's first eight policies. A machine on which
  // it is another computes otherwise, and what it makes does not go with the rest.
  std::string Probe();

 private:
  std::map<int64_t, Episode> Play(std::span<const int64_t> episodes);

  Layout layout_;
  int level_;
  Recorder recorder_;
  std::vector<BatchPolicy> policies_;
};

// Makes an episode again that a dataset holds already. Throws DataError if it comes out otherwise.
void CheckSameNumerics(const Writer& writer, const GenerateSettings& settings);

}  // namespace flyball::dataset

#endif  // FLYBALL_ENVS_DATASET_SHARD_MAKER_H_
