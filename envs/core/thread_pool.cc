#include "envs/core/thread_pool.h"

#include <algorithm>
#include <utility>

namespace flyball {
namespace {

// Enough that the last piece to finish is a small part of the step; few enough that taking them
// costs nothing beside light kernels.
constexpr int kPiecesPerShare = 8;

// About 20 us of looking before sleeping: a step of light kernels comes back sooner than a wake-up
// takes. Only where the machine has a core for every thread; else spinning starves the others.
int SpinLimit() {
  static const int limit = std::thread::hardware_concurrency() > 1 ? 4000 : 0;
  return limit;
}

void AwaitChange(const std::atomic<uint32_t>& counter, uint32_t old) {
  for (int spin = SpinLimit(); spin > 0; --spin) {
    if (counter.load(std::memory_order_acquire) != old) return;
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
  }
  counter.wait(old, std::memory_order_acquire);
}

}  // namespace

thread_local constinit ThreadPool* ThreadPool::lent_ = nullptr;

ThreadPool::ThreadPool(int threads) : shares_(threads) {
  for (int i = 1; i < threads; ++i) {
    workers_.push_back(std::make_unique<Worker>());
    Worker& worker = *workers_.back();
    worker.thread = std::thread([&worker] { Serve(worker); });
  }
}

ThreadPool::~ThreadPool() {
  for (auto& worker : workers_) {
    worker->quit.store(true);
    worker->posted.fetch_add(1, std::memory_order_release);
    worker->posted.notify_one();
  }
  for (auto& worker : workers_) worker->thread.join();
}

void ThreadPool::Serve(Worker& worker) {
  uint32_t seen = 0;
  while (true) {
    AwaitChange(worker.posted, seen);
    if (worker.posted.load(std::memory_order_acquire) == seen) continue;
    seen = worker.posted.load(std::memory_order_acquire);
    if (worker.quit.load()) return;
    try {
      worker.job.run(worker.job.self, worker.job.begin, worker.job.end);
    } catch (...) {
      worker.error = std::current_exception();
    }
    worker.done.store(seen, std::memory_order_release);
    worker.done.notify_one();
  }
}

void ThreadPool::Start(int worker_index, const Job& job) {
  Wait(worker_index);
  Worker& worker = *workers_[worker_index];
  worker.job = job;
  worker.posted.fetch_add(1, std::memory_order_release);
  worker.posted.notify_one();
}

void ThreadPool::Wait(int worker_index) {
  Worker& worker = *workers_[worker_index];
  const uint32_t target = worker.posted.load(std::memory_order_relaxed);
  uint32_t done = worker.done.load(std::memory_order_acquire);
  while (done != target) {
    AwaitChange(worker.done, done);
    done = worker.done.load(std::memory_order_acquire);
  }
  if (worker.error) std::rethrow_exception(std::exchange(worker.error, nullptr));
}

void ThreadPool::WorkOff(int own) {
  std::exception_ptr error;
  for (int k = 0; k < num_shares_; ++k) {
    Share& share = shares_[(own + k) % num_shares_];
    while (share.next.load(std::memory_order_relaxed) < share.end) {
      const int begin = share.next.fetch_add(piece_, std::memory_order_relaxed);
      if (begin >= share.end) break;
      try {
        shared_.run(shared_.self, begin, std::min(begin + piece_, share.end));
      } catch (...) {
        if (!error) error = std::current_exception();
      }
    }
  }
  if (error) std::rethrow_exception(error);
}

void ThreadPool::Run(const Job& job, int num_rows, int grain) {
  const int num_grains = (num_rows + grain - 1) / grain;
  const int threads = std::min(num_workers() + 1, num_grains);
  for (int i = 1; i < threads; ++i) Wait(i - 1);
  shared_ = job;
  num_shares_ = threads;
  piece_ = std::max(1, num_grains / (threads * kPiecesPerShare)) * grain;
  const auto boundary = [&](int i) {
    return std::min(static_cast<int>(static_cast<int64_t>(num_grains) * i / threads) * grain,
                    num_rows);
  };
  for (int i = 0; i < threads; ++i) {
    shares_[i].next.store(boundary(i), std::memory_order_relaxed);
    shares_[i].end = boundary(i + 1);
  }
  const auto work_off = [](void* self, int own, int) {
    static_cast<ThreadPool*>(self)->WorkOff(own);
  };
  for (int i = 1; i < threads; ++i) Start(i - 1, {.run = work_off, .self = this, .begin = i});
  std::exception_ptr error;
  try {
    WorkOff(0);
  } catch (...) {
    error = std::current_exception();
  }
  for (int i = 1; i < threads; ++i) {
    try {
      Wait(i - 1);
    } catch (...) {
      if (!error) error = std::current_exception();
    }
  }
  if (error) std::rethrow_exception(error);
}

}  // namespace flyball
