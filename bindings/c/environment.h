// What a flyball_env is.
#ifndef FLYBALL_BINDINGS_C_ENVIRONMENT_H_
#define FLYBALL_BINDINGS_C_ENVIRONMENT_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "bindings/c/flyball.h"
#include "envs/core/vector_env.h"

// Every column under its name, in the order of flyball_column_at.
struct flyball_env {
  std::unique_ptr<flyball::VectorEnv> env;
  std::vector<std::string> names = {};
  std::vector<std::vector<int64_t>> shapes = {};
  std::vector<flyball::Column*> columns = {};
};

namespace flyball::c {

// Fills the lists from env.
void NameColumns(flyball_env& env);
flyball_column ColumnAt(const flyball_env& env, size_t i);

}  // namespace flyball::c

#endif  // FLYBALL_BINDINGS_C_ENVIRONMENT_H_
