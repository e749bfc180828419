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
#include "envs/dataset/behaviour.h"
#include "envs/dataset/episode.h"
#include "envs/dataset/plan.h"
#include "envs/dataset/stage.h"
#include "envs/dataset/tap.h"

namespace flyball::dataset {

class Recorder {
 public:
  // With `keep` false, episodes have only index, length, seed and total reward.
  Recorder(const Plan& plan, int num_rows, bool keep = true);

  const VectorEnv& env() const { return *env_; }
  // Runs the episodes whose indices `next` gives until it gives none, each with its policy of
  // `policies`, which are those of the plan in order; `finished` gets each episode when it
  // ends; `steps` is told of every step how many rows made it. Stops between two steps, dropping
  // what is unfinished, once `stop` says so.
  void Run(std::span<const BatchPolicy> policies,
           const std::function<std::optional<int64_t>()>& next,
           const std::function<void(Episode)>& finished, const std::function<void(int)>& steps,
           const std::function<bool()>& stop);

  // Episodes nobody needs any more, whose memory those to come may have.
  void Reuse(std::vector<Episode> spent);

 private:
  void Begin(int row, int64_t episode);
  Episode Empty();
  void Act(std::span<const BatchPolicy> policies);
  void WriteActions();

  Plan plan_;
  std::unique_ptr<VectorEnv> env_;
  Tap tap_;
  std::optional<Stage> stage_;                           // if episodes are kept
  std::vector<size_t> row_bytes_;                        // per column
  int64_t usual_length_ = 0;                             // of the episode that ended last
  std::vector<Episode> running_;                         // per row
  std::vector<Episode> spent_;                           // to be filled again
  std::vector<uint8_t> active_, fresh_;                  // per row: has an episode; wants the next
  std::vector<uint64_t> seeds_;                          // per row
  std::vector<int> policy_;                              // per row: which of the plan's
  std::vector<int> acted_;                               // per row: which acts in this step
  std::vector<uint8_t> acting_;                          // per row: whether the policy is asked
  std::vector<double> asked_, asked_log_probabilities_;  // of one policy, all rows
  std::vector<double> actions_, commanded_, log_probabilities_, low_, high_;
  bool clips_ = false;
};

}  // namespace flyball::dataset

#endif  // FLYBALL_ENVS_DATASET_RECORDER_H_
