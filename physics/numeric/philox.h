// Counter-based noise for steps: a draw is a pure function of (seed, episode, stream, step, draw),
// so a row's noise does not depend on other rows, on threads, or on how many numbers anybody else
// drew, and a snapshot has nothing to save. Philox4x32-10 of Salmon et al. (Random123, 2011).
#ifndef FLYBALL_PHYSICS_NUMERIC_PHILOX_H_
#define FLYBALL_PHYSICS_NUMERIC_PHILOX_H_

#include <cstdint>
#include <cstring>
#if defined(__SSE2__)
#include <immintrin.h>
#endif
#include <numbers>
#include <span>

#include "physics/numeric/lanes.h"

namespace flyball {

namespace philox {

// Blocks are computed kChunk at a time, each 32-bit word in a 64-bit element, since processors
// multiply 32 x 32 bits to 64 that way. What is in the upper halves does not matter until the end.
#if defined(__AVX512F__)
inline constexpr int kChunk = 8;
#elif defined(__AVX2__)
inline constexpr int kChunk = 4;
#elif defined(__SSE2__)
inline constexpr int kChunk = 2;
#else
inline constexpr int kChunk = 1;
#endif

#if defined(__SSE2__)
typedef unsigned long long Words __attribute__((vector_size(8 * kChunk)));
FLYBALL_INLINE Words Multiply(Words x, uint32_t y) {
  const Words factor = Words{} + y;
#if defined(__AVX512F__)
  return reinterpret_cast<Words>(_mm512_maskz_mul_epu32(0xff, reinterpret_cast<__m512i>(x),
                                                        reinterpret_cast<__m512i>(factor)));
#elif defined(__AVX2__)
  return reinterpret_cast<Words>(
      _mm256_mul_epu32(reinterpret_cast<__m256i>(x), reinterpret_cast<__m256i>(factor)));
#else
  return reinterpret_cast<Words>(
      _mm_mul_epu32(reinterpret_cast<__m128i>(x), reinterpret_cast<__m128i>(factor)));
#endif
}
#else
using Words = uint64_t;
#endif
FLYBALL_INLINE uint64_t Multiply(uint64_t x, uint32_t y) { return (x & 0xffffffffu) * y; }

// Ten rounds on `counter` (word 0 .. 3) under the key; V is uint64_t or Words.
template <class V>
FLYBALL_INLINE void Rounds(V (&counter)[4], V key0, V key1) {
  for (int round = 0; round < 10; ++round) {
    const V product0 = Multiply(counter[0], 0xD2511F53u);
    const V product1 = Multiply(counter[2], 0xCD9E8D57u);
    counter[0] = (product1 >> 32) ^ counter[1] ^ key0;
    counter[1] = product1;
    counter[2] = (product0 >> 32) ^ counter[3] ^ key1;
    counter[3] = product0;
    key0 += 0x9E3779B9u;
    key1 += 0xBB67AE85u;
  }
}

// The bits of a double in [1, 2): 20 random bits of `high`, 32 of `low`.
template <class V>
FLYBALL_INLINE V UnitBits(V high, V low) {
  return ((high << 32) >> 12) | (low & 0xffffffffu) | 0x3ff0000000000000u;
}

}  // namespace philox

// Keys of kWidth<T> rows. A stream is one purpose of noise (a field of one task); draws within it
// are numbered blocks, and each block makes either two uniforms or two normals.
template <class T>
class NoiseKey {
 public:
  // Must be called for each lane. `step` counts control steps of the episode.
  void Set(int lane, uint64_t seed, uint32_t episode, uint32_t step) {
    seed_low_[lane] = static_cast<uint32_t>(seed);
    seed_high_[lane] = seed >> 32;
    episode_[lane] = episode;
    step_[lane] = step;
  }

  // In [0, 1), multiples of 2^-52. The two of a pair are independent; Uniform is the first.
  void UniformPair(uint32_t stream, uint32_t draw, T& a, T& b) const {
    UnitPair(stream, draw, a, b);
    a -= 1.0;
    b -= 1.0;
  }
  T Uniform(uint32_t stream, uint32_t draw) const {
    T a, b;
    UniformPair(stream, draw, a, b);
    return a;
  }

  // Standard normal, by Box and Muller's method; |x| < 8.5.
  void NormalPair(uint32_t stream, uint32_t draw, T& a, T& b) const {
    UnitPair(stream, draw, a, b);
    const T radius = Sqrt(-2.0 * Log(2.0 - a));  // of a number in (0, 1]
    T sine, cosine;
    SinCos((b - 1.0) * (2 * std::numbers::pi), sine, cosine);
    a = radius * cosine;
    b = radius * sine;
  }
  T Normal(uint32_t stream, uint32_t draw) const {
    T a, b;
    NormalPair(stream, draw, a, b);
    return a;
  }
  // Fills `out` with the pairs of draws 0, 1, ... : the cheapest way to many.
  void Normals(uint32_t stream, std::span<T> out) const {
    T unused;
    for (size_t i = 0; i < out.size(); i += 2) {
      NormalPair(stream, static_cast<uint32_t>(i / 2), out[i],
                 i + 1 < out.size() ? out[i + 1] : unused);
    }
  }

 private:
  static constexpr int kPadded = (kWidth<T> + philox::kChunk - 1) / philox::kChunk * philox::kChunk;

  // Two independent uniforms in [1, 2) per lane.
  FLYBALL_INLINE void UnitPair(uint32_t stream, uint32_t draw, T& a, T& b) const {
    if constexpr (kIsLanes<T>) {
      alignas(64) double first[kPadded], second[kPadded];
      for (int lane = 0; lane < kPadded; lane += philox::kChunk) {
        Block<philox::Words>(lane, stream, draw, first, second);
      }
      a = Load<T>(first);
      b = Load<T>(second);
    } else {
      Block<uint64_t>(0, stream, draw, &a, &b);
    }
  }

  template <class V>
  FLYBALL_INLINE void Block(int lane, uint32_t stream, uint32_t draw, double* a, double* b) const {
    const auto load = [lane](const uint64_t* from) __attribute__((always_inline)) {
      V value;
      std::memcpy(&value, from + lane, sizeof(V));
      return value;
    };
    V counter[4] = {load(episode_), V{} + stream, load(step_), V{} + draw};
    philox::Rounds(counter, load(seed_low_), load(seed_high_));
    const V bits_a = philox::UnitBits(counter[1], counter[0]);
    const V bits_b = philox::UnitBits(counter[3], counter[2]);
    std::memcpy(a + lane, &bits_a, sizeof(V));
    std::memcpy(b + lane, &bits_b, sizeof(V));
  }

  alignas(32) uint64_t seed_low_[kPadded] = {};
  alignas(32) uint64_t seed_high_[kPadded] = {};
  alignas(32) uint64_t episode_[kPadded] = {};
  alignas(32) uint64_t step_[kPadded] = {};
};

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_NUMERIC_PHILOX_H_
