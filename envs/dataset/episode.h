// Schema and Episode: what is recorded, column by column.
#ifndef FLYBALL_ENVS_DATASET_EPISODE_H_
#define FLYBALL_ENVS_DATASET_EPISODE_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "envs/core/spec.h"
#include "envs/core/value.h"
#include "envs/dataset/byte_vector.h"
#include "envs/dataset/hash.h"

namespace flyball::dataset {

// Why an episode's last step is the last; kGoesOn everywhere else.
enum class EndReason : uint8_t {
  kGoesOn = 0,
  kTerminated = 1,   // the task ended; the only one with the flag `terminated`
  kTimeLimit = 2,    // all below: `truncated`
  kTaskCut = 3,      // by a rule of the task that is not part of its dynamics
  kDiverged = 4,     // the physics was no longer finite: the step was rolled back, its reward is 0
  kEngineError = 5,  // the engine raised: likewise
};

// One column: for an episode of n steps it has n rows (what a step takes and gives) or n + 1 (what
// is there before each step and after the last).
struct ColumnSchema {
  std::string name;  // "observation/<field>", "info/<field>", "action", ...
  bool per_state = false;
  Field field;

  // What the policy says of its choice, which the environment does not know: the columns
  // "policy_id", "log_probability" and "commanded_action".
  bool of_policy() const;
  int64_t rows(int64_t steps) const { return steps + (per_state ? 1 : 0); }
};

struct Schema {
  std::vector<ColumnSchema> columns;
  ActionSpec action;  // its field is that of column "action"

  // With `named_state`, columns "state/<field>" of EnvSpec::state too.
  static Schema Of(const EnvSpec& spec, bool named_state = false);
  size_t Find(const std::string& name) const;  // throws InputError, naming the nearest
  size_t bytes_per_step() const;
  Value ToValue() const;
  static Schema FromValue(const Value& value);
};

struct Episode {
  int64_t index = 0;
  int64_t length = 0;               // n, steps
  uint64_t seed = 0;                // VectorEnv::Reset with it gives the start
  std::vector<ByteVector> columns;  // per column of the schema, rows in C order
  // Full states (VectorEnv::Save) before step state_steps[k]; the last is after step n.
  std::vector<int64_t> state_steps;
  std::vector<int64_t> state_sizes;  // bytes
  ByteVector states;                 // one after the other
  double total_reward = 0.0;         // while it is recorded; not stored

  size_t bytes() const;  // of all columns and states
  std::span<const std::byte> state(size_t k) const;
  std::span<const std::byte> row(const Schema& schema, size_t column, int64_t row) const;
  // Of everything above, in canonical form.
  Hash128 ContentHash(const Schema& schema) const;
};

}  // namespace flyball::dataset

#endif  // FLYBALL_ENVS_DATASET_EPISODE_H_
