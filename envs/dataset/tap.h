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

// What the policy says of a step.
struct Choice {
  int64_t policy = 0;  // which of the plan's
  double log_probability = 0.0;
  std::span<const double> action = {};  // as commanded
};

// What resets the rows to episodes of these indices (N) besides their seeds: the index itself, for
// environments that change from episode to episode.
ResetOptions EpisodeOptions(const EnvSpec& spec, std::span<const int64_t> indices);

class Tap {
 public:
  Tap(VectorEnv& env, const Plan& plan);
  const Schema& schema() const { return schema_; }

  // Columns with a row per state: at the start and after each step.
  void AppendState(int row, Episode& episode);
  // Columns with a row per step; counts it. `choice` null: those of the policy are left empty.
  void AppendStep(int row, const Choice* choice, Episode& episode);
  // The full state, before step `episode.length`.
  void AppendFullState(int row, Episode& episode) const;

 private:
  EndReason ReasonFor(int row) const;
  void AppendChoice(size_t column, const Choice& choice, Episode& episode);

  VectorEnv& env_;
  Schema schema_;
  uint32_t max_episode_steps_;
  std::vector<const Column*> sources_;  // of each column of the schema; null: made here
  std::vector<double> state_;           // EnvSpec::state of a row, flattened
  Column commanded_;                    // one row, to convert
};

}  // namespace flyball::dataset

#endif  // FLYBALL_ENVS_DATASET_TAP_H_
