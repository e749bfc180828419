#include "envs/dataset/verify.h"

#include <algorithm>
#include <atomic>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "envs/core/registry.h"
#include "envs/dataset/crew.h"
#include "physics/numeric/error.h"

namespace flyball::dataset {
namespace {

// A shard, and what is wrong with it as it stands.
struct Checked {
  std::vector<Episode> episodes;  // only these can be played
  ShardSums sums;
  std::vector<Problem> problems;
};

// The shard's own damage is one of the problems.
Checked CheckShard(const Dataset& dataset, int64_t k) {
  const Layout& layout = dataset.layout();
  const auto [begin, end] = layout.EpisodesOf(k);
  Checked checked;
  try {
    Shard shard = dataset.ReadShard(k);
    checked.sums = SumsOf(shard);
    for (size_t i = 0; i < shard.episodes.size(); ++i) {
      const std::vector<Problem> found = CheckEpisode(layout, shard.episodes[i], shard.hashes[i]);
      checked.problems.insert(checked.problems.end(), found.begin(), found.end());
    }
    checked.episodes = std::move(shard.episodes);
  } catch (const DataError& error) {
    checked.problems = {{.episode = layout.EpisodeAt(begin),
                         .text = std::string(error.what()) + " (episodes " +
                                 std::to_string(layout.EpisodeAt(begin)) + " to " +
                                 std::to_string(layout.EpisodeAt(end - 1)) + ")"}};
  }
  return checked;
}

// Shards in the order in which a crew claims them; the next is read and checked while the last is
// played.
class ShardReader {
 public:
  ShardReader(const Dataset& dataset, std::span<const int64_t> shards, Crew& crew)
      : dataset_(dataset), shards_(shards), crew_(crew) {
    ReadNext();
  }
  // Which piece of the crew's, and the shard.
  std::optional<std::pair<int64_t, Checked>> Next() {
    if (!piece_) return std::nullopt;
    const int64_t piece = *piece_;
    Checked checked = reading_.get();
    ReadNext();
    return std::pair(piece, std::move(checked));
  }

 private:
  void ReadNext() {
    piece_ = crew_.Claim();
    if (!piece_) return;
    reading_ = std::async(std::launch::async, CheckShard, std::cref(dataset_), shards_[*piece_]);
  }

  const Dataset& dataset_;
  std::span<const int64_t> shards_;
  Crew& crew_;
  std::optional<int64_t> piece_;
  std::future<Checked> reading_;
};

}  // namespace

Report Verify(const std::filesystem::path& folder, const VerifySettings& settings) {
  const Dataset dataset = Dataset::Open(folder);
  const Layout& layout = dataset.layout();
  const int64_t num_shards = layout.num_shards();
  if (settings.replay) {
    const EnvSpec spec = ResolveSpec(layout.plan.id, layout.plan.options);
    if (!(Schema::Of(spec, layout.plan.named_state).ToValue() == layout.schema.ToValue())) {
      throw DataError("'" + folder.string() + "' was written by another version of " + spec.id +
                      ": the columns differ; it cannot be replayed");
    }
  }

  Report report;
  if (!dataset.complete()) {
    report.problems.push_back({.text = std::string("'") + folder.string() +
                                       "': " + std::to_string(dataset.journal().size()) + " of " +
                                       std::to_string(num_shards) +
                                       " shards are there; generate again to complete it"});
  }
  std::vector<int64_t> shards;
  for (const auto& [shard, line] : dataset.journal()) shards.push_back(shard);
  std::vector<std::vector<Problem>> problems(shards.size());
  std::vector<ShardSums> sums(shards.size());
  std::vector<Problem> replayed;
  std::mutex mutex;  // of the last
  std::atomic<int64_t> episodes = 0, steps = 0;
  const int rows = static_cast<int>(std::min<int64_t>(
      settings.rows ? settings.rows : ChooseRows(layout.plan), layout.num_episodes()));
  Crew crew(static_cast<int64_t>(shards.size()));
  const int workers = static_cast<int>(
      std::clamp<int64_t>(static_cast<int64_t>(shards.size()), 1, Crew::Size(settings.workers)));
  crew.Run(
      workers,
      [&](int) {
        std::optional<Replay> replay;
        if (settings.replay) replay.emplace(layout, rows, settings.tolerance);
        ShardReader reader(dataset, shards, crew);
        std::shared_ptr<Checked> shard;
        size_t at = 0;
        const auto next = [&]() -> std::shared_ptr<const Episode> {
          while (!shard || at == shard->episodes.size()) {
            std::optional<std::pair<int64_t, Checked>> read = reader.Next();
            if (!read) return nullptr;
            shard = std::make_shared<Checked>(std::move(read->second));
            at = 0;
            problems[read->first] = shard->problems;
            sums[read->first] = shard->sums;
          }
          // The shard lives as long as one of its episodes is played.
          const Episode& episode = shard->episodes[at++];
          ++episodes;
          steps += episode.length;
          return {shard, &episode};
        };
        if (!replay) {
          while (next()) {
          }
          return;
        }
        std::vector<Problem> found = replay->Run(next);
        const std::lock_guard guard(mutex);
        replayed.insert(replayed.end(), found.begin(), found.end());
      },
      [&] {
        if (settings.progress) settings.progress(episodes, steps, layout.num_episodes());
      });
  for (const std::vector<Problem>& found : problems) {
    report.problems.insert(report.problems.end(), found.begin(), found.end());
  }
  report.problems.insert(report.problems.end(), replayed.begin(), replayed.end());
  std::stable_sort(report.problems.begin(), report.problems.end(),
                   [](const Problem& a, const Problem& b) { return a.episode < b.episode; });
  report.totals = {.episodes = episodes, .steps = steps, .content_hash = ""};
  if (report.ok()) {
    std::map<int64_t, ShardSums> by_number;
    for (size_t i = 0; i < shards.size(); ++i) by_number[shards[i]] = std::move(sums[i]);
    report.totals = TotalsOf(by_number);
  }
  return report;
}

}  // namespace flyball::dataset
