#include "envs/dataset/verify.h"

#include <algorithm>
#include <atomic>

#include "envs/core/registry.h"
#include "envs/dataset/crew.h"
#include "physics/numeric/error.h"

namespace flyball::dataset {
namespace {

// Problems of one shard; the shard's own damage is one of them.
std::vector<Problem> CheckShard(const Dataset& dataset, int64_t k, const VerifySettings& settings,
                                std::atomic<int64_t>& episodes, std::atomic<int64_t>& steps) {
  const Layout& layout = dataset.layout();
  const auto [begin, end] = layout.EpisodesOf(k);
  Shard shard;
  try {
    shard = dataset.ReadShard(k);
  } catch (const DataError& error) {
    return {{.episode = layout.EpisodeAt(begin),
             .text = std::string(error.what()) + " (episodes " +
                     std::to_string(layout.EpisodeAt(begin)) + " to " +
                     std::to_string(layout.EpisodeAt(end - 1)) + ")"}};
  }
  std::vector<Problem> problems;
  std::vector<Episode> sound;  // only these can be played
  for (size_t i = 0; i < shard.episodes.size(); ++i) {
    Episode& episode = shard.episodes[i];
    steps += episode.length;
    ++episodes;
    const std::vector<Problem> found = CheckEpisode(layout, episode, shard.hashes[i]);
    problems.insert(problems.end(), found.begin(), found.end());
    sound.push_back(std::move(episode));
  }
  if (settings.replay) {
    const int rows = settings.rows ? settings.rows : 32;
    const std::vector<Problem> found = Replay(
        layout, sound, std::min<int>(rows, static_cast<int>(sound.size())), settings.tolerance);
    problems.insert(problems.end(), found.begin(), found.end());
  }
  std::stable_sort(problems.begin(), problems.end(),
                   [](const Problem& a, const Problem& b) { return a.episode < b.episode; });
  return problems;
}

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
  std::atomic<int64_t> episodes = 0, steps = 0;
  Crew crew(static_cast<int64_t>(shards.size()));
  const int workers = static_cast<int>(
      std::clamp<int64_t>(static_cast<int64_t>(shards.size()), 1, Crew::Size(settings.workers)));
  crew.Run(
      workers,
      [&](int) {
        while (const std::optional<int64_t> piece = crew.Claim()) {
          problems[*piece] = CheckShard(dataset, shards[*piece], settings, episodes, steps);
        }
      },
      [&] {
        if (settings.progress) settings.progress(episodes, steps, layout.num_episodes());
      });
  for (const std::vector<Problem>& found : problems) {
    report.problems.insert(report.problems.end(), found.begin(), found.end());
  }
  report.totals = {.episodes = episodes, .steps = steps, .content_hash = ""};
  if (report.ok()) report.totals = dataset.Sum();
  return report;
}

}  // namespace flyball::dataset
