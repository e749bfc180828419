#include "envs/core/thread_pool.h"

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <stdexcept>
#include <thread>
#include <vector>

namespace flyball {
namespace {

// Counts how often each row was stepped, and whether pieces kept to whole grains.
struct Counter {
  explicit Counter(int num_rows, int grain) : grain(grain), count(num_rows) {}
  static void Run(void* self, int begin, int end) {
    Counter& counter = *static_cast<Counter*>(self);
    if (begin % counter.grain != 0) counter.whole = false;
    for (int row = begin; row < end; ++row) ++counter.count[row];
  }
  int grain;
  std::vector<std::atomic<int>> count;
  std::atomic<bool> whole{true};
};

TEST_CASE("every row is stepped once, in whole grains", "[core][threads]") {
  for (const int threads : {1, 2, 3, 7}) {
    ThreadPool pool(threads);
    for (const int grain : {1, 4, 16}) {
      for (const int num_rows : {1, 5, 16, 17, 100, 1023}) {
        CAPTURE(threads, grain, num_rows);
        Counter counter(num_rows, grain);
        for (int turn = 1; turn <= 20; ++turn) {
          pool.Run({.run = &Counter::Run, .self = &counter}, num_rows, grain);
          for (const std::atomic<int>& count : counter.count) REQUIRE(count == turn);
        }
        CHECK(counter.whole);
      }
    }
  }
}

TEST_CASE("who is done takes from who is not", "[core][threads]") {
  // Row 0 ends only once all rows outside of its piece are done, the rest of its share included: the
  // other thread must have stepped those.
  struct Slow {
    static void Run(void* self, int begin, int end) {
      Slow& slow = *static_cast<Slow*>(self);
      const int others = 64 - (end - begin);
      const auto give_up = std::chrono::steady_clock::now() + std::chrono::minutes(1);
      while (begin == 0 && slow.done < others && std::chrono::steady_clock::now() < give_up) {
        std::this_thread::yield();
      }
      if (begin == 0) slow.helped = slow.done == others;
      slow.done += end - begin;
    }
    std::atomic<int> done{0};
    bool helped = false;
  };
  ThreadPool pool(2);
  Slow slow;
  pool.Run({.run = &Slow::Run, .self = &slow}, 64, 1);
  CHECK(slow.helped);
  CHECK(slow.done == 64);
}

TEST_CASE("an exception of one piece leaves the others to their work", "[core][threads]") {
  for (const int threads : {1, 2, 3}) {
    struct Failing {
      static void Run(void* self, int begin, int end) {
        static_cast<Failing*>(self)->done += end - begin;
        if (begin <= 40 && 40 < end) throw std::runtime_error("row 40");
      }
      std::atomic<int> done{0};
    };
    ThreadPool pool(threads);
    for (int turn = 0; turn < 3; ++turn) {
      Failing failing;
      CHECK_THROWS_WITH(pool.Run({.run = &Failing::Run, .self = &failing}, 64, 1), "row 40");
      CHECK(failing.done == 64);
    }
  }
}

TEST_CASE("work is shared out to lent threads, in whole grains", "[core][threads]") {
  const auto count_of = [](int count, int grain) {
    std::vector<std::atomic<int>> done(count);
    std::atomic<bool> whole = true;
    ShareOut(count, grain, [&](int begin, int end) {
      if (begin % grain != 0 || (end % grain != 0 && end != count)) whole = false;
      for (int i = begin; i < end; ++i) ++done[i];
    });
    CHECK(whole);
    return std::count_if(done.begin(), done.end(), [](const auto& n) { return n == 1; });
  };
  CHECK(ThreadPool::lent() == nullptr);
  CHECK(count_of(1000, 16) == 1000);  // at once
  ThreadPool pool(3);
  {
    const ThreadPool::Lent lent(&pool);
    CHECK(ThreadPool::lent() == &pool);
    for (const int count : {0, 1, 16, 17, 1000}) CHECK(count_of(count, 16) == count);
    // Within a piece there is nobody left to share with.
    std::atomic<bool> alone = true;
    ShareOut(100, 1, [&](int, int) { alone = alone && ThreadPool::lent() == nullptr; });
    CHECK(alone);
    CHECK(ThreadPool::lent() == &pool);
    CHECK_THROWS_WITH(ShareOut(100, 1,
                               [](int begin, int) {
                                 if (begin > 50) throw std::runtime_error("tired");
                               }),
                      "tired");
  }
  CHECK(ThreadPool::lent() == nullptr);
}

}  // namespace
}  // namespace flyball
