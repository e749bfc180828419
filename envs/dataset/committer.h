// Committer: packs and writes the shards of one worker while that plays on.
#ifndef FLYBALL_ENVS_DATASET_COMMITTER_H_
#define FLYBALL_ENVS_DATASET_COMMITTER_H_

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "envs/dataset/folder.h"

namespace flyball::dataset {

class Committer {
 public:
  explicit Committer(Writer& writer);
  // What was put is written, or its failure forgotten.
  ~Committer();
  Committer(const Committer&) = delete;
  Committer& operator=(const Committer&) = delete;

  // Waits while another shard waits to be written, so that memory holds two at most besides those
  // that are being made. Throws what the writing has thrown. Gives back the episodes that have been
  // written since, for the memory they have.
  std::vector<Episode> Put(int64_t shard, std::vector<Episode> episodes);
  // Waits until all is written; throws what the writing has thrown.
  void Finish();

 private:
  void Work();
  void ThrowFailure();  // with the mutex held

  Writer& writer_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<std::pair<int64_t, std::vector<Episode>>> waiting_;
  std::vector<Episode> written_;
  bool busy_ = false, done_ = false;
  std::exception_ptr failure_;
  std::thread thread_;  // begins when all above is there
};

}  // namespace flyball::dataset

#endif  // FLYBALL_ENVS_DATASET_COMMITTER_H_
