#include "physics/numeric/philox.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <set>
#include <vector>

#include "physics/numeric/isa.h"
#include "tests/physics/numeric/philox_probe.h"

namespace flyball {
namespace {

TEST_CASE("Philox4x32-10 gives the published vectors", "[philox]") {
  // Random123's kat_vectors: counter, key, result
  const uint32_t vectors[3][10] = {
      {0, 0, 0, 0, 0, 0, 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8},
      {0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0x408f276d,
       0x41c83b0e, 0xa20bc7c6, 0x6d5451fd},
      {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0, 0xd16cfe09,
       0x94fdcceb, 0x5001e420, 0x24126ea1}};
  for (const auto& vector : vectors) {
    uint64_t counter[4] = {vector[0], vector[1], vector[2], vector[3]};
    philox::Rounds<uint64_t>(counter, vector[4], vector[5]);
    for (int i = 0; i < 4; ++i) CHECK(static_cast<uint32_t>(counter[i]) == vector[6 + i]);
  }
}

TEST_CASE("Noise has the same bits at every width and instruction set", "[philox]") {
  constexpr int kRows = 48 * 500;
  std::vector<double> expected(4 * kRows), actual(4 * kRows);
  flyball_kernel_philox_probe_base(1, expected.data(), kRows);
  for (const int width : {3, 8, 16}) {
    flyball_kernel_philox_probe_base(width, actual.data(), kRows);
    CHECK(actual == expected);
  }
#if defined(FLYBALL_HAS_V3)
  for (const int width : {1, 3, 8, 16}) {
    if (BestIsa() < Isa::kV3) continue;
    flyball_kernel_philox_probe_v3(width, actual.data(), kRows);
    CHECK(actual == expected);
    if (BestIsa() < Isa::kV4) continue;
    flyball_kernel_philox_probe_v4(width, actual.data(), kRows);
    CHECK(actual == expected);
  }
#endif
}

TEST_CASE("Normals and uniforms have their moments and are not correlated", "[philox]") {
  NoiseKey<double> noise;
  noise.Set(0, 123456789, 2, 17);
  constexpr int kPairs = 500000;
  double sum[4] = {}, cross = 0, serial = 0, previous = 0;
  double uniform_sum = 0, uniform_square = 0, uniform_cross = 0, low = 1, high = 0;
  for (int i = 0; i < kPairs; ++i) {
    double a, b;
    noise.NormalPair(1, i, a, b);
    for (const double x : {a, b}) {
      sum[0] += x, sum[1] += x * x, sum[2] += x * x * x, sum[3] += x * x * x * x;
    }
    cross += a * b;
    serial += a * previous;
    previous = b;
    noise.UniformPair(2, i, a, b);
    for (const double u : {a, b}) {
      uniform_sum += u, uniform_square += u * u;
      low = std::min(low, u), high = std::max(high, u);
    }
    uniform_cross += (a - 0.5) * (b - 0.5);
  }
  // Each bound is five standard deviations of the estimate: for n numbers x^k has variance
  // m_2k - m_k^2, that is 1, 2, 15 and 96 for the normal distribution.
  const double n = 2.0 * kPairs;
  CHECK(std::abs(sum[0] / n) < 5 * std::sqrt(1 / n));
  CHECK(std::abs(sum[1] / n - 1) < 5 * std::sqrt(2 / n));
  CHECK(std::abs(sum[2] / n) < 5 * std::sqrt(15 / n));
  CHECK(std::abs(sum[3] / n - 3) < 5 * std::sqrt(96 / n));
  CHECK(std::abs(cross / kPairs) < 5 * std::sqrt(1.0 / kPairs));
  CHECK(std::abs(serial / kPairs) < 5 * std::sqrt(1.0 / kPairs));
  // A uniform number has variance 1/12, its square 4/45, a product of two centred ones 1/144.
  CHECK(std::abs(uniform_sum / n - 0.5) < 5 * std::sqrt(1 / (12 * n)));
  CHECK(std::abs(uniform_square / n - 1.0 / 3) < 5 * std::sqrt(4 / (45 * n)));
  CHECK(std::abs(uniform_cross / kPairs) < 5 / (12 * std::sqrt(1.0 * kPairs)));
  CHECK(low >= 0);
  CHECK(low < 1e-4);  // the least of 10^6 is below 10^-4 but for a chance of e^-100
  CHECK(high < 1);
  CHECK(high > 1 - 1e-4);
}

TEST_CASE("Every part of the key and of the counter changes the draw", "[philox]") {
  std::set<double> seen;
  const auto draw = [&](uint64_t seed, uint32_t episode, uint32_t step, uint32_t stream,
                        uint32_t number) {
    NoiseKey<double> noise;
    noise.Set(0, seed, episode, step);
    seen.insert(noise.Uniform(stream, number));
  };
  draw(1, 2, 3, 4, 5);
  draw(2, 2, 3, 4, 5);
  draw(1 + (uint64_t{1} << 32), 2, 3, 4, 5);
  draw(1, 3, 3, 4, 5);
  draw(1, 2, 4, 4, 5);
  draw(1, 2, 3, 5, 5);
  draw(1, 2, 3, 4, 6);
  CHECK(seen.size() == 7);
  draw(1, 2, 3, 4, 5);
  CHECK(seen.size() == 7);
}

TEST_CASE("Normals fills spans of any length with the pairs in order", "[philox]") {
  NoiseKey<Lanes<8>> noise;
  for (int lane = 0; lane < 8; ++lane) noise.Set(lane, lane, 1, 1);
  Lanes<8> out[5], a, b;
  noise.Normals(3, out);
  noise.NormalPair(3, 1, a, b);
  CHECK(AllOf(out[2] == a));
  CHECK(AllOf(out[3] == b));
  CHECK(AllOf(out[4] == noise.Normal(3, 2)));
  CHECK(AllOf(Abs(out[0]) < 8.5));
}

}  // namespace
}  // namespace flyball
