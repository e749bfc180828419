// Tap: takes what a row of a VectorEnv shows into the columns of an Episode.
#ifndef FLYBALL_ENVS_DATASET_TAP_H_
#define FLYBALL_ENVS_DATASET_TAP_H_

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "envs/core/vector_env.h"
#include "envs/dataset/episode.h"
#include "envs/dataset/plan.h"

namespace flyball::dataset {

// The environment a plan describes, its rows left alone when they end.
std::unique_ptr<VectorEnv> MakeEnv(const Plan& plan, int num_rows);

// What resets the rows to episodes of these indices (N) besides their seeds: the index itself, for
// environments that change from episode to episode.
ResetOptions EpisodeOptions(const EnvSpec& spec, std::span<const int64_t> indices);

// Where a column of the schema comes from.
struct Source {
  enum class Kind : uint8_t {
    kColumn,     // the environment's, as it is
    kTruncated,  // the flag, down where the task has ended
    kEndReason,
    kNamedState,
    kPolicyId,  // this and all below: the policy says it
    kLogProbability,
    kCommandedAction,
  };
  Kind kind = Kind::kColumn;
  const Column* column = nullptr;  // kColumn, kTruncated
  bool of_policy() const { return kind >= Kind::kPolicyId; }
};

class Tap {
 public:
  Tap(VectorEnv& env, const Plan& plan);
  VectorEnv& env() const { return env_; }
  const Schema& schema() const { return schema_; }
  // Of each column of the schema.
  const std::vector<Source>& sources() const { return sources_; }

  // Why the row's episode ended with the step made last.
  EndReason ReasonFor(int row) const;
  // The flags are exclusive: who terminates in the last allowed step has terminated.
  static bool IsCut(EndReason reason) { return reason > EndReason::kTerminated; }
  // EnvSpec::state of a row, flattened; valid until the next call. Empty without named states.
  std::span<const double> NamedState(int row);

  // Columns with a row per state: at the start and after each step.
  void AppendState(int row, Episode& episode);
  // Columns with a row per step but the policy's; counts it.
  void AppendStep(int row, Episode& episode);
  // The full state, before step `episode.length`.
  void AppendFullState(int row, Episode& episode) const;

 private:
  VectorEnv& env_;
  Schema schema_;
  uint32_t max_episode_steps_;
  std::vector<Source> sources_;
  std::vector<double> state_;
};

}  // namespace flyball::dataset

#endif  // FLYBALL_ENVS_DATASET_TAP_H_
