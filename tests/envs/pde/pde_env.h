// What tests of fields share.
#ifndef FLYBALL_TESTS_ENVS_PDE_PDE_ENV_H_
#define FLYBALL_TESTS_ENVS_PDE_PDE_ENV_H_

#include <catch2/catch.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "envs/core/vector_env.h"
#include "tests/envs/core/row_state.h"

namespace flyball {

// Rows of PDE-<name>-v1 in double precision, of seed 3.
inline std::unique_ptr<VectorEnv> MakePde(const std::string& name, Options options = {},
                                          int rows = 1) {
  VectorEnvSettings settings;
  settings.num_envs = rows;
  settings.seed = 3;
  options.emplace("dtype", "float64");
  return VectorEnv::Make("PDE-" + name + "-v1", options, settings);
}

// Row 9 of 19 goes the way of an environment of its own with that row's seed. `action(i)`: number i of
// every row's action.
inline void CheckRowStandsAlone(const std::string& name, const Options& options,
                                const std::function<double(int)>& action) {
  constexpr int kRows = 19, kRow = 9;
  const auto many = MakePde(name, options, kRows), one = MakePde(name, options);
  many->Reset(std::vector<uint64_t>{40});
  one->Reset(std::vector<uint64_t>{40 + kRow});
  const int size = many->spec().action_size();
  for (int t = 0; t < 5; ++t) {
    for (int i = 0; i < size; ++i) {
      one->columns().action.as<double>()[i] = action(i);
      for (int row = 0; row < kRows; ++row) {
        many->columns().action.as<double>()[row * size + i] = action(i);
      }
    }
    many->Step();
    one->Step();
  }
  CHECK(StateOf(*many, kRow) == StateOf(*one));
  CHECK(many->columns().reward.as<double>()[kRow] == one->columns().reward.as<double>()[0]);
}

}  // namespace flyball

#endif  // FLYBALL_TESTS_ENVS_PDE_PDE_ENV_H_
