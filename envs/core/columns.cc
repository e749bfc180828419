#include "envs/core/columns.h"

#include <cstdint>
#include <cstring>
#include <new>

namespace flyball {
namespace {

constexpr size_t kAlignment = 64;

std::vector<Column> MakeColumns(const std::vector<Field>& fields, int num_rows) {
  std::vector<Column> columns;
  columns.reserve(fields.size());
  for (const Field& field : fields) columns.emplace_back(field, num_rows);
  return columns;
}

// Each agent's part of a row's column; with one agent the column itself.
Column AgentColumn(const std::string& name, const std::string& doc, const Column& of_row,
                   int num_agents) {
  Field field = ScalarField(name, of_row.field().dtype, "1", doc);
  field.shape = {num_agents};
  if (num_agents == 1) return Column(std::move(field), of_row);
  return Column(std::move(field), of_row.num_rows());
}

}  // namespace

Column::Column(Field field, int num_rows)
    : field_(std::move(field)), num_rows_(num_rows), row_bytes_(field_.bytes()) {
  const size_t bytes = (row_bytes_ * num_rows + kAlignment - 1) / kAlignment * kAlignment;
  void* memory = ::operator new(bytes ? bytes : kAlignment, std::align_val_t(kAlignment));
  std::memset(memory, 0, bytes);
  data_ = {static_cast<std::byte*>(memory),
           [](std::byte* p) { ::operator delete(p, std::align_val_t(kAlignment)); }};
}

Column::Column(Field field, const Column& shared)
    : field_(std::move(field)), num_rows_(shared.num_rows_), row_bytes_(field_.bytes()),
      data_(shared.data_) {}

void Column::WriteRow(int i, std::span<const double> values) {
  std::byte* out = row(i);
  for (size_t k = 0; k < values.size(); ++k) {
    switch (field_.dtype) {
      case DType::kFloat32:
        reinterpret_cast<float*>(out)[k] = static_cast<float>(values[k]);
        break;
      case DType::kFloat64:
        reinterpret_cast<double*>(out)[k] = values[k];
        break;
      case DType::kInt64:
        reinterpret_cast<int64_t*>(out)[k] = static_cast<int64_t>(values[k]);
        break;
      case DType::kUInt8:
        reinterpret_cast<uint8_t*>(out)[k] = static_cast<uint8_t>(values[k]);
        break;
      case DType::kBool:
        reinterpret_cast<uint8_t*>(out)[k] = values[k] != 0.0;
        break;
    }
  }
}

void Column::ReadRow(int i, std::span<double> values) const {
  const std::byte* in = row(i);
  for (size_t k = 0; k < values.size(); ++k) {
    switch (field_.dtype) {
      case DType::kFloat32:
        values[k] = reinterpret_cast<const float*>(in)[k];
        break;
      case DType::kFloat64:
        values[k] = reinterpret_cast<const double*>(in)[k];
        break;
      case DType::kInt64:
        values[k] = static_cast<double>(reinterpret_cast<const int64_t*>(in)[k]);
        break;
      default:
        values[k] = reinterpret_cast<const uint8_t*>(in)[k];
        break;
    }
  }
}

Columns::Columns(const EnvSpec& spec, int num_rows)
    : observation(MakeColumns(spec.observation, num_rows)), num_pictures(spec.pictures.size()),
      action(spec.action.field, num_rows),
      reward(ScalarField("reward", DType::kFloat64, "1", "reward of the step"), num_rows),
      terminated(ScalarField("terminated", DType::kBool, "1", "the task ended"), num_rows),
      truncated(ScalarField("truncated", DType::kBool, "1", "the episode was cut"), num_rows),
      agent_reward(AgentColumn("agent_reward", "each agent's reward", reward, spec.num_agents)),
      agent_terminated(
          AgentColumn("agent_terminated", "each agent's end", terminated, spec.num_agents)),
      agent_truncated(
          AgentColumn("agent_truncated", "each agent's cut", truncated, spec.num_agents)),
      info(MakeColumns(spec.info, num_rows)),
      ended(ScalarField("ended", DType::kBool, "1", "this step ended the episode"), num_rows),
      episode_return(ScalarField("episode_return", DType::kFloat64, "1", "sum of rewards so far"),
                     num_rows),
      episode_length(ScalarField("episode_length", DType::kInt64, "steps", "steps so far"),
                     num_rows),
      final_observation(MakeColumns(spec.observation, num_rows)),
      final_info(MakeColumns(spec.info, num_rows)) {}

}  // namespace flyball
