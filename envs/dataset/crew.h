// Crew: threads that share out numbered pieces of work, stopped by the first failure.
#ifndef FLYBALL_ENVS_DATASET_CREW_H_
#define FLYBALL_ENVS_DATASET_CREW_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>

namespace flyball::dataset {

class Crew {
 public:
  explicit Crew(int64_t pieces) : pieces_(pieces) {}

  // The next piece nobody has; none when all are taken or somebody failed. Any thread.
  std::optional<int64_t> Claim();
  bool stopped() const { return stopped_.load(std::memory_order_relaxed); }

  // Runs work(worker) on `workers` threads, and `watch` about ten times a second and at the end on
  // the caller's. What the first of them throws stops the others and is thrown again.
  void Run(int workers, const std::function<void(int worker)>& work,
           const std::function<void()>& watch);

  // The number of workers that 0 stands for; throws InputError below 0.
  static int Size(int workers);

 private:
  const int64_t pieces_;
  std::atomic<int64_t> next_ = 0;
  std::atomic<bool> stopped_ = false;
};

}  // namespace flyball::dataset

#endif  // FLYBALL_ENVS_DATASET_CREW_H_
