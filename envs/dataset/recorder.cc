#include "envs/dataset/recorder.h"

#include <algorithm>
#include <iterator>
#include <limits>

namespace flyball::dataset {

Recorder::Recorder(const Plan& plan, int num_rows, bool keep)
    : plan_(plan), env_(MakeEnv(plan, num_rows)), tap_(*env_, plan), running_(num_rows),
      active_(num_rows), fresh_(num_rows), seeds_(num_rows, plan.seed), policy_(num_rows),
      acted_(num_rows), acting_(num_rows),
      actions_(static_cast<size_t>(num_rows) * env_->spec().action_size()),
      log_probabilities_(num_rows) {
  if (keep) stage_.emplace(tap_);
  for (const ColumnSchema& column : tap_.schema().columns)
    row_bytes_.push_back(column.field.bytes());
  const ActionSpec& action = env_->spec().action;
  clips_ = action.kind == ActionSpec::Kind::kBox && action.clip;
  low_ = action.field.low();
  high_ = action.field.high();
}

void Recorder::Run(std::span<const BatchPolicy> policies,
                   const std::function<std::optional<int64_t>()>& next,
                   const std::function<void(Episode)>& finished,
                   const std::function<void(int)>& steps, const std::function<bool()>& stop) {
  const int num_rows = env_->num_envs();
  // Rows that never get an episode must have been reset too before all are stepped.
  env_->Reset(seeds_);
  if (stage_) stage_->Clear();
  std::vector<int64_t> indices(num_rows);
  for (int row = 0; row < num_rows; ++row) fresh_[row] = 1;
  while (!stop()) {
    // Rows without an episode take the next.
    bool any_fresh = false;
    for (int row = 0; row < num_rows; ++row) {
      if (!fresh_[row]) continue;
      const std::optional<int64_t> episode = next();
      active_[row] = episode.has_value();
      fresh_[row] = active_[row];
      if (episode) {
        Begin(row, *episode);
        any_fresh = true;
      }
    }
    if (any_fresh) {
      for (int row = 0; row < num_rows; ++row) indices[row] = running_[row].index;
      env_->Reset(seeds_, fresh_, EpisodeOptions(env_->spec(), indices));
      for (int row = 0; row < num_rows; ++row) {
        if (!fresh_[row]) continue;
        fresh_[row] = 0;
        if (!stage_) continue;
        tap_.AppendState(row, running_[row]);
        tap_.AppendFullState(row, running_[row]);
        stage_->Begin(row);
      }
    }
    const int num_active = static_cast<int>(std::count(active_.begin(), active_.end(), 1));
    if (num_active == 0) return;

    Act(policies);
    WriteActions();
    env_->Step();
    if (stage_) stage_->Take({acted_, log_probabilities_, commanded_});
    for (int row = 0; row < num_rows; ++row) {
      if (!active_[row]) continue;
      Episode& episode = running_[row];
      const bool ended = env_->columns().ended.as<uint8_t>()[row];
      ++episode.length;
      if (stage_) {
        if (ended || (plan_.state_every > 0 && episode.length % plan_.state_every == 0)) {
          tap_.AppendFullState(row, episode);
        }
        if (ended || stage_->full()) stage_->HandOver(row, episode);
      }
      episode.total_reward += env_->columns().reward.as<double>()[row];
      if (!ended) continue;
      usual_length_ = episode.length;
      finished(std::move(episode));
      active_[row] = 0;
      fresh_[row] = 1;
    }
    if (stage_ && stage_->full()) stage_->Clear();
    steps(num_active);
  }
}

void Recorder::Begin(int row, int64_t index) {
  Episode episode = Empty();
  episode.index = index;
  episode.seed = plan_.EpisodeSeed(index);
  seeds_[row] = episode.seed;
  policy_[row] = plan_.PolicyOf(index);
  running_[row] = std::move(episode);
}

void Recorder::Reuse(std::vector<Episode> spent) {
  std::move(spent.begin(), spent.end(), std::back_inserter(spent_));
}

// An episode with room for its columns: most are as long as others.
Episode Recorder::Empty() {
  Episode episode;
  if (!spent_.empty()) {
    episode = std::move(spent_.back());
    spent_.pop_back();
  }
  episode.length = 0;
  episode.total_reward = 0.0;
  episode.state_steps.clear();
  episode.state_sizes.clear();
  episode.states.clear();
  episode.columns.resize(tap_.schema().columns.size());
  for (size_t i = 0; i < episode.columns.size(); ++i) {
    episode.columns[i].clear();
    if (!stage_) continue;
    episode.columns[i].reserve(tap_.schema().columns[i].rows(usual_length_) * row_bytes_[i]);
  }
  return episode;
}

// Each policy is asked for the rows whose episodes it plays.
void Recorder::Act(std::span<const BatchPolicy> policies) {
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  std::fill(log_probabilities_.begin(), log_probabilities_.end(), kNone);
  for (int row = 0; row < env_->num_envs(); ++row) {
    acted_[row] = env_->clocks()[row].step < plan_.branch ? 0 : policy_[row];
  }
  if (policies.size() == 1) {
    policies[0](*env_, active_, actions_, log_probabilities_);
    commanded_ = actions_;
    return;
  }
  const size_t size = env_->spec().action_size();
  asked_.resize(actions_.size());
  for (int policy = 0; policy < static_cast<int>(policies.size()); ++policy) {
    bool any = false;
    for (int row = 0; row < env_->num_envs(); ++row) {
      acting_[row] = active_[row] && (policy_[row] == policy || acted_[row] == policy);
      any = any || acting_[row];
    }
    if (!any) continue;
    asked_log_probabilities_.assign(env_->num_envs(), kNone);
    policies[policy](*env_, acting_, asked_, asked_log_probabilities_);
    for (int row = 0; row < env_->num_envs(); ++row) {
      if (!acting_[row] || acted_[row] != policy) continue;  // before the branch it only watches
      std::copy_n(&asked_[row * size], size, &actions_[row * size]);
      log_probabilities_[row] = asked_log_probabilities_[row];
    }
  }
  commanded_ = actions_;
}

// Actions are recorded as the plant takes them: inside the bounds where the environment clips.
void Recorder::WriteActions() {
  const size_t size = env_->spec().action_size();
  for (int row = 0; row < env_->num_envs(); ++row) {
    const std::span<double> action = std::span(actions_).subspan(row * size, size);
    for (size_t i = 0; i < size; ++i) {
      if (!active_[row]) action[i] = 0.0;
      // (NaN compares false and is refused by Step.)
      if (clips_ && action[i] < low_[i]) action[i] = low_[i];
      if (clips_ && action[i] > high_[i]) action[i] = high_[i];
    }
    env_->columns().action.WriteRow(row, action);
  }
}

}  // namespace flyball::dataset
