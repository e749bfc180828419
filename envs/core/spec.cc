#include "envs/core/spec.h"

namespace flyball {
namespace {

int TotalSize(const std::vector<Field>& fields) {
  int size = 0;
  for (const Field& field : fields) size += field.size();
  return size;
}

}  // namespace

int EnvSpec::observation_size() const { return TotalSize(observation); }
int EnvSpec::action_size() const { return action.field.size(); }
int EnvSpec::info_size() const { return TotalSize(info); }
int EnvSpec::state_size() const { return TotalSize(state); }

}  // namespace flyball
