#include "physics/numeric/random.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <string>

#include "physics/numeric/error.h"
#include "physics/numeric/lanes.h"
#include "physics/numeric/ziggurat.h"

namespace flyball {
namespace {

// ---- SeedSequence's mixer (M. E. O'Neill's seed_seq_fe with numpy's constants) ----

constexpr uint32_t kInitA = 0x43b0d7e5, kMultiplyA = 0x931e8875;
constexpr uint32_t kInitB = 0x8b51f9dd, kMultiplyB = 0x58f38ded;
constexpr uint32_t kMixLeft = 0xca01f9dd, kMixRight = 0x4973f715;

uint32_t HashMix(uint32_t value, uint32_t& hash) {
  value ^= hash;
  hash *= kMultiplyA;
  value *= hash;
  return value ^ (value >> 16);
}

uint32_t Combine(uint32_t x, uint32_t y) {
  const uint32_t result = kMixLeft * x - kMixRight * y;
  return result ^ (result >> 16);
}

// 32-bit words of an integer, the lowest first, at least one.
void AppendWords(uint64_t value, std::vector<uint32_t>& words) {
  words.push_back(static_cast<uint32_t>(value));
  if (value >> 32) words.push_back(static_cast<uint32_t>(value >> 32));
}

// ---- PCG64 ----

__extension__ typedef unsigned __int128 Uint128;

Uint128 Join(uint64_t high, uint64_t low) { return (static_cast<Uint128>(high) << 64) | low; }

constexpr Uint128 kPcgMultiplier =
    (static_cast<Uint128>(2549297995355413924ull) << 64) | 4865540595714422341ull;

// ---- log(1 + x) for -1 < x <= 0 ----

// The reduction and polynomial of the C library that numpy calls, so that the tail of the normals
// has numpy's last bit. Written out since that library fuses products on some processors only, and
// a seed must not depend on the processor; about one normal in ten million then differs by an ulp
// from a numpy that runs on such a one.
double Log1p(double x) {
  constexpr double kLn2High = 0x1.62e42feep-1, kLn2Low = 0x1.a39ef35793c76p-33;
  constexpr double kC[] = {0x1.5555555555593p-1, 0x1.999999997fa04p-2, 0x1.2492494229359p-2,
                           0x1.c71c51d8e78afp-3, 0x1.7466496cb03dep-3, 0x1.39a09d078c69fp-3,
                           0x1.2f112df3e5244p-3};
  if (x > -0x1p-54) return x;
  if (x > -0x1p-29) return x - x * x * 0.5;

  // 1 + x = 2^k (1 + f) with f in about (-0.29, 0.41); `lost` is what rounding 1 + x left out.
  double k = 0, f = x, lost = 0;
  bool tiny = false;
  if (x < -0x1.2bec4p-2) {
    const double u = 1 + x;
    const uint64_t bits = std::bit_cast<uint64_t>(u);
    int64_t exponent = static_cast<int64_t>(bits >> 52) - 1023;
    lost = (x - (u - 1)) / u;
    uint64_t fraction = bits & 0x000fffffffffffff;
    uint64_t high = fraction >> 32;
    const bool upper = high >= 0x6a09e;  // above sqrt(2)
    if (upper) ++exponent;
    f = std::bit_cast<double>(fraction | (upper ? 0x3fe0000000000000u : 0x3ff0000000000000u)) - 1;
    k = static_cast<double>(exponent);
    tiny = (upper ? (0x00100000 - high) >> 2 : high) == 0;
  }
  const double half_square = 0.5 * f * f;
  if (tiny) {
    if (f == 0) return k * kLn2High + (lost + k * kLn2Low);
    const double r = half_square * (1.0 - 0.66666666666666666 * f);
    return k * kLn2High - ((r - (k * kLn2Low + lost)) - f);
  }
  const double s = f / (2.0 + f), z = s * s, z2 = z * z, z4 = z2 * z2, z6 = z4 * z2;
  const double r =
      z * kC[0] + z2 * (kC[1] + z * kC[2]) + z4 * (kC[3] + z * kC[4]) + z6 * (kC[5] + z * kC[6]);
  if (k == 0) return f - (half_square - s * (half_square + r));
  return k * kLn2High - ((half_square - (s * (half_square + r) + (k * kLn2Low + lost))) - f);
}

}  // namespace

SeedSequence::SeedSequence(uint64_t entropy, std::span<const uint64_t> spawn_key)
    : spawn_key_(spawn_key.begin(), spawn_key.end()) {
  AppendWords(entropy, entropy_);
  Mix();
}

SeedSequence::SeedSequence(std::span<const uint32_t> entropy, std::span<const uint64_t> spawn_key)
    : entropy_(entropy.begin(), entropy.end()), spawn_key_(spawn_key.begin(), spawn_key.end()) {
  Mix();
}

void SeedSequence::Mix() {
  // The key follows the entropy; short entropy is padded so that no key can pass for entropy.
  std::vector<uint32_t> words = entropy_;
  if (!spawn_key_.empty() && words.size() < pool_.size()) words.resize(pool_.size());
  for (const uint64_t key : spawn_key_) AppendWords(key, words);

  uint32_t hash = kInitA;
  for (size_t i = 0; i < pool_.size(); ++i) {
    pool_[i] = HashMix(i < words.size() ? words[i] : 0, hash);
  }
  for (size_t source = 0; source < pool_.size(); ++source) {
    for (size_t target = 0; target < pool_.size(); ++target) {
      if (source != target) pool_[target] = Combine(pool_[target], HashMix(pool_[source], hash));
    }
  }
  for (size_t source = pool_.size(); source < words.size(); ++source) {
    for (uint32_t& target : pool_) target = Combine(target, HashMix(words[source], hash));
  }
}

std::vector<uint32_t> SeedSequence::GenerateState32(int count) const {
  std::vector<uint32_t> state(count);
  uint32_t hash = kInitB;
  for (int i = 0; i < count; ++i) {
    uint32_t value = pool_[i % pool_.size()] ^ hash;
    hash *= kMultiplyB;
    value *= hash;
    state[i] = value ^ (value >> 16);
  }
  return state;
}

std::vector<uint64_t> SeedSequence::GenerateState64(int count) const {
  const std::vector<uint32_t> halves = GenerateState32(2 * count);
  std::vector<uint64_t> state(count);
  for (int i = 0; i < count; ++i) {
    state[i] = halves[2 * i] | (static_cast<uint64_t>(halves[2 * i + 1]) << 32);
  }
  return state;
}

std::vector<SeedSequence> SeedSequence::Spawn(int count) {
  std::vector<SeedSequence> children;
  std::vector<uint64_t> key = spawn_key_;
  key.push_back(0);
  for (int i = 0; i < count; ++i) {
    key.back() = num_spawned_++;
    children.emplace_back(std::span<const uint32_t>(entropy_), key);
  }
  return children;
}

std::vector<uint64_t> SpawnSeeds(uint64_t seed, int n) {
  std::vector<uint64_t> seeds;
  for (int i = 0; i < n; ++i) {
    const uint64_t key[] = {static_cast<uint64_t>(i)};
    seeds.push_back(SeedSequence(seed, key).GenerateState64(1)[0]);
  }
  return seeds;
}

Rng::Rng(const SeedSequence& seed) {
  // Two words choose the place in the stream, two the stream (its odd increment).
  const std::vector<uint64_t> words = seed.GenerateState64(4);
  const Uint128 increment = (Join(words[2], words[3]) << 1) | 1;
  increment_high_ = static_cast<uint64_t>(increment >> 64);
  increment_low_ = static_cast<uint64_t>(increment);
  const Uint128 state = (increment + Join(words[0], words[1])) * kPcgMultiplier + increment;
  state_high_ = static_cast<uint64_t>(state >> 64);
  state_low_ = static_cast<uint64_t>(state);
}

// One step of the generator and what it gives. Not a member: calls of those go through the library's
// table, which took a third of a reset's draws.
static inline uint64_t Next(uint64_t& high, uint64_t& low, Uint128 increment) {
  const Uint128 state = Join(high, low) * kPcgMultiplier + increment;
  high = static_cast<uint64_t>(state >> 64);
  low = static_cast<uint64_t>(state);
  const uint64_t folded = high ^ low;
  const unsigned turn = high >> 58;
  return (folded >> turn) | (folded << (-turn & 63));
}

uint64_t Rng::NextU64() {
  return Next(state_high_, state_low_, Join(increment_high_, increment_low_));
}

uint32_t Rng::NextU32() {
  if (has_half_) {
    has_half_ = 0;
    return static_cast<uint32_t>(half_);
  }
  const uint64_t whole = NextU64();
  has_half_ = 1;
  half_ = whole >> 32;
  return static_cast<uint32_t>(whole);
}

double Rng::Random() {
  const uint64_t bits = Next(state_high_, state_low_, Join(increment_high_, increment_low_));
  return static_cast<double>(bits >> 11) * 0x1p-53;
}

void Rng::Random(std::span<double> out) {
  // The state stays in registers.
  const Uint128 increment = Join(increment_high_, increment_low_);
  uint64_t high = state_high_, low = state_low_;
  for (double& x : out) x = static_cast<double>(Next(high, low, increment) >> 11) * 0x1p-53;
  state_high_ = high, state_low_ = low;
}

void Rng::Skip(int count) {
  // n steps of x -> a x + c are one step, of a^n and (1 + a + ... + a^(n-1)) c.
  struct Leap {
    Uint128 multiplier = 1, sum = 0;
  };
  static constexpr std::array<Leap, 9> kLeaps = [] {
    std::array<Leap, 9> leaps;
    for (size_t n = 1; n < leaps.size(); ++n) {
      leaps[n] = {leaps[n - 1].multiplier * kPcgMultiplier, leaps[n - 1].sum * kPcgMultiplier + 1};
    }
    return leaps;
  }();
  Uint128 state = Join(state_high_, state_low_);
  for (constexpr int kMost = kLeaps.size() - 1; count > 0; count -= kMost) {
    const Leap& leap = kLeaps[std::min(count, kMost)];
    state = state * leap.multiplier + leap.sum * Join(increment_high_, increment_low_);
  }
  state_high_ = static_cast<uint64_t>(state >> 64);
  state_low_ = static_cast<uint64_t>(state);
}

double Rng::Uniform(double low, double high) {
  const double range = high - low;
  if (!std::isfinite(range)) {
    throw InputError("Uniform: bounds [" + std::to_string(low) + ", " + std::to_string(high) +
                     ") must be finite, and so must their difference");
  }
  return low + range * Random();
}

double Rng::Normal() {
  for (;;) {
    // 8 bits choose the layer, one the sign, 52 the place in the layer.
    const uint64_t bits = NextU64();
    const int layer = static_cast<int>(bits & 0xff);
    const bool negative = (bits >> 8) & 1;
    const uint64_t place = (bits >> 9) & 0x000fffffffffffff;
    double x = static_cast<double>(place) * ziggurat::kWidth[layer];
    if (negative) x = -x;
    if (place < ziggurat::kInside[layer]) return x;

    if (layer == 0) {
      // The tail, by Marsaglia's exponential method; its sign comes from the place.
      for (;;) {
        const double xx = -ziggurat::kInverseTailStart * Log1p(-Random());
        const double yy = -Log1p(-Random());
        if (yy + yy > xx * xx) {
          const double tail = ziggurat::kTailStart + xx;
          return ((place >> 8) & 1) ? -tail : tail;
        }
      }
    }
    const double top = ziggurat::kHeight[layer - 1], bottom = ziggurat::kHeight[layer];
    if ((top - bottom) * Random() + bottom < Exp(-0.5 * x * x)) return x;
  }
}

double Rng::Normal(double mean, double standard_deviation) {
  if (!(standard_deviation >= 0)) {
    throw InputError("Normal: standard deviation " + std::to_string(standard_deviation) +
                     " must not be negative");
  }
  return mean + standard_deviation * Normal();
}

// Lemire's method: multiply, keep the high half, reject the few low halves that would bias.
uint32_t Rng::Below32(uint32_t most) {
  const uint32_t count = most + 1;
  uint64_t product = static_cast<uint64_t>(NextU32()) * count;
  if (static_cast<uint32_t>(product) < count) {
    const uint32_t threshold = (std::numeric_limits<uint32_t>::max() - most) % count;
    while (static_cast<uint32_t>(product) < threshold) {
      product = static_cast<uint64_t>(NextU32()) * count;
    }
  }
  return static_cast<uint32_t>(product >> 32);
}

uint64_t Rng::Below64(uint64_t most) {
  const uint64_t count = most + 1;
  Uint128 product = static_cast<Uint128>(NextU64()) * count;
  if (static_cast<uint64_t>(product) < count) {
    const uint64_t threshold = (std::numeric_limits<uint64_t>::max() - most) % count;
    while (static_cast<uint64_t>(product) < threshold) {
      product = static_cast<Uint128>(NextU64()) * count;
    }
  }
  return static_cast<uint64_t>(product >> 64);
}

int64_t Rng::Integers(int64_t low, int64_t high) {
  if (low >= high) {
    throw InputError("Integers: [" + std::to_string(low) + ", " + std::to_string(high) +
                     ") is empty");
  }
  // As numpy: no draw for one value, a 32-bit draw for small ranges, no rejection for whole words.
  const uint64_t most = static_cast<uint64_t>(high) - static_cast<uint64_t>(low) - 1;
  uint64_t offset = 0;
  if (most == 0) {
    offset = 0;
  } else if (most < 0xffffffffu) {
    offset = Below32(static_cast<uint32_t>(most));
  } else if (most == 0xffffffffu) {
    offset = NextU32();
  } else {
    offset = Below64(most);  // most < 2^64 - 1, since high - low < 2^64
  }
  return static_cast<int64_t>(static_cast<uint64_t>(low) + offset);
}

void Rng::VisitState(StateVisitor& visitor) {
  visitor("state_high", state_high_);
  visitor("state_low", state_low_);
  visitor("increment_high", increment_high_);
  visitor("increment_low", increment_low_);
  visitor("has_half", has_half_);
  visitor("half", half_);
}

}  // namespace flyball
