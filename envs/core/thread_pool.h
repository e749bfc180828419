// ThreadPool: background threads that step contiguous blocks of rows. No queues, no allocation per
// job; results never depend on how many threads there are.
#ifndef FLYBALL_ENVS_CORE_THREAD_POOL_H_
#define FLYBALL_ENVS_CORE_THREAD_POOL_H_

#include <atomic>
#include <cstdint>
#include <exception>
#include <memory>
#include <thread>
#include <vector>

namespace flyball {

class ThreadPool {
 public:
  // A job over rows [begin, end).
  struct Job {
    void (*run)(void* self, int begin, int end) = nullptr;
    void* self = nullptr;
    int begin = 0, end = 0;
  };

  // `threads` counts the caller: threads - 1 are started.
  explicit ThreadPool(int threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int num_workers() const { return static_cast<int>(workers_.size()); }

  // Splits rows [0, num_rows) into blocks of whole grains, one a thread, the caller's included, and
  // returns when all are done. Rethrows the first exception of a block.
  void Run(Job job, int num_rows, int grain);

  // Starts a job on one worker (waiting for its last one first), and waits for it.
  void Start(int worker, const Job& job);
  void Wait(int worker);  // rethrows what the job threw

 private:
  struct alignas(64) Worker {
    std::atomic<uint32_t> posted{0};  // jobs given
    std::atomic<uint32_t> done{0};    // jobs finished
    std::atomic<bool> quit{false};
    Job job;
    std::exception_ptr error;
    std::thread thread;
  };
  static void Serve(Worker& worker);

  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace flyball

#endif  // FLYBALL_ENVS_CORE_THREAD_POOL_H_
