#include "bindings/c/environment.h"

namespace flyball::c {
namespace {

void AddColumn(flyball_env& env, std::string name, Column& column) {
  std::vector<int64_t> shape = {column.num_rows()};
  shape.insert(shape.end(), column.field().shape.begin(), column.field().shape.end());
  env.names.push_back(std::move(name));
  env.shapes.push_back(std::move(shape));
  env.columns.push_back(&column);
}

void AddColumns(flyball_env& env, const std::string& group, std::vector<Column>& columns) {
  for (Column& column : columns) AddColumn(env, group + "/" + column.field().name, column);
}

}  // namespace

void NameColumns(flyball_env& env) {
  Columns& columns = env.env->columns();
  AddColumns(env, "observation", columns.observation);
  AddColumn(env, "action", columns.action);
  AddColumn(env, "reward", columns.reward);
  AddColumn(env, "terminated", columns.terminated);
  AddColumn(env, "truncated", columns.truncated);
  AddColumns(env, "info", columns.info);
  AddColumn(env, "ended", columns.ended);
  AddColumn(env, "episode_return", columns.episode_return);
  AddColumn(env, "episode_length", columns.episode_length);
  AddColumn(env, "agent_reward", columns.agent_reward);
  AddColumn(env, "agent_terminated", columns.agent_terminated);
  AddColumn(env, "agent_truncated", columns.agent_truncated);
  AddColumns(env, "final_observation", columns.final_observation);
  AddColumns(env, "final_info", columns.final_info);
}

flyball_column ColumnAt(const flyball_env& env, size_t i) {
  Column& column = *env.columns[i];
  return {.name = env.names[i].c_str(),
          .dtype = static_cast<flyball_dtype>(column.field().dtype),
          .ndim = static_cast<int>(env.shapes[i].size()),
          .shape = env.shapes[i].data(),
          .data = column.row(0),
          .row_bytes = column.row_bytes()};
}

}  // namespace flyball::c
