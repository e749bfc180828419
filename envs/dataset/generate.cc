#include "envs/dataset/generate.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <numeric>

#include "envs/dataset/committer.h"
#include "envs/dataset/crew.h"
#include "envs/dataset/shard_maker.h"
#include "physics/numeric/error.h"

namespace flyball::dataset {
namespace {

// One worker's work: claims shards, plays their episodes in the rows of its environment, commits
// each shard when its last episode is in. Rows do not wait for a shard to be full: the next shard's
// episodes start while the last ones of this are still running.
class Worker {
 public:
  Worker(Crew& crew, Writer& writer, int rows, const GenerateSettings& settings)
      : crew_(crew), writer_(writer), committer_(writer), recorder_(writer.layout().plan, rows),
        policies_(MakePolicies(writer.layout().plan, settings, recorder_.env().spec(), rows)) {}

  void Run(std::atomic<int64_t>& episodes, std::atomic<int64_t>& steps) {
    recorder_.Run(
        policies_, [&] { return Next(); },
        [&](Episode episode) {
          Finish(std::move(episode));
          episodes.fetch_add(1, std::memory_order_relaxed);
        },
        [&](int count) { steps.fetch_add(count, std::memory_order_relaxed); },
        [&] { return crew_.stopped(); });
    committer_.Finish();
  }

 private:
  struct OpenShard {
    std::vector<Episode> episodes;
    int64_t remaining = 0;
  };

  std::optional<int64_t> Next() {
    if (next_ == end_) {
      const std::optional<int64_t> piece = crew_.Claim();
      if (!piece) return std::nullopt;
      const int64_t shard = writer_.missing()[*piece];
      std::tie(next_, end_) = writer_.layout().EpisodesOf(shard);
      open_[shard].episodes.resize(end_ - next_);
      open_[shard].remaining = end_ - next_;
    }
    return writer_.layout().EpisodeAt(next_++);
  }

  void Finish(Episode episode) {
    const int64_t place = PlaceOf(episode.index);
    const int64_t shard = place / writer_.layout().episodes_per_shard;
    OpenShard& open = open_.at(shard);
    open.episodes[place - writer_.layout().EpisodesOf(shard).first] = std::move(episode);
    if (--open.remaining > 0) return;
    recorder_.Reuse(committer_.Put(shard, std::move(open.episodes)));
    open_.erase(shard);
  }

  // Where an episode of the plan stands among those that the folder holds.
  int64_t PlaceOf(int64_t index) const {
    const std::vector<int64_t>& selection = writer_.layout().selection;
    if (selection.empty()) return index;
    return std::lower_bound(selection.begin(), selection.end(), index) - selection.begin();
  }

  Crew& crew_;
  Writer& writer_;
  Committer committer_;
  Recorder recorder_;
  std::vector<BatchPolicy> policies_;  // of the plan's entries
  std::map<int64_t, OpenShard> open_;
  int64_t next_ = 0, end_ = 0;  // places of the episodes of the claimed shard that have not begun
};

}  // namespace

std::vector<BatchPolicy> MakePolicies(const Plan& plan, const GenerateSettings& settings,
                                      const EnvSpec& spec, int num_rows) {
  std::vector<BatchPolicy> policies;
  for (const PolicyEntry& entry : plan.policies) {
    BatchPolicy made = settings.policy ? settings.policy(entry, spec, num_rows) : BatchPolicy();
    policies.push_back(made ? AddNoise(std::move(made), entry, spec, num_rows)
                            : MakeBehaviour(entry, spec, num_rows));
  }
  return policies;
}

void CheckSettings(const Plan& plan, const GenerateSettings& settings) {
  for (const PolicyEntry& entry : plan.policies) {
    if (entry.is_python() && !settings.policy) {
      throw InputError("policy '" + entry.policy + "' is Python's; generate with flyball.datasets");
    }
    if (entry.is_human() && !settings.policy) {
      throw InputError("policy 'human' is a person at the keyboard; `flyball play` records one");
    }
  }
  const auto check = [](const char* name, int64_t value) {
    if (value >= 0) return;
    throw InputError(std::string(name) + " is " + std::to_string(value) +
                     "; 0 (chosen) or more is allowed");
  };
  check("rows", settings.rows);
  check("episodes_per_shard", settings.episodes_per_shard);
}

// Enough rows for the lanes of a kernel, no more than there are episodes. The same for any number
// of workers, so that a Python policy sees batches of one size.
int ChooseRows(const Plan& plan) { return static_cast<int>(std::min<int64_t>(plan.episodes, 64)); }

std::vector<int64_t> EpisodesOfPart(const Plan& plan, int64_t part, int64_t parts) {
  if (parts < 1 || parts > plan.episodes) {
    throw InputError("parts is " + std::to_string(parts) + "; 1 to the " +
                     std::to_string(plan.episodes) + " episodes of the plan are allowed");
  }
  if (part < 0 || part >= parts) {
    throw InputError("part is " + std::to_string(part) + "; 0 to " + std::to_string(parts - 1) +
                     " of " + std::to_string(parts) + " parts are allowed");
  }
  const auto begin = [&](int64_t k) {
    return plan.episodes / parts * k + std::min(k, plan.episodes % parts);
  };
  std::vector<int64_t> episodes(static_cast<size_t>(begin(part + 1) - begin(part)));
  std::iota(episodes.begin(), episodes.end(), begin(part));
  return episodes;
}

Totals Generate(const std::filesystem::path& folder, const Plan& given,
                const GenerateSettings& settings) {
  // Everything that can be wrong with the call, before the folder is touched.
  CheckLevel(settings.level);
  Layout layout = LayoutOf(folder, given, settings);
  if (!layout.selection.empty()) layout.probe = ShardMaker(layout, settings).Probe();
  const int rows = settings.rows ? settings.rows : ChooseRows(layout.plan);
  int workers = Crew::Size(settings.workers);

  Writer writer(folder, layout, settings.level);
  const int64_t missing = static_cast<int64_t>(writer.missing().size());
  workers = static_cast<int>(std::min<int64_t>(workers, missing));
  if (missing > 0) {
    CheckSameNumerics(writer, settings);
    Crew crew(missing);
    std::vector<std::unique_ptr<Worker>> crew_members;
    for (int i = 0; i < workers; ++i) {
      crew_members.push_back(std::make_unique<Worker>(crew, writer, rows, settings));
    }
    int64_t total = 0;
    for (const int64_t shard : writer.missing()) {
      const auto [begin, end] = writer.layout().EpisodesOf(shard);
      total += end - begin;
    }
    std::atomic<int64_t> episodes = 0, steps = 0;
    crew.Run(
        workers, [&](int worker) { crew_members[worker]->Run(episodes, steps); },
        [&] {
          if (settings.progress) settings.progress(episodes, steps, total);
        });
  }
  return writer.Sum();
}

}  // namespace flyball::dataset
