// A dataset's folder:
//
//   plan.json        the plan, its hash, episodes_per_shard and the schema
//   shard-00000.fly  episodes [0, episodes_per_shard), and so on
//   journal          one line a finished shard: XXH3-128 of the rest of the line, a space, JSON
//   lock             held (flock) while a run writes
//
// A shard counts once its line is in the journal. Everything else is left over from a run that was
// killed, and the next run with the same plan clears it away and goes on.
#ifndef FLYBALL_ENVS_DATASET_FOLDER_H_
#define FLYBALL_ENVS_DATASET_FOLDER_H_

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "envs/dataset/file.h"
#include "envs/dataset/plan.h"
#include "envs/dataset/shard.h"

namespace flyball::dataset {

// What plan.json says.
struct Layout {
  Plan plan;
  std::string plan_hash;
  int64_t episodes_per_shard = 1;
  Schema schema;
  // Which of the plan's episodes the dataset holds, ascending; empty: all of them.
  std::vector<int64_t> selection = {};
  // How what is in it differs from what the plan's policies do (see relabel.h); empty: it does not.
  Dict origin = {};
  // What was done to the dataset since it was generated: selections, merges, conversions. Nothing
  // depends on it.
  List history = {};

  int64_t num_episodes() const;
  int64_t EpisodeAt(int64_t place) const;  // the plan's index of the dataset's place-th episode
  int64_t num_shards() const;
  std::pair<int64_t, int64_t> EpisodesOf(int64_t shard) const;  // places [begin, end)
};

struct JournalLine {
  int64_t shard = 0;
  std::string file;
  uint64_t size = 0;  // bytes
  std::string hash;   // of the file, hexadecimal
};

struct Totals {
  int64_t episodes = 0, steps = 0;
  // Over the content hashes of all episodes in order: the same for any workers, rows and shard
  // sizes.
  std::string content_hash;
};

// Reads what has been generated so far.
class Dataset {
 public:
  // Throws DataError if there is no dataset or plan or journal are damaged.
  static Dataset Open(const std::filesystem::path& folder);

  const std::filesystem::path& folder() const { return folder_; }
  const Layout& layout() const { return layout_; }
  const std::map<int64_t, JournalLine>& journal() const { return journal_; }
  bool has_shard(int64_t shard) const { return journal_.contains(shard); }
  bool complete() const { return static_cast<int64_t>(journal_.size()) == layout_.num_shards(); }
  // Bytes of the journal up to its last whole line.
  uint64_t journal_size() const { return journal_size_; }

  // Throws DataError naming file and reason if the shard is missing, damaged or of another plan.
  Shard ReadShard(int64_t shard, bool columns = true) const;
  // Throws DataError if shards are missing.
  Totals Sum() const;

 private:
  void ReadJournal();

  std::filesystem::path folder_;
  Layout layout_;
  std::map<int64_t, JournalLine> journal_;  // by shard
  uint64_t journal_size_ = 0;
};

// Writes one, or goes on with one of the same plan. Holds the folder's lock.
class Writer {
 public:
  // `layout.episodes_per_shard` is used for a new dataset; one that exists keeps its own. Throws
  // DataError if the folder holds anything else, another plan, or a damaged shard, and then nothing
  // in it has changed. `level` is zstd's, 1 to 19.
  Writer(const std::filesystem::path& folder, const Layout& layout, int level = 1);

  const Layout& layout() const { return layout_; }
  const std::vector<int64_t>& missing() const { return missing_; }  // shards, when it was opened
  // Packs, writes and journals one shard. Any thread; only the packing runs at the same time.
  void Commit(int64_t shard, std::span<const Episode> episodes);

 private:
  std::filesystem::path folder_;
  Layout layout_;
  int level_;
  std::vector<int64_t> missing_;
  std::unique_ptr<FolderLock> lock_;
  std::mutex mutex_;
};

// "shard-00012.fly"
std::string ShardName(int64_t shard);

}  // namespace flyball::dataset

#endif  // FLYBALL_ENVS_DATASET_FOLDER_H_
