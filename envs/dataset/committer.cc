#include "envs/dataset/committer.h"

#include <iterator>

namespace flyball::dataset {

Committer::Committer(Writer& writer) : writer_(writer), thread_([this] { Work(); }) {}

Committer::~Committer() {
  {
    const std::lock_guard guard(mutex_);
    done_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

std::vector<Episode> Committer::Put(int64_t shard, std::vector<Episode> episodes) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return !waiting_ || failure_; });
  ThrowFailure();
  waiting_.emplace(shard, std::move(episodes));
  changed_.notify_all();
  return std::exchange(written_, {});
}

void Committer::Finish() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return (!waiting_ && !busy_) || failure_; });
  ThrowFailure();
}

void Committer::ThrowFailure() {
  if (failure_) std::rethrow_exception(failure_);
}

void Committer::Work() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return waiting_ || done_; });
    if (!waiting_) return;
    auto [shard, episodes] = std::move(*waiting_);
    waiting_.reset();
    busy_ = true;
    changed_.notify_all();
    lock.unlock();
    std::exception_ptr thrown;
    try {
      writer_.Commit(shard, episodes);
    } catch (...) {
      thrown = std::current_exception();
    }
    lock.lock();
    if (written_.empty()) {
      written_ = std::move(episodes);
    } else {
      std::move(episodes.begin(), episodes.end(), std::back_inserter(written_));
    }
    busy_ = false;
    if (thrown) {
      failure_ = thrown;
      waiting_.reset();
    }
    changed_.notify_all();
    if (thrown) return;
  }
}

}  // namespace flyball::dataset
