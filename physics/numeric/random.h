// Random numbers of resets: numpy's, bit for bit, so that a peer's seed gives the peer's start.
// (Noise of steps is counter-based: philox.h.)
#ifndef FLYBALL_PHYSICS_NUMERIC_RANDOM_H_
#define FLYBALL_PHYSICS_NUMERIC_RANDOM_H_

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "physics/numeric/state_visitor.h"

namespace flyball {

// numpy.random.SeedSequence: spreads an integer of any size, and a place in a tree of children,
// over as many well mixed words as are asked for.
class SeedSequence {
 public:
  // SeedSequence(entropy, spawn_key=spawn_key); entries of the key may be any 64-bit number.
  explicit SeedSequence(uint64_t entropy, std::span<const uint64_t> spawn_key = {});
  // The same for a larger integer, as 32-bit words, the lowest first (an array of words in numpy).
  explicit SeedSequence(std::span<const uint32_t> entropy,
                        std::span<const uint64_t> spawn_key = {});

  // generate_state(count, numpy.uint32 | numpy.uint64)
  std::vector<uint32_t> GenerateState32(int count) const;
  std::vector<uint64_t> GenerateState64(int count) const;

  // The next `count` children; later calls go on counting, as numpy's spawn does.
  std::vector<SeedSequence> Spawn(int count);

 private:
  void Mix();

  std::vector<uint32_t> entropy_;
  std::vector<uint64_t> spawn_key_;
  uint64_t num_spawned_ = 0;
  std::array<uint32_t, 4> pool_ = {};
};

// Element i = SeedSequence(seed, spawn_key=(i,)).generate_state(1, uint64)[0]: n independent seeds.
std::vector<uint64_t> SpawnSeeds(uint64_t seed, int n);

// numpy.random.default_rng(seed): PCG64 (XSL-RR, 128 bits of state) and Generator's distributions.
class Rng {
 public:
  explicit Rng(uint64_t seed) : Rng(SeedSequence(seed)) {}
  explicit Rng(const SeedSequence& seed);

  uint64_t NextU64();
  // Low half of a fresh number, then its high half.
  uint32_t NextU32();

  // In [0, 1), multiples of 2^-53.
  double Random();
  // The next numbers, as many calls of Random() would give them, in less time.
  void Random(std::span<double> out);
  // Goes on as if Random() had been called `count` times; eight take the time of one or two.
  void Skip(int count);
  // low + (high - low) * Random(); throws InputError if the bounds or their difference overflow.
  double Uniform(double low, double high);
  // Standard normal.
  double Normal();
  // mean + standard_deviation * Normal(); throws InputError if the deviation is negative.
  double Normal(double mean, double standard_deviation);
  // In [low, high); throws InputError if that is empty.
  int64_t Integers(int64_t low, int64_t high);

  void VisitState(StateVisitor& visitor);

 private:
  uint64_t Below64(uint64_t most);  // in [0, most]
  uint32_t Below32(uint32_t most);

  // All 128-bit numbers as high and low halves, so that the state is plain data everywhere.
  uint64_t state_high_ = 0, state_low_ = 0;
  uint64_t increment_high_ = 0, increment_low_ = 0;
  uint64_t has_half_ = 0;  // whether half_ waits for the next NextU32
  uint64_t half_ = 0;
};

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_NUMERIC_RANDOM_H_
