#include "envs/core/env.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "envs/core/thread_memory.h"
#include "physics/numeric/error.h"

namespace flyball {
namespace {

bool AllFinite(std::span<const double> values) {
  return std::all_of(values.begin(), values.end(), [](double x) { return std::isfinite(x); });
}

// One Env per row. Threads get single rows, so that rows of uneven cost spread.
class EnvBatch final : public Batch {
 public:
  EnvBatch(const BatchContext& context, const std::function<std::unique_ptr<Env>()>& make)
      : context_(context), action_low_(context.spec.action.field.low()),
        action_high_(context.spec.action.field.high()), saved_(context.num_rows) {
    for (int row = 0; row < context.num_rows; ++row) envs_.push_back(make());
  }

  void Reset(int row, Rng& rng, const ResetValues& values) override {
    Row out = Bind();
    std::fill(out.observation.begin(), out.observation.end(), 0.0);
    std::fill(out.info.begin(), out.info.end(), 0.0);
    envs_[row]->Reset(rng, values, out);
    // Rewards and ends are the step's: with SAME_STEP they are still to be read.
    WriteFields(context_.columns.numbers(), row, out.observation);
    WriteFields(context_.columns.info, row, out.info);
  }

  void Step(int begin, int end) override {
    for (int row = begin; row < end; ++row) {
      if (!context_.skip[row]) StepRow(row);
    }
  }

  void ReadState(int row, std::span<double> out) const override { envs_[row]->ReadState(out); }
  void VisitState(int row, StateVisitor& visitor) override { envs_[row]->VisitState(visitor); }
  size_t memory_bytes_per_row() const override {
    return envs_.empty() ? 0 : envs_[0]->memory_bytes() + saved_[0].capacity();
  }
  World* world(int row) override { return envs_[row]->world(); }
  void AddMarkers(int row, std::vector<Marker>& markers) override {
    envs_[row]->AddMarkers(markers);
  }

 private:
  static constexpr uint8_t kTheRows = 2;  // of an agent's end: as the row's

  // A Row over this thread's working memory; the action stands behind the rewards.
  Row Bind() const {
    const EnvSpec& spec = context_.spec;
    const size_t sizes[] = {
        static_cast<size_t>(spec.observation_size()), static_cast<size_t>(spec.info_size()),
        static_cast<size_t>(spec.num_agents), static_cast<size_t>(spec.action_size())};
    const size_t numbers = sizes[0] + sizes[1] + sizes[2] + sizes[3];
    double* memory = reinterpret_cast<double*>(
        ThreadMemory(MemoryUse::kRow, numbers * sizeof(double) + 2 * sizes[2]));
    uint8_t* flags = reinterpret_cast<uint8_t*>(memory + numbers);
    std::fill_n(flags, 2 * sizes[2], kTheRows);
    Row row;
    row.observation = {memory, sizes[0]};
    row.info = {memory + sizes[0], sizes[1]};
    row.agent_reward = {memory + sizes[0] + sizes[1], sizes[2]};
    row.agent_terminated = {flags, sizes[2]};
    row.agent_truncated = {flags + sizes[2], sizes[2]};
    return row;
  }

  void StepRow(int row) {
    Env& env = *envs_[row];
    // All of the row's state, to come back to if the step fails.
    std::vector<std::byte>& saved = saved_[row];
    saved.clear();
    StateSaver saver(saved);
    env.VisitState(saver);

    Row out = Bind();
    const std::span<double> action(out.agent_reward.data() + out.agent_reward.size(),
                                   action_low_.size());
    context_.columns.action.ReadRow(row, action);
    if (context_.spec.action.kind == ActionSpec::Kind::kBox && context_.spec.action.clip) {
      for (size_t i = 0; i < action.size(); ++i) {
        action[i] = std::clamp(action[i], action_low_[i], action_high_[i]);
      }
    }
    std::fill(out.info.begin(), out.info.end(), 0.0);
    try {
      env.Step(action, out);
      if (AllFinite(out.observation) && AllFinite(out.info) && std::isfinite(out.reward)) {
        Write(row, out);
        return;
      }
      context_.status[row] = RowStatus::kDiverged;
    } catch (const PhysicsError&) {
      context_.status[row] = RowStatus::kEngineError;
    }
    StateLoader loader(saved);
    env.VisitState(loader);
  }

  void Write(int row, const Row& out) {
    Columns& columns = context_.columns;
    WriteFields(columns.numbers(), row, out.observation);
    WriteFields(columns.info, row, out.info);
    columns.reward.as<double>()[row] = out.reward;
    columns.terminated.as<uint8_t>()[row] = out.terminated;
    columns.truncated.as<uint8_t>()[row] = out.truncated;
    const int num_agents = context_.spec.num_agents;
    if (num_agents == 1) return;  // its columns are the row's
    for (int agent = 0; agent < num_agents; ++agent) {
      const size_t at = static_cast<size_t>(row) * num_agents + agent;
      columns.agent_reward.as<double>()[at] = out.agent_reward[agent];
      const auto end = [](uint8_t own, bool rows) { return own == kTheRows ? rows : own != 0; };
      columns.agent_terminated.as<uint8_t>()[at] = end(out.agent_terminated[agent], out.terminated);
      columns.agent_truncated.as<uint8_t>()[at] = end(out.agent_truncated[agent], out.truncated);
    }
  }

  static void WriteFields(std::span<Column> columns, int row, std::span<const double> values) {
    for (Column& column : columns) {
      const size_t size = column.field().size();
      column.WriteRow(row, values.first(size));
      values = values.subspan(size);
    }
  }

  BatchContext context_;
  std::vector<double> action_low_, action_high_;
  std::vector<std::unique_ptr<Env>> envs_;
  std::vector<std::vector<std::byte>> saved_;
};

}  // namespace

std::unique_ptr<Batch> MakeEnvBatch(const BatchContext& context,
                                    const std::function<std::unique_ptr<Env>()>& make) {
  return std::make_unique<EnvBatch>(context, make);
}

}  // namespace flyball
