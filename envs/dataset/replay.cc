// Playing stored episodes again. Each starts from its seed, goes on from every stored full state,
// takes the stored actions, and must show the same bits everywhere.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <utility>

#include "envs/dataset/relabel.h"
#include "envs/dataset/stage.h"
#include "envs/dataset/tap.h"
#include "envs/dataset/verify.h"
#include "physics/numeric/error.h"

namespace flyball::dataset {
namespace {

using ByteSpan = std::span<const std::byte>;

bool Same(ByteSpan a, ByteSpan b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size()) == 0);
}

// The numbers of a column's row, for reports.
std::vector<double> Numbers(const Field& field, ByteSpan bytes) {
  Column column(field, 1);
  std::memcpy(column.row(0), bytes.data(), bytes.size());
  std::vector<double> numbers(field.size());
  column.ReadRow(0, numbers);
  return numbers;
}

// One row's place in the episode it replays.
struct Track {
  std::shared_ptr<const Episode> stored = nullptr;  // null: nothing to do
  int64_t length = 0;                               // steps made
  int64_t compared = 0;                             // of these
  size_t next_state = 0;                            // the stored full state that comes next
};

// A column that is compared.
struct Watched {
  size_t column = 0;
  bool per_state = false;
  bool ends = false;  // says whether and why the episode ends
  size_t bytes = 0;   // of a row
};

}  // namespace

class Replay::Impl {
 public:
  Impl(const Layout& layout, int rows, double tolerance)
      : layout_(layout), tolerance_(tolerance), env_(MakeEnv(layout.plan, rows)),
        tap_(*env_, layout.plan), stage_(tap_, false), action_(layout.schema.Find("action")),
        tracks_(rows) {
    seen_.columns.resize(layout.schema.columns.size());
    // All but what the policy says, and rewards that a function has given.
    for (size_t i = 0; i < layout.schema.columns.size(); ++i) {
      const ColumnSchema& column = layout.schema.columns[i];
      const Source& source = tap_.sources()[i];
      const bool ends =
          source.kind == Source::Kind::kEndReason || source.kind == Source::Kind::kTruncated;
      if (!source.of_policy() && !(column.name.ends_with("reward") && HasOwnReward(layout.origin)))
        watched_.push_back({i, column.per_state, ends, column.field.bytes()});
    }
  }

  std::vector<Problem> Run(const std::function<std::shared_ptr<const Episode>()>& next) {
    const int num_rows = env_->num_envs();
    std::vector<uint64_t> seeds(num_rows, layout_.plan.seed);
    std::vector<uint8_t> fresh(num_rows);
    std::vector<int64_t> indices(num_rows);
    env_->Reset(seeds);
    bool more = true;
    while (true) {
      // Free rows take the next episodes.
      for (int row = 0; row < num_rows; ++row) {
        fresh[row] = false;
        if (tracks_[row].stored || !more) continue;
        tracks_[row] = {.stored = next()};
        more = tracks_[row].stored != nullptr;
        fresh[row] = more;
        if (!more) continue;
        seeds[row] = tracks_[row].stored->seed;
        indices[row] = tracks_[row].stored->index;
      }
      if (std::count(fresh.begin(), fresh.end(), 1)) {
        ResetOptions start = ForcedStart(layout_.origin, num_rows);
        start.merge(EpisodeOptions(env_->spec(), indices));
        env_->Reset(seeds, fresh, start);
      }
      for (int row = 0; row < num_rows; ++row) {
        if (fresh[row]) Begin(row);
      }

      bool any = false;
      for (int row = 0; row < num_rows; ++row) any |= Act(row);
      if (!any && !more) break;
      if (!any) continue;
      env_->Step();
      stage_.Take();
      for (int row = 0; row < num_rows; ++row) {
        if (tracks_[row].stored) Advance(row);
      }
      if (stage_.full()) stage_.Clear();
    }
    return std::exchange(problems_, {});
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
    const ByteSpan action = track.stored->row(layout_.schema, action_, track.length);
    std::memcpy(column.row(row), action.data(), action.size());
    return true;
  }

  // The row has been reset.
  void Begin(int row) {
    Track& track = tracks_[row];
    const Episode& stored = *track.stored;
    // Of another build or machine, the stored start counts, not what it makes of the seed.
    const bool from_stored = tolerance_ > 0.0 && !stored.state_steps.empty();
    if (from_stored && !LoadFullState(row, stored.state(0), 0)) return;
    stage_.Begin(row);
    ForgetSeen();
    tap_.AppendState(row, seen_);
    for (const Watched& watched : watched_) {
      if (watched.per_state && !CompareRow(row, watched, 0, 0)) return;
    }
    CompareEnds(row, false);
  }

  // The row has made a step. Steps are compared some at a time, column by column, but those up to
  // the episode's end or to a stored full state before that is looked at.
  void Advance(int row) {
    Track& track = tracks_[row];
    const Episode& stored = *track.stored;
    ++track.length;
    const bool ended = env_->columns().ended.as<uint8_t>()[row];
    const bool at_state = track.next_state < stored.state_steps.size() &&
                          stored.state_steps[track.next_state] == track.length;
    const bool at_end = ended || track.length == stored.length;
    if (!at_state && !at_end && !stage_.full()) return;
    const bool cut = !ended && track.length == stored.length && EndsWithoutTask(stored);
    if (!CompareSteps(row, cut)) return;
    if (!cut && ended != (track.length == stored.length)) {
      return Fail(row, track.length,
                  ended ? "it ends here, and goes on in the file"
                        : "it goes on, and ends here in the file");
    }
    CompareEnds(row, at_end);
  }

  // The stored full state at this step, if there is one; and whether there is more to do.
  void CompareEnds(int row, bool at_end) {
    Track& track = tracks_[row];
    const Episode& stored = *track.stored;
    if (track.next_state < stored.state_steps.size() &&
        stored.state_steps[track.next_state] == track.length) {
      if (!CompareFullState(row, stored.state(track.next_state), track.length, at_end)) return;
      ++track.next_state;
    }
    if (at_end || track.length == stored.length) track.stored = nullptr;
  }

  // What the row has shown since it was compared last. Cut: the task does not say that it ends.
  bool CompareSteps(int row, bool cut) {
    Track& track = tracks_[row];
    ForgetSeen();
    stage_.HandOver(row, seen_);
    const int64_t count = track.length - track.compared;
    int64_t first = count;  // that differs
    const Watched* differs = nullptr;
    for (const Watched& watched : watched_) {
      const int64_t rows = std::min(first, count - (cut && watched.ends ? 1 : 0));
      if (rows <= 0 || Same(Seen(watched, 0, rows), Stored(track, watched, 0, rows))) continue;
      for (int64_t i = 0; i < rows; ++i) {
        if (Agrees(watched, Stored(track, watched, i, 1), Seen(watched, i, 1))) continue;
        first = i;
        differs = &watched;
        break;
      }
    }
    if (differs) return CompareRow(row, *differs, first, track.compared + first + 1);
    track.compared = track.length;
    return true;
  }

  // Fails the row if this one differs, the i-th of those seen.
  bool CompareRow(int row, const Watched& watched, int64_t i, int64_t length) {
    const ByteSpan seen = Seen(watched, i, 1);
    const ByteSpan was =
        length > 0 ? Stored(tracks_[row], watched, i, 1)
                   : ByteSpan(tracks_[row].stored->columns[watched.column]).first(watched.bytes);
    if (Agrees(watched, was, seen)) return true;
    Fail(row, length, Difference(layout_.schema.columns[watched.column], was, seen));
    return false;
  }

  bool Agrees(const Watched& watched, ByteSpan was, ByteSpan is) const {
    return Same(was, is) || Near(layout_.schema.columns[watched.column].field, was, is);
  }
  ByteSpan Seen(const Watched& watched, int64_t begin, int64_t rows) const {
    return ByteSpan(seen_.columns[watched.column])
        .subspan(begin * watched.bytes, rows * watched.bytes);
  }
  // Rows after the last that was compared.
  static ByteSpan Stored(const Track& track, const Watched& watched, int64_t begin, int64_t rows) {
    const int64_t at = track.compared + begin + (watched.per_state ? 1 : 0);
    return ByteSpan(track.stored->columns[watched.column])
        .subspan(at * watched.bytes, rows * watched.bytes);
  }
  void ForgetSeen() {
    for (ByteVector& column : seen_.columns) column.clear();
  }

  // A relabelled episode may end where the old one did although the task goes on.
  bool EndsWithoutTask(const Episode& stored) const {
    const size_t reason = layout_.schema.Find("end_reason");
    return IsRelabelled(layout_.origin) &&
           static_cast<EndReason>(stored.columns[reason].back()) == EndReason::kTaskCut;
  }

  // The full state reached must be the stored one, which is gone on from unless the episode is at its
  // end. To a tolerance, that is said of the physical state; the rest of a full state has no sizes
  // to compare.
  bool CompareFullState(int row, ByteSpan stored, int64_t length, bool at_end) {
    bool same = tolerance_ > 0.0 || Same(env_->Save(row), stored);
    if (same && at_end && tolerance_ == 0.0) return true;
    std::vector<double> reached(env_->spec().state_size()), loaded(reached.size());
    if (tolerance_ > 0.0) env_->ReadState(row, reached);
    if (same && !LoadFullState(row, stored, length)) return false;
    if (tolerance_ > 0.0) env_->ReadState(row, loaded);
    for (size_t k = 0; k < reached.size(); ++k) same = same && NearBy(loaded[k], reached[k]);
    if (same) return true;
    Fail(row, length,
         length == 0 ? "the stored state is not the one its seed gives"
                     : "the state reached is not the stored one");
    return false;
  }

  bool LoadFullState(int row, ByteSpan stored, int64_t length) {
    try {
      env_->Load(row, stored);
    } catch (const Error& error) {
      Fail(row, length, std::string("the stored state cannot be restored: ") + error.what());
      return false;
    }
    return true;
  }

  bool Near(const Field& field, ByteSpan was, ByteSpan is) const {
    if (tolerance_ == 0.0) return false;
    const std::vector<double> old_numbers = Numbers(field, was), numbers = Numbers(field, is);
    for (size_t k = 0; k < numbers.size(); ++k) {
      if (!NearBy(old_numbers[k], numbers[k])) return false;
    }
    return true;
  }
  bool NearBy(double a, double b) const {
    if (std::isnan(a) && std::isnan(b)) return true;
    return a == b || std::abs(a - b) <= tolerance_ * std::max({1.0, std::abs(a), std::abs(b)});
  }

  std::string Difference(const ColumnSchema& column, ByteSpan was, ByteSpan is) const {
    const std::vector<double> old_numbers = Numbers(column.field, was);
    const std::vector<double> numbers = Numbers(column.field, is);
    const size_t size = column.field.bytes() / std::max<size_t>(numbers.size(), 1);
    for (size_t k = 0; k < numbers.size(); ++k) {
      if (Same(was.subspan(k * size, size), is.subspan(k * size, size))) continue;
      if (tolerance_ > 0.0 && NearBy(old_numbers[k], numbers[k])) continue;
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
  const double tolerance_;
  std::unique_ptr<VectorEnv> env_;
  Tap tap_;
  Stage stage_;
  Episode seen_;  // of one row: what is compared
  size_t action_;
  std::vector<Watched> watched_;
  std::vector<Track> tracks_;
  std::vector<double> idle_ = std::vector<double>(env_->spec().action_size(), 0.0);
  std::vector<Problem> problems_;
};

Replay::Replay(const Layout& layout, int rows, double tolerance) {
  if (!(tolerance >= 0.0 && std::isfinite(tolerance))) {
    throw InputError("tolerance is " + Value(tolerance).ToJson() + "; 0 or more is allowed");
  }
  impl_ = std::make_unique<Impl>(layout, rows, tolerance);
}

Replay::~Replay() = default;

std::vector<Problem> Replay::Run(const std::function<std::shared_ptr<const Episode>()>& next) {
  return impl_->Run(next);
}

}  // namespace flyball::dataset
