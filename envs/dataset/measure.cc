#include "envs/dataset/measure.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <optional>

#include "envs/dataset/crew.h"
#include "physics/numeric/error.h"

namespace flyball::dataset {

namespace {

// Threads that play stretches of a plan's episodes.
class Team {
 public:
  Team(const Plan& plan, const GenerateSettings& settings, int workers, int rows)
      : plan_(plan), settings_(settings) {
    for (int i = 0; i < workers; ++i) {
      members_.push_back(std::make_unique<Member>(Member{.recorder = Recorder(plan, rows, false)}));
      members_.back()->policies =
          MakePolicies(plan, settings, members_.back()->recorder.env().spec(), rows);
    }
  }

  // Episodes [begin, end), of `total` for whoever watches.
  std::vector<Outcome> Play(int64_t begin, int64_t end, int64_t total) {
    std::vector<Outcome> outcomes(end - begin);
    Crew crew(end - begin);
    const auto next = [&]() -> std::optional<int64_t> {
      const std::optional<int64_t> piece = crew.Claim();
      return piece ? std::optional(begin + *piece) : std::nullopt;
    };
    crew.Run(
        static_cast<int>(members_.size()),
        [&](int worker) {
          members_[worker]->recorder.Run(
              members_[worker]->policies, next,
              [&](const Episode& episode) {
                outcomes[episode.index - begin] = {.length = episode.length,
                                                   .total_reward = episode.total_reward,
                                                   .policy = plan_.PolicyOf(episode.index)};
                episodes_.fetch_add(1, std::memory_order_relaxed);
              },
              [&](int count) { steps_.fetch_add(count, std::memory_order_relaxed); },
              [&] { return crew.stopped(); });
        },
        [&] {
          if (settings_.progress) settings_.progress(episodes_, steps_, total);
        });
    return outcomes;
  }

 private:
  struct Member {
    Recorder recorder;
    std::vector<BatchPolicy> policies;
  };

  const Plan& plan_;
  const GenerateSettings& settings_;
  std::vector<std::unique_ptr<Member>> members_;
  std::atomic<int64_t> episodes_ = 0, steps_ = 0;
};

}  // namespace

std::vector<Outcome> Measure(const Plan& given, const GenerateSettings& settings) {
  const Plan plan = CountEpisodes(given, settings);
  CheckSettings(plan, settings);
  const int workers =
      static_cast<int>(std::min<int64_t>(Crew::Size(settings.workers), plan.episodes));
  Team team(plan, settings, workers, settings.rows ? settings.rows : ChooseRows(plan));
  return team.Play(0, plan.episodes, plan.episodes);
}

Plan CountEpisodes(const Plan& given, const GenerateSettings& settings) {
  Plan plan = given.Resolve();
  if (plan.transitions == 0 || plan.episodes > 0) return plan;
  CheckSettings(plan, settings);
  // No episode is longer than the limit, so this many are needed at least; when they have been
  // played, the same bound on what is missing. It never asks for one too many.
  int64_t steps = 0, episodes = 0;
  const auto needed = [&] {
    return (plan.transitions - steps + plan.max_episode_steps - 1) / plan.max_episode_steps;
  };
  const int workers = static_cast<int>(std::min<int64_t>(Crew::Size(settings.workers), needed()));
  const int rows =
      settings.rows ? settings.rows : static_cast<int>(std::min<int64_t>(needed(), 64));
  Team team(plan, settings, workers, rows);
  while (steps < plan.transitions) {
    const int64_t end = episodes + needed();
    for (const Outcome& outcome : team.Play(episodes, end, end)) steps += outcome.length;
    episodes = end;
  }
  plan.episodes = episodes;
  return plan;
}

}  // namespace flyball::dataset
