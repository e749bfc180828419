// Playing stored episodes again. Each starts from its seed, goes on from every stored full state,
// takes the stored actions, and must show the same bits everywhere.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <utility>

#include "envs/dataset/relabel.h"
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
  std::shared_ptr<const Episode> stored = nullptr;  // null: nothing to do
  int64_t length = 0;                               // steps made
  size_t next_state = 0;                            // the stored full state that comes next
};

// A column that is compared, and where the environment has it.
struct Watched {
  size_t column = 0;
  Source source = {};
  bool per_state = false;
  size_t bytes = 0;     // of a row
  size_t in_state = 0;  // kNamedState: bytes before it in the flattened state
};

}  // namespace

class Replay::Impl {
 public:
  Impl(const Layout& layout, int rows, double tolerance)
      : layout_(layout), tolerance_(tolerance), env_(MakeEnv(layout.plan, rows)),
        tap_(*env_, layout.plan), action_(layout.schema.Find("action")), tracks_(rows) {
    // All but what the policy says, and rewards that a function has given.
    size_t in_state = 0;
    for (size_t i = 0; i < layout.schema.columns.size(); ++i) {
      const ColumnSchema& column = layout.schema.columns[i];
      const Source& source = tap_.sources()[i];
      const size_t bytes = column.field.bytes();
      const bool named = source.kind == Source::Kind::kNamedState;
      if (!source.of_policy() && !(column.name.ends_with("reward") && HasOwnReward(layout.origin)))
        watched_.push_back({i, source, column.per_state, bytes, named ? in_state : 0});
      if (named) in_state += bytes;
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
        if (fresh[row]) Compare(row, 0);
      }

      bool any = false;
      for (int row = 0; row < num_rows; ++row) any |= Act(row);
      if (!any && !more) break;
      if (!any) continue;
      env_->Step();
      for (int row = 0; row < num_rows; ++row) {
        if (tracks_[row].stored) Compare(row, tracks_[row].length + 1);
      }
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
    const Bytes action = track.stored->row(layout_.schema, action_, track.length);
    std::memcpy(column.row(row), action.data(), action.size());
    return true;
  }

  // The row has been reset (length 0) or has made step `length` - 1.
  void Compare(int row, int64_t length) {
    Track& track = tracks_[row];
    const std::shared_ptr<const Episode> held = track.stored;  // to the end, whatever happens
    const Episode& stored = *held;
    track.length = length;
    // Of another build or machine, the stored start counts, not what it makes of the seed.
    const bool from_stored = tolerance_ > 0.0 && !stored.state_steps.empty();
    if (length == 0 && from_stored && !LoadFullState(row, stored.state(0), length)) return;

    const EndReason reason = length > 0 ? tap_.ReasonFor(row) : EndReason::kGoesOn;
    const bool ended = length > 0 && env_->columns().ended.as<uint8_t>()[row];
    const bool cut = !ended && length == stored.length && EndsWithoutTask(stored);
    const auto* state = reinterpret_cast<const std::byte*>(tap_.NamedState(row).data());
    for (const Watched& watched : watched_) {
      if (!watched.per_state && length == 0) continue;
      std::byte flag{};
      const std::byte* seen = &flag;
      switch (watched.source.kind) {
        case Source::Kind::kEndReason:
          if (cut) continue;
          flag = static_cast<std::byte>(reason);
          break;
        case Source::Kind::kTruncated:
          if (cut) continue;
          flag = static_cast<std::byte>(Tap::IsCut(reason));
          break;
        case Source::Kind::kNamedState:
          seen = state + watched.in_state;
          break;
        default:
          seen = watched.source.column->row(row);
      }
      const Bytes is(seen, watched.bytes);
      const Bytes was =
          Bytes(stored.columns[watched.column])
              .subspan((watched.per_state ? length : length - 1) * watched.bytes, watched.bytes);
      const ColumnSchema& column = layout_.schema.columns[watched.column];
      if (Same(was, is) || Near(column.field, was, is)) continue;
      return Fail(row, length, Difference(column, was, is));
    }
    if (!cut && ended != (length == stored.length)) {
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

  // A relabelled episode may end where the old one did although the task goes on.
  bool EndsWithoutTask(const Episode& stored) const {
    const size_t reason = layout_.schema.Find("end_reason");
    return IsRelabelled(layout_.origin) &&
           static_cast<EndReason>(stored.columns[reason].back()) == EndReason::kTaskCut;
  }

  // The full state reached must be the stored one, which is gone on from. To a tolerance, that is
  // said of the physical state; the rest of a full state has no sizes to compare.
  bool CompareFullState(int row, Bytes stored, int64_t length) {
    bool same = tolerance_ > 0.0 || Same(env_->Save(row), stored);
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

  bool LoadFullState(int row, Bytes stored, int64_t length) {
    try {
      env_->Load(row, stored);
    } catch (const Error& error) {
      Fail(row, length, std::string("the stored state cannot be restored: ") + error.what());
      return false;
    }
    return true;
  }

  bool Near(const Field& field, Bytes was, Bytes is) const {
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

  std::string Difference(const ColumnSchema& column, Bytes was, Bytes is) const {
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
