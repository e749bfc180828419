#include "envs/dataset/hash.h"

#include <bit>
#include <cstdio>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace flyball::dataset {

static_assert(std::endian::native == std::endian::little, "datasets are little-endian");

std::string Hash128::hex() const {
  char text[33];
  std::snprintf(text, sizeof(text), "%016llx%016llx", static_cast<unsigned long long>(high),
                static_cast<unsigned long long>(low));
  return text;
}

Hash128 HashOf(std::span<const std::byte> bytes) {
  const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
  return {.high = hash.high64, .low = hash.low64};
}

Hash128 HashOf(std::string_view text) { return HashOf(std::as_bytes(std::span(text))); }

// The library wants its state aligned to a cache line, which the type itself asks for.
struct Hasher::State {
  XXH3_state_t xxh3;
};

// Bytes: an episode of a few steps.
constexpr size_t kMostWaiting = 8 << 10;

Hasher::Hasher() { waiting_.reserve(kMostWaiting); }

Hasher::~Hasher() = default;

void Hasher::Add(std::span<const std::byte> bytes) {
  if (waiting_.size() + bytes.size() > kMostWaiting) Flush();
  if (bytes.size() > kMostWaiting) {
    XXH3_128bits_update(&state_->xxh3, bytes.data(), bytes.size());
  } else {
    waiting_.insert(waiting_.end(), bytes.begin(), bytes.end());
  }
}

void Hasher::Flush() {
  if (!state_) {
    state_ = std::make_unique<State>();
    XXH3_128bits_reset(&state_->xxh3);
  }
  XXH3_128bits_update(&state_->xxh3, waiting_.data(), waiting_.size());
  waiting_.clear();
}

void Hasher::Add(std::string_view text) {
  Add(static_cast<uint64_t>(text.size()));
  Add(std::as_bytes(std::span(text)));
}

void Hasher::Add(uint64_t number) { Add(std::as_bytes(std::span(&number, 1))); }

Hash128 Hasher::Finish() {
  if (!state_) return HashOf(waiting_);
  Flush();
  const XXH128_hash_t hash = XXH3_128bits_digest(&state_->xxh3);
  return {.high = hash.high64, .low = hash.low64};
}

}  // namespace flyball::dataset
