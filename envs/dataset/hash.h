// Content hashes: XXH3 of 128 bits, which reads memory faster than zstd writes it. It guards against
// damage and mistakes, not against forgery.
#ifndef FLYBALL_ENVS_DATASET_HASH_H_
#define FLYBALL_ENVS_DATASET_HASH_H_

#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace flyball::dataset {

struct Hash128 {
  uint64_t high = 0, low = 0;
  auto operator<=>(const Hash128&) const = default;
  std::string hex() const;  // 32 digits, the order `xxhsum -H2` prints
};

Hash128 HashOf(std::span<const std::byte> bytes);
Hash128 HashOf(std::string_view text);

// Of bytes that come in pieces.
class Hasher {
 public:
  Hasher();
  ~Hasher();
  void Add(std::span<const std::byte> bytes);
  void Add(std::string_view text);  // its length first, so that two texts cannot be confused
  void Add(uint64_t number);        // little-endian, as all numbers in datasets are
  Hash128 Finish();

 private:
  struct State;
  void Flush();

  std::vector<std::byte> waiting_;  // small pieces are hashed together
  std::unique_ptr<State> state_;    // null: nothing but what waits
};

}  // namespace flyball::dataset

#endif  // FLYBALL_ENVS_DATASET_HASH_H_
