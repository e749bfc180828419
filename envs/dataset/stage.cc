#include "envs/dataset/stage.h"

#include <algorithm>
#include <cstring>
#include <type_traits>

namespace flyball::dataset {
namespace {

using Kind = Source::Kind;

// A copy of a few bytes, without a call: by sixteens, the last of which overlap; or by less.
inline void CopyShort(std::byte* to, const std::byte* from, size_t size) {
  const auto overlapping = [&]<size_t kSize>(std::integral_constant<size_t, kSize>) {
    for (size_t at = 0; at + kSize <= size; at += kSize) std::memcpy(to + at, from + at, kSize);
    std::memcpy(to + size - kSize, from + size - kSize, kSize);
  };
  if (size >= 16) return overlapping(std::integral_constant<size_t, 16>());
  if (size >= 4) return overlapping(std::integral_constant<size_t, 4>());
  for (size_t i = 0; i < size; ++i) to[i] = from[i];
}

// `count` pieces of `size` bytes that lie `stride` apart, one after the other. The most usual sizes
// are known to the compiler.
template <size_t kSize>
void GatherSized(std::byte* to, const std::byte* from, size_t stride, int count) {
  for (int i = 0; i < count; ++i) std::memcpy(to + i * kSize, from + i * stride, kSize);
}

void Gather(std::byte* to, const std::byte* from, size_t size, size_t stride, int count) {
  constexpr size_t kShort = 256;
  if (size == 1) return GatherSized<1>(to, from, stride, count);
  if (size == 8) return GatherSized<8>(to, from, stride, count);
  if (size == 16) return GatherSized<16>(to, from, stride, count);
  for (int i = 0; i < count; ++i, to += size, from += stride) {
    size <= kShort ? CopyShort(to, from, size) : void(std::memcpy(to, from, size));
  }
}

}  // namespace

Stage::Stage(Tap& tap, bool choices)
    : tap_(tap), choices_(choices), num_rows_(tap.env().num_envs()), begin_(num_rows_),
      truncated_(tap.schema().Find("truncated")), end_reason_(tap.schema().Find("end_reason")),
      commanded_(tap.schema().action.field, num_rows_) {
  // Enough steps for runs to be worth it, few enough for the second cache; of pictures, one.
  constexpr size_t kBytes = 256 << 10, kMostSteps = 32;
  const size_t bytes = tap.schema().bytes_per_step() * num_rows_;
  most_steps_ = static_cast<int>(std::clamp<size_t>(kBytes / bytes, 1, kMostSteps));
  for (size_t i = 0; i < tap.schema().columns.size(); ++i) {
    const bool left_out = !choices && tap.sources()[i].of_policy();
    row_bytes_.push_back(left_out ? 0 : tap.schema().columns[i].field.bytes());
    stage_.emplace_back(row_bytes_.back() * num_rows_ * most_steps_);
    if (tap.sources()[i].kind == Kind::kNamedState) named_.push_back(i);
  }
}

void Stage::Take(const Choices& choices) {
  for (size_t i = 0; i < stage_.size(); ++i) {
    const Source& source = tap_.sources()[i];
    if (source.kind != Kind::kColumn) continue;
    std::memcpy(Place(i, steps_), source.column->row(0), num_rows_ * row_bytes_[i]);
  }
  std::byte* cut = Place(truncated_, steps_);
  std::byte* reasons = Place(end_reason_, steps_);
  for (int row = 0; row < num_rows_; ++row) {
    const EndReason reason = tap_.ReasonFor(row);
    cut[row] = static_cast<std::byte>(Tap::IsCut(reason));
    reasons[row] = static_cast<std::byte>(reason);
  }
  TakeNamedStates();
  if (choices_) TakeChoices(choices);
  ++steps_;
}

void Stage::TakeNamedStates() {
  if (named_.empty()) return;
  for (int row = 0; row < num_rows_; ++row) {
    const auto* state = reinterpret_cast<const std::byte*>(tap_.NamedState(row).data());
    for (const size_t i : named_) {
      std::memcpy(Place(i, steps_) + row * row_bytes_[i], state, row_bytes_[i]);
      state += row_bytes_[i];
    }
  }
}

void Stage::TakeChoices(const Choices& choices) {
  for (size_t i = 0; i < stage_.size(); ++i) {
    std::byte* place = Place(i, steps_);
    const Kind kind = tap_.sources()[i].kind;
    if (kind == Kind::kLogProbability) {
      std::memcpy(place, choices.log_probabilities.data(), choices.log_probabilities.size_bytes());
    }
    for (int row = 0; row < num_rows_ && kind == Kind::kPolicyId; ++row) {
      const int64_t policy = choices.policies[row];
      std::memcpy(place + row * sizeof(policy), &policy, sizeof(policy));
    }
    if (kind != Kind::kCommandedAction) continue;
    const size_t size = choices.actions.size() / num_rows_;
    for (int row = 0; row < num_rows_; ++row) {
      commanded_.WriteRow(row, choices.actions.subspan(row * size, size));
    }
    std::memcpy(place, commanded_.row(0), num_rows_ * row_bytes_[i]);
  }
}

void Stage::HandOver(int row, Episode& episode) {
  const int begin = begin_[row], count = steps_ - begin;
  begin_[row] = steps_;
  for (size_t i = 0; i < stage_.size() && count > 0; ++i) {
    const size_t size = row_bytes_[i], at = episode.columns[i].size();
    if (size == 0) continue;  // a field of no numbers
    episode.columns[i].resize(at + count * size);
    Gather(episode.columns[i].data() + at, Place(i, begin) + row * size, size, num_rows_ * size,
           count);
  }
}

void Stage::Clear() {
  steps_ = 0;
  std::fill(begin_.begin(), begin_.end(), 0);
}

}  // namespace flyball::dataset
