#include "envs/dataset/crew.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "physics/numeric/error.h"

namespace flyball::dataset {

std::optional<int64_t> Crew::Claim() {
  if (stopped()) return std::nullopt;
  const int64_t piece = next_.fetch_add(1, std::memory_order_relaxed);
  if (piece >= pieces_) return std::nullopt;
  return piece;
}

void Crew::Run(int workers, const std::function<void(int)>& work,
               const std::function<void()>& watch) {
  std::mutex mutex;
  std::condition_variable changed;
  std::exception_ptr failure;
  int at_work = workers;
  const auto fail = [&] {  // with the mutex held
    if (!failure) failure = std::current_exception();
    stopped_ = true;
  };
  std::vector<std::thread> threads;
  for (int worker = 0; worker < workers; ++worker) {
    threads.emplace_back([&, worker] {
      try {
        work(worker);
      } catch (...) {
        const std::lock_guard guard(mutex);
        fail();
      }
      const std::lock_guard guard(mutex);
      --at_work;
      changed.notify_one();
    });
  }
  {
    std::unique_lock lock(mutex);
    while (!changed.wait_for(lock, std::chrono::milliseconds(100), [&] { return at_work == 0; })) {
      if (!watch || stopped()) continue;
      lock.unlock();
      std::exception_ptr thrown;
      try {
        watch();
      } catch (...) {
        thrown = std::current_exception();
      }
      lock.lock();
      if (thrown && !failure) failure = thrown;
      if (thrown) stopped_ = true;
    }
  }
  for (std::thread& thread : threads) thread.join();
  if (failure) std::rethrow_exception(failure);
  if (watch) watch();
}

int Crew::Size(int workers) {
  if (workers < 0 || workers > 1024) {
    throw InputError("workers is " + std::to_string(workers) +
                     "; 0 (all cores) to 1024 are allowed");
  }
  return workers ? workers : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

}  // namespace flyball::dataset
