#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "envs/core/vector_env.h"
#include "physics/numeric/error.h"
#include "tests/envs/pde/pde_env.h"

namespace flyball {
namespace {

using Catch::Contains;

std::unique_ptr<VectorEnv> MakeCell(const Options& options = {}) {
  return MakePde("rayleigh_benard", options);
}

TEST_CASE("convection left alone carries what the literature says", "[pde][convection]") {
  // One pair of rolls of wave number 3.117 at Ra = 5000: Clever and Busse's 2.116.
  auto env =
      MakeCell({{"nx", 32}, {"nz", 20}, {"length", 2.0158}, {"rayleigh", 5000.0}, {"n_action", 4}});
  env->Reset();
  for (int t = 0; t < 150; ++t) env->Step();
  CHECK(env->columns().info[0].as<double>()[0] == Approx(2.116).epsilon(0.005));
  CHECK(env->columns().reward.as<double>()[0] == -env->columns().info[0].as<double>()[0]);
}

TEST_CASE("heaters that all do the same do nothing", "[pde][convection]") {
  auto even = MakeCell(), idle = MakeCell();
  even->Reset(std::vector<uint64_t>{1});
  idle->Reset(std::vector<uint64_t>{1});
  std::vector<double> a(even->spec().state_size()), b(a);
  for (int t = 0; t < 3; ++t) {
    std::fill_n(even->columns().action.as<double>(), 8, 0.5);
    even->Step();
    idle->Step();
  }
  even->ReadState(0, a);
  idle->ReadState(0, b);
  for (size_t i = 0; i < a.size(); ++i) CHECK(std::abs(a[i] - b[i]) < 1e-9);
  // And one that does more than the others heats what is above it.
  even->columns().action.as<double>()[2] = 0.75;
  idle->Step();
  even->Step();
  even->ReadState(0, a);
  idle->ReadState(0, b);
  CHECK(a[5 * 48 / 16] > b[5 * 48 / 16] + 0.01);  // lowest row, above the third of eight
}

TEST_CASE("a cell does not depend on its company", "[pde][convection]") {
  const Options options = {
      {"sensor_noise_cov", 0.01}, {"nx", 32}, {"nz", 12}, {"n_action", 4}, {"sample_time", 0.2}};
  CheckRowStandsAlone("rayleigh_benard", options, [](int i) { return 0.1 * i; });
}

TEST_CASE("bad input to a convection cell is refused", "[pde][convection]") {
  CHECK_THROWS_AS(MakeCell({{"nx", 50}}), InputError);
  CHECK_THROWS_WITH(MakeCell({{"integration_time", 2.0}}), Contains("must not exceed"));
  CHECK_THROWS_WITH(MakeCell({{"integration_time", 0.5}}), Contains("too long for waves"));
  CHECK_THROWS_WITH(MakeCell({{"n_action", 40}}), Contains("resolves"));
  CHECK_THROWS_WITH(MakeCell({{"sensors_z", 20}}), Contains("sensors_z"));
  CHECK_THROWS_WITH(MakeCell({{"init_roll_low", 1.0}}), Contains("init_roll_low"));
  auto env = MakeCell();
  CHECK_THROWS_AS(env->Reset({}, {}, {{"field", {1.0}}}), InputError);
  const std::vector<double> none(env->spec().state_size(), NAN);
  CHECK_THROWS_AS(env->Reset({}, {}, {{"field", none}}), InputError);
}

}  // namespace
}  // namespace flyball
