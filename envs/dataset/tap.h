// Tap: takes what a row of a VectorEnv shows into the columns of an Episode.
#ifndef FLYBALL_ENVS_DATASET_TAP_H_
#define FLYBALL_ENVS_DATASET_TAP_H_

#include <memory>
#include <vector>

#include "envs/core/vector_env.h"
#include "envs/dataset/episode.h"
#include "envs/dataset/plan.h"

namespace flyball::dataset {

// The environment a plan describes, its rows left alone when they end.
std::unique_ptr<VectorEnv> MakeEnv(const Plan& plan, int num_rows);

class Tap {
 public:
  Tap(VectorEnv& env, int max_episode_steps);
  const Schema& schema() const { return schema_; }

  // Columns with a row per state: at the start and after each step.
  void AppendState(int row, Episode& episode) const;
  // Columns with a row per step; counts it.
  void AppendStep(int row, Episode& episode) const;
  // The full state, before step `episode.length`.
  void AppendFullState(int row, Episode& episode) const;

 private:
  EndReason ReasonFor(int row) const;

  VectorEnv& env_;
  Schema schema_;
  uint32_t max_episode_steps_;
  std::vector<const Column*> sources_;  // of each column of the schema; null: made here
};

}  // namespace flyball::dataset

#endif  // FLYBALL_ENVS_DATASET_TAP_H_
