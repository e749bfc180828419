#include "physics/numeric/random.h"

#include <bit>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <vector>

#include "physics/numeric/error.h"

namespace flyball {
namespace {

// FNV-1a over 64-bit words. The expected values below are numpy 2.4.6's, made with
//
//   def fnv(words):
//       h = 0xcbf29ce484222325
//       for w in words: h = ((h ^ int(w)) * 0x100000001b3) % 2**64
//       return h
//   rng = lambda: numpy.random.default_rng(seed)
//   fnv(rng().standard_normal(10**6).view(numpy.uint64))
//   fnv(rng().uniform(-0.3, 1.7, 10**6).view(numpy.uint64))
//   g = rng(); fnv(int(g.integers(a, b)) % 2**64 for i in range(300000) for a, b in (
//       (-5, 1000), (-2**40, 3 * 2**61), (0, 3000000000), (0, 2**32), (7, 8)))
class Hash {
 public:
  void Add(uint64_t word) { hash_ = (hash_ ^ word) * 0x100000001b3ull; }
  void Add(double value) { Add(std::bit_cast<uint64_t>(value)); }
  uint64_t value() const { return hash_; }

 private:
  uint64_t hash_ = 0xcbf29ce484222325ull;
};

struct Expected {
  uint64_t seed, normal, uniform, integers;
};
constexpr Expected kExpected[] = {
    {0, 0x34263581aeed4943, 0xade3bf6743b8b7a7, 0x61a504792c830d6f},
    {1, 0xd162458c9a73046b, 0x617b1fcbe4ff624b, 0x501ae836c9ac92d4},
    {uint64_t{1} << 32, 0xa78bb9fd5c47e597, 0x6749b3aab9c97fd1, 0xbfaf3422f139602e},
    {~uint64_t{0}, 0x6539be7ef9b8bdce, 0x4e27937ca75f17e9, 0xb51d7053d904edb1},
};

TEST_CASE("Rng draws numpy's normals, uniforms and integers", "[random]") {
  for (const Expected& expected : kExpected) {
    CAPTURE(expected.seed);
    Hash normal;
    Rng a(expected.seed);
    for (int i = 0; i < 1000000; ++i) normal.Add(a.Normal());
    CHECK(normal.value() == expected.normal);

    Hash uniform;
    Rng b(expected.seed);
    for (int i = 0; i < 1000000; ++i) uniform.Add(b.Uniform(-0.3, 1.7));
    CHECK(uniform.value() == expected.uniform);

    // The five ranges take the 32-bit, the 64-bit, the rejecting, the whole-word and the empty
    // path.
    Hash integers;
    Rng c(expected.seed);
    for (int i = 0; i < 300000; ++i) {
      integers.Add(static_cast<uint64_t>(c.Integers(-5, 1000)));
      integers.Add(static_cast<uint64_t>(c.Integers(-(int64_t{1} << 40), int64_t{3} << 61)));
      integers.Add(static_cast<uint64_t>(c.Integers(0, 3000000000)));
      integers.Add(static_cast<uint64_t>(c.Integers(0, int64_t{1} << 32)));
      integers.Add(static_cast<uint64_t>(c.Integers(7, 8)));
    }
    CHECK(integers.value() == expected.integers);
  }
}

TEST_CASE("Rng's first numbers are numpy's", "[random]") {
  // numpy.random.default_rng(0): random(2), then standard_normal(), of fresh generators
  Rng random(0);
  CHECK(random.Random() == 0.6369616873214543);
  CHECK(random.Random() == 0.2697867137638703);
  CHECK(Rng(0).Normal() == 0.1257302210933933);
  CHECK(Rng(0).Normal(2.0, 0.5) == 2.0 + 0.5 * 0.1257302210933933);
  // The widest range of all is a whole word less one value.
  Rng wide(3);
  bool negative = false, positive = false;
  for (int i = 0; i < 100; ++i) {
    const int64_t value =
        wide.Integers(std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max());
    (value < 0 ? negative : positive) = true;
  }
  CHECK((negative && positive));
}

TEST_CASE("numbers drawn together or left out are those drawn one by one", "[random]") {
  for (const int count : {0, 1, 2, 7, 8, 9, 16, 1000}) {
    CAPTURE(count);
    Rng one(77), together(77), past(77);
    std::vector<double> expected(count), drawn(count);
    one.NextU32();  // half a number waits: neither takes it
    together.NextU32();
    past.NextU32();
    for (double& x : expected) x = one.Random();
    together.Random(drawn);
    past.Skip(count);
    CHECK(drawn == expected);
    for (Rng* other : {&together, &past}) {
      Rng copy = one;
      CHECK(other->NextU32() == copy.NextU32());
      CHECK(other->NextU64() == copy.NextU64());
    }
  }
}

TEST_CASE("SeedSequence is numpy's", "[random]") {
  // [SeedSequence(s, spawn_key=(i,)).generate_state(1, uint64)[0] for i in range(4)]
  CHECK(SpawnSeeds(0, 4) == std::vector<uint64_t>{8668861027912758289u, 4881901421217228719u,
                                                  16452687389592421897u, 13238389300853459902u});
  CHECK(SpawnSeeds(~uint64_t{0}, 2) ==
        std::vector<uint64_t>{14031750673298188677u, 15591386231082554480u});

  // q = SeedSequence(2**32); q.spawn(2); q.spawn(2)[1].spawn(1)[0].generate_state(5)
  SeedSequence parent(uint64_t{1} << 32);
  parent.Spawn(2);
  std::vector<SeedSequence> children = parent.Spawn(2);
  CHECK(children[1].Spawn(1)[0].GenerateState32(5) ==
        std::vector<uint32_t>{2055127337, 3195889104, 3097709024, 1421529909, 1470962266});

  // SeedSequence([1, 2, 3, 4, 5, 6]).generate_state(3, uint64): more words than the pool holds
  const uint32_t words[] = {1, 2, 3, 4, 5, 6};
  CHECK(SeedSequence(std::span<const uint32_t>(words)).GenerateState64(3) ==
        std::vector<uint64_t>{16991237094181161505u, 14981931853785751691u, 11178459300072584630u});
}

TEST_CASE("A restored Rng goes on as if never stopped, half words included", "[random]") {
  Rng rng(7);
  rng.Normal();
  rng.NextU32();  // leaves a buffered half
  std::vector<std::byte> saved;
  StateSaver saver(saved);
  rng.VisitState(saver);
  std::vector<uint64_t> first;
  for (int i = 0; i < 5; ++i) first.push_back(rng.NextU32()), first.push_back(rng.NextU64());

  Rng other(99);
  StateLoader loader(saved);
  other.VisitState(loader);
  CHECK(loader.remaining() == 0);
  for (size_t i = 0; i < first.size(); i += 2) {
    CHECK(other.NextU32() == first[i]);
    CHECK(other.NextU64() == first[i + 1]);
  }
}

TEST_CASE("Rng refuses what has no distribution", "[random]") {
  Rng rng(0);
  CHECK_THROWS_AS(rng.Integers(3, 3), InputError);
  CHECK_THROWS_AS(rng.Normal(0, -1), InputError);
  CHECK_THROWS_AS(rng.Normal(0, std::nan("")), InputError);
  CHECK_THROWS_AS(rng.Uniform(0, HUGE_VAL), InputError);
}

}  // namespace
}  // namespace flyball
