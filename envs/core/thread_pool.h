// ThreadPool: background threads that step contiguous pieces of rows, and help each other out at
// the end. No queues, no allocation per job; results never depend on how many threads there are, nor
// on which of them steps a row.
#ifndef FLYBALL_ENVS_CORE_THREAD_POOL_H_
#define FLYBALL_ENVS_CORE_THREAD_POOL_H_

#include <atomic>
#include <cstdint>
#include <exception>
#include <memory>
#include <thread>
#include <utility>
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

  // Splits rows [0, num_rows) into shares of whole grains, one a thread, the caller's included, and
  // returns when all are done. A thread works through its share in pieces, then takes pieces of the
  // others': rows that end or touch something cost more, and other work may hold a core. Rethrows
  // the first exception of a piece.
  void Run(const Job& job, int num_rows, int grain);

  // While one of these is there, the thread that made it has the pool's other threads to itself: what
  // it does with few rows it may share out among them (ShareOut).
  class Lent {
   public:
    explicit Lent(ThreadPool* pool) : before_(std::exchange(lent_, pool)) {}
    ~Lent() { lent_ = before_; }
    Lent(const Lent&) = delete;
    Lent& operator=(const Lent&) = delete;

   private:
    ThreadPool* before_;
  };
  static ThreadPool* lent() { return lent_; }  // to the calling thread; null: none

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
  // What is left of a thread's rows: the first that nobody has taken.
  struct alignas(64) Share {
    std::atomic<int> next{0};
    int end = 0;
  };
  static void Serve(Worker& worker);
  // Steps the pieces of share `own`, then of those after it.
  void WorkOff(int own);

  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<Share> shares_;  // (threads)
  Job shared_;                 // of Run, the same for all threads
  int num_shares_ = 0, piece_ = 1;
  static thread_local constinit ThreadPool* lent_;
};

// Calls work(begin, end) over pieces of [0, count), whole grains but the last: on several threads
// where the calling thread was lent some, else at once. Pieces must not depend on each other.
template <class Work>
void ShareOut(int count, int grain, const Work& work) {
  ThreadPool* pool = ThreadPool::lent();
  if (!pool || count <= grain) return work(0, count);
  const ThreadPool::Lent taken(nullptr);  // pieces share out no further
  const auto run = [](void* self, int begin, int end) {
    (*static_cast<const Work*>(self))(begin, end);
  };
  pool->Run({.run = run, .self = const_cast<Work*>(&work)}, count, grain);
}

}  // namespace flyball

#endif  // FLYBALL_ENVS_CORE_THREAD_POOL_H_
