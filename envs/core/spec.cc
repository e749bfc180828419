#include "envs/core/spec.h"

#include <span>

namespace flyball {
namespace {

int TotalSize(std::span<const Field> fields) {
  int size = 0;
  for (const Field& field : fields) size += field.size();
  return size;
}

}  // namespace

int EnvSpec::num_number_fields() const {
  return static_cast<int>(observation.size() - pictures.size());
}
int EnvSpec::observation_size() const {
  return TotalSize(std::span(observation).first(observation.size() - pictures.size()));
}
int EnvSpec::action_size() const { return action.field.size(); }
int EnvSpec::info_size() const { return TotalSize(info); }
int EnvSpec::state_size() const { return TotalSize(state); }

}  // namespace flyball
