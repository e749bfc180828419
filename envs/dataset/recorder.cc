#include "envs/dataset/recorder.h"

#include <algorithm>

namespace flyball::dataset {

BatchPolicy MakeBatchPolicy(const std::string& name, const EnvSpec& spec, int num_rows,
                            const Options& options) {
  const std::shared_ptr<Policy> policy = MakePolicy(name, spec, options);
  policy->Resize(num_rows);
  const bool looks = name != "random";  // at observations and states
  std::vector<double> observation(looks ? spec.observation_size() : 0);
  std::vector<double> state(looks ? spec.state_size() : 0);
  return [=](const VectorEnv& env, std::span<const uint8_t> active,
             std::span<double> actions) mutable {
    const size_t size = env.spec().action_size();
    for (int row = 0; row < env.num_envs(); ++row) {
      if (!active[row]) continue;
      if (looks) {
        size_t at = 0;
        for (const Column& column : env.columns().observation) {
          const size_t count = column.field().size();
          column.ReadRow(row, std::span(observation).subspan(at, count));
          at += count;
        }
        env.ReadState(row, state);
      }
      const RowClock& clock = env.clocks()[row];
      policy->Act(row,
                  {.observation = observation,
                   .state = state,
                   .seed = clock.seed,
                   .episode = clock.episode,
                   .step = clock.step},
                  actions.subspan(row * size, size));
    }
  };
}

Recorder::Recorder(const Plan& plan, int num_rows)
    : plan_(plan), env_(MakeEnv(plan, num_rows)), tap_(*env_, plan.max_episode_steps),
      running_(num_rows), active_(num_rows), fresh_(num_rows), seeds_(num_rows, plan.seed),
      actions_(static_cast<size_t>(num_rows) * env_->spec().action_size()) {
  const ActionSpec& action = env_->spec().action;
  clips_ = action.kind == ActionSpec::Kind::kBox && action.clip;
  low_ = action.field.low();
  high_ = action.field.high();
}

void Recorder::Run(const BatchPolicy& policy, const std::function<std::optional<int64_t>()>& next,
                   const std::function<void(Episode)>& finished,
                   const std::function<void(int)>& steps, const std::function<bool()>& stop) {
  const int num_rows = env_->num_envs();
  // Rows that never get an episode must have been reset too before all are stepped.
  env_->Reset(seeds_);
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
      env_->Reset(seeds_, fresh_);
      for (int row = 0; row < num_rows; ++row) {
        if (!fresh_[row]) continue;
        tap_.AppendState(row, running_[row]);
        tap_.AppendFullState(row, running_[row]);
        fresh_[row] = 0;
      }
    }
    const int num_active = static_cast<int>(std::count(active_.begin(), active_.end(), 1));
    if (num_active == 0) return;

    policy(*env_, active_, actions_);
    WriteActions();
    env_->Step();
    for (int row = 0; row < num_rows; ++row) {
      if (!active_[row]) continue;
      Episode& episode = running_[row];
      tap_.AppendStep(row, episode);
      tap_.AppendState(row, episode);
      const bool ended = env_->columns().ended.as<uint8_t>()[row];
      if (ended || (plan_.state_every > 0 && episode.length % plan_.state_every == 0)) {
        tap_.AppendFullState(row, episode);
      }
      if (!ended) continue;
      finished(std::move(episode));
      active_[row] = 0;
      fresh_[row] = 1;
    }
    steps(num_active);
  }
}

void Recorder::Begin(int row, int64_t index) {
  Episode episode;
  episode.index = index;
  episode.seed = plan_.EpisodeSeed(index);
  episode.columns.resize(tap_.schema().columns.size());
  seeds_[row] = episode.seed;
  running_[row] = std::move(episode);
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
