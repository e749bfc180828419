#include "envs/core/kernel_columns.h"

namespace flyball {

KernelColumns::KernelColumns(const BatchContext& context)
    : num_agents_(context.spec.num_agents), num_pairs_(context.num_rows * context.spec.num_agents),
      action_size_(context.spec.action_size() / context.spec.num_agents),
      observation_size_(context.spec.observation_size() / context.spec.num_agents), info_size_(0),
      action_(context.columns.action.as<void>()), action_dtype_(context.spec.action.field.dtype),
      clip_(context.spec.action.kind == ActionSpec::Kind::kBox && context.spec.action.clip),
      action_low_(context.spec.action.field.low()), action_high_(context.spec.action.field.high()),
      reward_(context.columns.reward.as<double>()),
      agent_reward_(context.columns.agent_reward.as<double>()),
      terminated_(context.columns.terminated.as<uint8_t>()),
      truncated_(context.columns.truncated.as<uint8_t>()),
      agent_terminated_(context.columns.agent_terminated.as<uint8_t>()),
      agent_truncated_(context.columns.agent_truncated.as<uint8_t>()) {
  for (Column& column : context.columns.numbers()) {
    observation_.push_back({.data = column.as<void>(),
                            .dtype = column.field().dtype,
                            .size = column.field().size() / num_agents_,
                            .per_agent = true});
  }
  for (Column& column : context.columns.info) {
    const std::vector<int>& shape = column.field().shape;
    const bool per_agent = num_agents_ > 1 && !shape.empty() && shape[0] == num_agents_;
    const int size = column.field().size() / (per_agent ? num_agents_ : 1);
    info_.push_back({.data = column.as<void>(),
                     .dtype = column.field().dtype,
                     .size = size,
                     .per_agent = per_agent || num_agents_ == 1});
    info_size_ += size;
  }
}

void KernelColumns::WriteObservation(int pair, const double* observation) const {
  for (const Leaf& leaf : observation_) {
    for (int i = 0; i < leaf.size; ++i, ++observation) {
      const size_t at = static_cast<size_t>(pair) * leaf.size + i;
      if (leaf.dtype == DType::kFloat32) {
        static_cast<float*>(leaf.data)[at] = static_cast<float>(*observation);
      } else {
        static_cast<double*>(leaf.data)[at] = *observation;
      }
    }
  }
}

void KernelColumns::WriteInfo(int pair, const double* info) const {
  for (const Leaf& leaf : info_) {
    for (int i = 0; i < leaf.size; ++i, ++info) WriteInfoNumber(leaf, pair, i, *info);
  }
}

void KernelColumns::WriteInfoNumber(const Leaf& leaf, int pair, int i, double value) const {
  // A row's own column (no agent axis) is written by the first agent.
  if (!leaf.per_agent) {
    if (pair % num_agents_ != 0) return;
    pair /= num_agents_;
  }
  const size_t at = static_cast<size_t>(pair) * leaf.size + i;
  switch (leaf.dtype) {
    case DType::kFloat64:
      static_cast<double*>(leaf.data)[at] = value;
      break;
    case DType::kFloat32:
      static_cast<float*>(leaf.data)[at] = static_cast<float>(value);
      break;
    case DType::kInt64:
      static_cast<int64_t*>(leaf.data)[at] = static_cast<int64_t>(value);
      break;
    default:
      static_cast<uint8_t*>(leaf.data)[at] = value != 0.0;
      break;
  }
}

RowResult KernelColumns::SumAgents(int row) const {
  const size_t first = static_cast<size_t>(row) * num_agents_;
  const size_t count = num_agents_;
  RowResult result{.agent_reward = {agent_reward_ + first, count},
                   .agent_terminated = {agent_terminated_ + first, count},
                   .agent_truncated = {agent_truncated_ + first, count},
                   .reward = 0.0,
                   .terminated = false,
                   .truncated = false};
  for (size_t agent = 0; agent < count; ++agent) {
    result.reward += result.agent_reward[agent];
    result.terminated |= result.agent_terminated[agent] != 0;
    result.truncated |= result.agent_truncated[agent] != 0;
  }
  return result;
}

void KernelColumns::WriteRowResult(int row, const RowResult& result) const {
  reward_[row] = result.reward;
  terminated_[row] = result.terminated;
  truncated_[row] = result.truncated;
}

}  // namespace flyball
