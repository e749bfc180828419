#include "envs/dataset/tap.h"

#include "envs/core/wrappers/chain.h"

namespace flyball::dataset {
namespace {

void Append(std::vector<std::byte>& out, const std::byte* bytes, size_t size) {
  out.insert(out.end(), bytes, bytes + size);
}

}  // namespace

std::unique_ptr<VectorEnv> MakeEnv(const Plan& plan, int num_rows) {
  return VectorEnv::Make(plan.id, plan.options,
                         {.num_envs = num_rows,
                          .autoreset = Autoreset::kDisabled,
                          .max_episode_steps = plan.max_episode_steps,
                          .seed = plan.seed});
}

ResetOptions EpisodeOptions(const EnvSpec& spec, std::span<const int64_t> indices) {
  for (const Field& field : spec.reset) {
    if (field.name == kEpisodeIndex) return {{kEpisodeIndex, {indices.begin(), indices.end()}}};
  }
  return {};
}

Tap::Tap(VectorEnv& env, const Plan& plan)
    : env_(env), schema_(Schema::Of(env.spec(), plan.named_state)),
      max_episode_steps_(static_cast<uint32_t>(plan.max_episode_steps)),
      state_(plan.named_state ? env.spec().state_size() : 0),
      commanded_(env.spec().action.field, 1) {
  // Where each column of the schema is found, in its order.
  const Columns& columns = env.columns();
  for (const Column& column : columns.observation) sources_.push_back(&column);
  for (const Column* column :
       {&columns.action, &columns.reward, &columns.terminated, &columns.truncated}) {
    sources_.push_back(column);
  }
  sources_.push_back(nullptr);  // end_reason
  if (env.spec().num_agents > 1) {
    for (const Column* column :
         {&columns.agent_reward, &columns.agent_terminated, &columns.agent_truncated}) {
      sources_.push_back(column);
    }
  }
  for (const Column& column : columns.info) sources_.push_back(&column);
  sources_.resize(schema_.columns.size());  // named states, and what the policy says
}

void Tap::AppendState(int row, Episode& episode) {
  if (!state_.empty()) env_.ReadState(row, state_);
  const auto* state = reinterpret_cast<const std::byte*>(state_.data());
  for (size_t i = 0; i < sources_.size(); ++i) {
    if (!schema_.columns[i].per_state) continue;
    if (sources_[i] == nullptr) {  // the fields of the named state, one after the other
      Append(episode.columns[i], state, schema_.columns[i].field.bytes());
      state += schema_.columns[i].field.bytes();
      continue;
    }
    Append(episode.columns[i], sources_[i]->row(row), sources_[i]->row_bytes());
  }
}

// The two flags are exclusive: an episode that terminates in its last allowed step has terminated.
void Tap::AppendStep(int row, const Choice* choice, Episode& episode) {
  const EndReason reason = ReasonFor(row);
  for (size_t i = 0; i < sources_.size(); ++i) {
    if (schema_.columns[i].per_state) continue;
    if (schema_.columns[i].of_policy()) {
      if (choice) AppendChoice(i, *choice, episode);
    } else if (sources_[i] == nullptr) {
      episode.columns[i].push_back(static_cast<std::byte>(reason));
    } else if (sources_[i] == &env_.columns().truncated) {
      const bool cut = reason != EndReason::kGoesOn && reason != EndReason::kTerminated;
      episode.columns[i].push_back(static_cast<std::byte>(cut));
    } else {
      Append(episode.columns[i], sources_[i]->row(row), sources_[i]->row_bytes());
    }
  }
  ++episode.length;
}

void Tap::AppendChoice(size_t column, const Choice& choice, Episode& episode) {
  const ColumnSchema& schema = schema_.columns[column];
  const void* from = &choice.policy;
  if (schema.name == "log_probability") from = &choice.log_probability;
  if (schema.name == "commanded_action") {
    commanded_.WriteRow(0, choice.action);
    from = commanded_.row(0);
  }
  Append(episode.columns[column], static_cast<const std::byte*>(from), schema.field.bytes());
}

void Tap::AppendFullState(int row, Episode& episode) const {
  const Snapshot snapshot = env_.Save(row);
  episode.state_steps.push_back(episode.length);
  episode.state_sizes.push_back(static_cast<int64_t>(snapshot.size()));
  Append(episode.states, snapshot.data(), snapshot.size());
}

EndReason Tap::ReasonFor(int row) const {
  const Columns& columns = env_.columns();
  const RowStatus status = env_.status()[row];
  if (status == RowStatus::kDiverged) return EndReason::kDiverged;
  if (status == RowStatus::kEngineError) return EndReason::kEngineError;
  if (columns.terminated.as<uint8_t>()[row]) return EndReason::kTerminated;
  if (!columns.truncated.as<uint8_t>()[row]) return EndReason::kGoesOn;
  const bool at_limit = env_.clocks()[row].step >= max_episode_steps_;
  return at_limit ? EndReason::kTimeLimit : EndReason::kTaskCut;
}

}  // namespace flyball::dataset
