#include "envs/dataset/shard_maker.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <set>

#include "envs/core/registry.h"
#include "envs/dataset/measure.h"
#include "physics/numeric/error.h"

namespace flyball::dataset {
namespace {

// Large enough to compress and to write well, small enough that a kill loses little and that
// workers share evenly.
int64_t ChooseShardSize(const Plan& plan, const Schema& schema) {
  constexpr int64_t kBytes = 24 << 20, kMost = 1 << 14;
  const int64_t episode_bytes =
      static_cast<int64_t>(schema.bytes_per_step()) * plan.max_episode_steps + 1;
  const int64_t sixteenth = (plan.episodes + 15) / 16;
  return std::clamp<int64_t>(std::min(kBytes / episode_bytes, sixteenth), 1, kMost);
}

// A plan of transitions whose folder exists has been counted before.
Plan KnownEpisodes(const std::filesystem::path& folder, Plan plan) {
  if (plan.transitions == 0 || !std::filesystem::exists(folder / "plan.json")) return plan;
  const Layout there = Dataset::Open(folder).layout();
  if (there.plan_hash == plan.Hash()) plan.episodes = there.plan.episodes;
  return plan;
}

// As many rows as there can be work for at a time. What a policy of Python is shown has the same
// number of rows everywhere.
int RowsFor(const Layout& layout, const GenerateSettings& settings) {
  const int rows = settings.rows ? settings.rows : ChooseRows(layout.plan);
  if (settings.policy) return rows;
  return static_cast<int>(std::min<int64_t>(rows, layout.episodes_per_shard));
}

std::vector<int64_t> ProbeEpisodes(const Plan& plan) {
  constexpr int64_t kLooked = 10000;
  const size_t wanted = std::min<size_t>(plan.policies.size(), 8);
  std::set<int> policies;
  std::vector<int64_t> episodes;
  for (int64_t i = 0; i < std::min(plan.episodes, kLooked) && episodes.size() < wanted; ++i) {
    if (policies.insert(plan.PolicyOf(i)).second) episodes.push_back(i);
  }
  return episodes;
}

}  // namespace

Layout LayoutOf(const std::filesystem::path& folder, const Plan& plan,
                const GenerateSettings& settings) {
  Layout layout;
  layout.plan = KnownEpisodes(folder, plan.Resolve());
  CheckSettings(layout.plan, settings);
  layout.plan = CountEpisodes(layout.plan, settings);
  if (settings.parts != 1 || settings.part != 0) {
    layout.selection = EpisodesOfPart(layout.plan, settings.part, settings.parts);
  }
  layout.plan_hash = layout.plan.Hash();
  layout.schema =
      Schema::Of(ResolveSpec(layout.plan.id, layout.plan.options), layout.plan.named_state);
  layout.episodes_per_shard = settings.episodes_per_shard
                                  ? settings.episodes_per_shard
                                  : ChooseShardSize(layout.plan, layout.schema);
  return layout;
}

ShardMaker::ShardMaker(const Layout& layout, const GenerateSettings& settings)
    : layout_(layout), level_(settings.level), recorder_(layout.plan, RowsFor(layout, settings)),
      policies_(MakePolicies(layout.plan, settings, recorder_.env().spec(),
                             recorder_.env().num_envs())) {}

ByteVector ShardMaker::Make(int64_t shard) {
  const auto [begin, end] = layout_.EpisodesOf(shard);
  std::vector<int64_t> indices(static_cast<size_t>(end - begin));
  for (int64_t place = begin; place < end; ++place) {
    indices[place - begin] = layout_.EpisodeAt(place);
  }
  std::vector<Episode> episodes;
  for (auto& [index, episode] : Play(indices)) episodes.push_back(std::move(episode));
  return PackShard(layout_.schema, layout_.plan_hash, episodes, level_).Join();
}

std::vector<std::string> ShardMaker::HashesOf(std::span<const int64_t> episodes) {
  std::vector<std::string> hashes;
  for (const auto& [index, episode] : Play(episodes)) {
    hashes.push_back(episode.ContentHash(layout_.schema).hex());
  }
  return hashes;
}

std::string ShardMaker::Probe() {
  Hasher hasher;
  for (const std::string& hash : HashesOf(ProbeEpisodes(layout_.plan))) hasher.Add(hash);
  return hasher.Finish().hex();
}

std::map<int64_t, Episode> ShardMaker::Play(std::span<const int64_t> episodes) {
  std::map<int64_t, Episode> played;
  size_t next = 0;
  recorder_.Run(
      policies_,
      [&] { return next < episodes.size() ? std::optional(episodes[next++]) : std::nullopt; },
      [&](Episode episode) { played.emplace(episode.index, std::move(episode)); }, [](int) {},
      [] { return false; });
  return played;
}

void CheckSameNumerics(const Writer& writer, const GenerateSettings& settings) {
  if (writer.sums().empty()) return;
  const auto& [shard, sums] = *writer.sums().begin();
  const int64_t index = writer.layout().EpisodeAt(writer.layout().EpisodesOf(shard).first);
  ShardMaker maker(writer.layout(), settings);
  if (maker.HashesOf(std::array{index})[0] == sums.hashes[0]) return;
  throw DataError("episode " + std::to_string(index) +
                  " is not what this build makes on this machine: the dataset was begun where "
                  "numbers come out otherwise; go on there, or make it anew");
}

}  // namespace flyball::dataset
