#include "envs/dataset/tap.h"

#include "envs/core/wrappers/chain.h"

namespace flyball::dataset {
namespace {

using Kind = Source::Kind;

void Append(ByteVector& out, const void* bytes, size_t size) {
  dataset::Append(out, {static_cast<const std::byte*>(bytes), size});
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
      state_(plan.named_state ? env.spec().state_size() : 0) {
  // In the order of the schema.
  const Columns& columns = env.columns();
  const auto add = [&](const Column& column) { sources_.push_back({Kind::kColumn, &column}); };
  for (const Column& column : columns.observation) add(column);
  for (const Column* column : {&columns.action, &columns.reward, &columns.terminated}) add(*column);
  sources_.push_back({Kind::kTruncated, &columns.truncated});
  sources_.push_back({Kind::kEndReason});
  if (env.spec().num_agents > 1) {
    for (const Column* column :
         {&columns.agent_reward, &columns.agent_terminated, &columns.agent_truncated}) {
      add(*column);
    }
  }
  for (const Column& column : columns.info) add(column);
  if (plan.named_state)
    sources_.resize(sources_.size() + env.spec().state.size(), {Kind::kNamedState});
  sources_.push_back({Kind::kPolicyId});
  sources_.push_back({Kind::kLogProbability});
  if (sources_.size() < schema_.columns.size()) sources_.push_back({Kind::kCommandedAction});
}

std::span<const double> Tap::NamedState(int row) {
  if (!state_.empty()) env_.ReadState(row, state_);
  return state_;
}

void Tap::AppendState(int row, Episode& episode) {
  const auto* state = reinterpret_cast<const std::byte*>(NamedState(row).data());
  for (size_t i = 0; i < sources_.size(); ++i) {
    if (!schema_.columns[i].per_state) continue;
    if (sources_[i].kind == Kind::kNamedState) {  // the fields, one after the other
      Append(episode.columns[i], state, schema_.columns[i].field.bytes());
      state += schema_.columns[i].field.bytes();
    } else {
      Append(episode.columns[i], sources_[i].column->row(row), sources_[i].column->row_bytes());
    }
  }
}

void Tap::AppendStep(int row, Episode& episode) {
  const EndReason reason = ReasonFor(row);
  for (size_t i = 0; i < sources_.size(); ++i) {
    if (schema_.columns[i].per_state || sources_[i].of_policy()) continue;
    if (sources_[i].kind == Kind::kEndReason) {
      episode.columns[i].push_back(static_cast<std::byte>(reason));
    } else if (sources_[i].kind == Kind::kTruncated) {
      episode.columns[i].push_back(static_cast<std::byte>(IsCut(reason)));
    } else {
      Append(episode.columns[i], sources_[i].column->row(row), sources_[i].column->row_bytes());
    }
  }
  ++episode.length;
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
