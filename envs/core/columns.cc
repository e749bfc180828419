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

Field AgentField(const std::string& name, DType dtype, int num_agents, const std::string& doc) {
  Field field = ScalarField(name, dtype, "1", doc);
  field.shape = {num_agents};
  return field;
}

}  // namespace

Column::Column(Field field, int num_rows)
    : field_(std::move(field)), num_rows_(num_rows), row_bytes_(field_.bytes()) {
  const size_t bytes = (row_bytes_ * num_rows + kAlignment - 1) / kAlignment * kAlignment;
  void* memory = ::operator new(bytes ? bytes : kAlignment, std::align_val_t(kAlignment));
  std::memset(memory, 0, bytes);
  data_.reset(static_cast<std::byte*>(memory));
}

void Column::Free::operator()(std::byte* p) const {
  ::operator delete(p, std::align_val_t(kAlignment));
}

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
    : observation(MakeColumns(spec.observation, num_rows)), action(spec.action.field, num_rows),
      reward(ScalarField("reward", DType::kFloat64, "1", "reward of the step"), num_rows),
      terminated(ScalarField("terminated", DType::kBool, "1", "the task ended"), num_rows),
      truncated(ScalarField("truncated", DType::kBool, "1", "the episode was cut"), num_rows),
      agent_reward(
          AgentField("agent_reward", DType::kFloat64, spec.num_agents, "each agent's reward"),
          num_rows),
      agent_terminated(
          AgentField("agent_terminated", DType::kBool, spec.num_agents, "each agent's end"),
          num_rows),
      agent_truncated(
          AgentField("agent_truncated", DType::kBool, spec.num_agents, "each agent's cut"),
          num_rows),
      info(MakeColumns(spec.info, num_rows)),
      ended(ScalarField("ended", DType::kBool, "1", "this step ended the episode"), num_rows),
      episode_return(ScalarField("episode_return", DType::kFloat64, "1", "sum of rewards so far"),
                     num_rows),
      episode_length(ScalarField("episode_length", DType::kInt64, "steps", "steps so far"),
                     num_rows),
      final_observation(MakeColumns(spec.observation, num_rows)),
      final_info(MakeColumns(spec.info, num_rows)) {}

}  // namespace flyball
