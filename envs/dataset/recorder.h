// Recorder: runs episodes of a plan in the rows of one VectorEnv and hands them over when they end.
// A row takes the next episode as soon as its own has ended.
#ifndef FLYBALL_ENVS_DATASET_RECORDER_H_
#define FLYBALL_ENVS_DATASET_RECORDER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "envs/core/vector_env.h"
#include "envs/dataset/episode.h"
#include "envs/dataset/plan.h"
#include "envs/dataset/tap.h"

namespace flyball::dataset {

// Fills the actions (N, action size) of all rows, from the columns and clocks of `env`. Rows whose
// `active` is 0 have nothing to do; what is written for them is not used. A row's action may depend
// only on what the row has shown since its step 0.
using BatchPolicy = std::function<void(const VectorEnv& env, std::span<const uint8_t> active,
                                       std::span<double> actions)>;

// A C++ policy of the plan's name as a batch policy.
BatchPolicy MakeBatchPolicy(const std::string& name, const EnvSpec& spec, int num_rows,
                            const Options& options = {});

class Recorder {
 public:
  Recorder(const Plan& plan, int num_rows);

  const VectorEnv& env() const { return *env_; }
  // Runs the episodes whose indices `next` gives until it gives none; `finished` gets each when it
  // ends; `steps` is told of every step how many rows made it. Stops between two steps, dropping
  // what is unfinished, once `stop` says so.
  void Run(const BatchPolicy& policy, const std::function<std::optional<int64_t>()>& next,
           const std::function<void(Episode)>& finished, const std::function<void(int)>& steps,
           const std::function<bool()>& stop);

 private:
  void Begin(int row, int64_t episode);
  void WriteActions();

  Plan plan_;
  std::unique_ptr<VectorEnv> env_;
  Tap tap_;
  std::vector<Episode> running_;         // per row
  std::vector<uint8_t> active_, fresh_;  // per row: has an episode; wants the next
  std::vector<uint64_t> seeds_;          // per row
  std::vector<double> actions_, low_, high_;
  bool clips_ = false;
};

}  // namespace flyball::dataset

#endif  // FLYBALL_ENVS_DATASET_RECORDER_H_
