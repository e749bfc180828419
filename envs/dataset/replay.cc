// Playing stored episodes again. Each starts from its seed, goes on from every stored full state,
// takes the stored actions, and must show the same bits everywhere.
#include <algorithm>
#include <cstring>
#include <string>

#include "envs/dataset/tap.h"
#include "envs/dataset/verify.h"
#include "physics/numeric/error.h"

namespace flyball::dataset {
namespace {

using Bytes = std::span<const std::byte>;

bool Same(Bytes a, Bytes b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size()) == 0);
}

// The numbers of a column's row, for reports.
std::vector<double> Numbers(const Field& field, Bytes bytes) {
  Column column(field, 1);
  std::memcpy(column.row(0), bytes.data(), bytes.size());
  std::vector<double> numbers(field.size());
  column.ReadRow(0, numbers);
  return numbers;
}

// One row's place in the episode it replays.
struct Track {
  const Episode* stored = nullptr;  // null: nothing to do
  Episode again;                    // what is seen now: only the latest row of each column
  size_t next_state = 0;            // the stored full state that comes next
};

class Replayer {
 public:
  Replayer(const Layout& layout, int rows)
      : layout_(layout), env_(MakeEnv(layout.plan, rows)), tap_(*env_, layout.plan),
        action_(layout.schema.Find("action")), tracks_(rows) {}

  std::vector<Problem> Run(std::span<const Episode> episodes) {
    const int num_rows = env_->num_envs();
    std::vector<uint64_t> seeds(num_rows, layout_.plan.seed);
    std::vector<uint8_t> fresh(num_rows);
    env_->Reset(seeds);
    size_t next = 0;
    while (true) {
      // Free rows take the next episodes.
      for (int row = 0; row < num_rows; ++row) {
        fresh[row] = !tracks_[row].stored && next < episodes.size();
        if (!fresh[row]) continue;
        tracks_[row] = {.stored = &episodes[next++]};
        seeds[row] = tracks_[row].stored->seed;
      }
      if (std::count(fresh.begin(), fresh.end(), 1)) env_->Reset(seeds, fresh);
      for (int row = 0; row < num_rows; ++row) {
        if (fresh[row]) Compare(row, 0);
      }

      bool any = false;
      for (int row = 0; row < num_rows; ++row) any |= Act(row);
      if (!any && next == episodes.size()) break;
      if (!any) continue;
      env_->Step();
      for (int row = 0; row < num_rows; ++row) {
        if (tracks_[row].stored) Compare(row, tracks_[row].again.length + 1);
      }
    }
    std::stable_sort(problems_.begin(), problems_.end(),
                     [](const Problem& a, const Problem& b) { return a.episode < b.episode; });
    return std::move(problems_);
  }

 private:
  // Puts the stored action of the row's next step, or a harmless one. False: nothing to do.
  bool Act(int row) {
    Column& column = env_->columns().action;
    const Track& track = tracks_[row];
    if (!track.stored) {
      column.WriteRow(row, idle_);
      return false;
    }
    const Bytes action = track.stored->row(layout_.schema, action_, track.again.length);
    std::memcpy(column.row(row), action.data(), action.size());
    return true;
  }

  // The row has been reset (length 0) or has made step `length` - 1.
  void Compare(int row, int64_t length) {
    Track& track = tracks_[row];
    const Episode& stored = *track.stored;
    Episode& again = track.again;
    again.columns.assign(layout_.schema.columns.size(), {});
    again.length = length - 1;
    if (length > 0) tap_.AppendStep(row, nullptr, again);
    again.length = length;
    tap_.AppendState(row, again);

    for (size_t i = 0; i < layout_.schema.columns.size(); ++i) {
      const ColumnSchema& column = layout_.schema.columns[i];
      if ((!column.per_state && length == 0) || column.of_policy()) continue;
      const Bytes was = stored.row(layout_.schema, i, column.per_state ? length : length - 1);
      if (Same(was, again.columns[i])) continue;
      return Fail(row, length, Difference(column, was, again.columns[i]));
    }
    const bool ended = length > 0 && env_->columns().ended.as<uint8_t>()[row];
    if (ended != (length == stored.length)) {
      return Fail(row, length,
                  ended ? "it ends here, and goes on in the file"
                        : "it goes on, and ends here in the file");
    }
    if (track.next_state < stored.state_steps.size() &&
        stored.state_steps[track.next_state] == length) {
      if (!CompareFullState(row, stored.state(track.next_state), length)) return;
      ++track.next_state;
    }
    if (length == stored.length) track.stored = nullptr;
  }

  // The full state reached must be the stored one; the stored one is gone on from.
  bool CompareFullState(int row, Bytes stored, int64_t length) {
    if (!Same(env_->Save(row), stored)) {
      Fail(row, length,
           length == 0 ? "the stored state is not the one its seed gives"
                       : "the state reached is not the stored one");
      return false;
    }
    try {
      env_->Load(row, stored);
    } catch (const Error& error) {
      Fail(row, length, std::string("the stored state cannot be restored: ") + error.what());
      return false;
    }
    return true;
  }

  static std::string Difference(const ColumnSchema& column, Bytes was, Bytes is) {
    const std::vector<double> old_numbers = Numbers(column.field, was);
    const std::vector<double> numbers = Numbers(column.field, is);
    const size_t size = column.field.bytes() / std::max<size_t>(numbers.size(), 1);
    for (size_t k = 0; k < numbers.size(); ++k) {
      if (Same(was.subspan(k * size, size), is.subspan(k * size, size))) continue;
      return column.name + "[" + std::to_string(k) + "] is " + Value(old_numbers[k]).ToJson() +
             " in the file and " + Value(numbers[k]).ToJson() + " in the replay";
    }
    return column.name + " differs";
  }

  // Step: the one that was made last; the start counts as step 0.
  void Fail(int row, int64_t length, const std::string& what) {
    const int64_t episode = tracks_[row].stored->index, step = std::max<int64_t>(length - 1, 0);
    problems_.push_back({.episode = episode,
                         .step = step,
                         .text = "replay diverges at episode " + std::to_string(episode) +
                                 ", step " + std::to_string(step) +
                                 (length == 0 ? " (its start)" : "") + ": " + what});
    tracks_[row].stored = nullptr;
  }

  const Layout& layout_;
  std::unique_ptr<VectorEnv> env_;
  Tap tap_;
  size_t action_;
  std::vector<Track> tracks_;
  std::vector<double> idle_ = std::vector<double>(env_->spec().action_size(), 0.0);
  std::vector<Problem> problems_;
};

}  // namespace

std::vector<Problem> Replay(const Layout& layout, std::span<const Episode> episodes, int rows) {
  if (episodes.empty()) return {};
  return Replayer(layout, rows).Run(episodes);
}

}  // namespace flyball::dataset
