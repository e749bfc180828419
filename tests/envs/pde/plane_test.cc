#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <memory>
#include <numbers>
#include <string>
#include <vector>

#include "envs/core/vector_env.h"
#include "physics/numeric/error.h"
#include "tests/envs/pde/pde_env.h"

namespace flyball {
namespace {

using Catch::Contains;

double Info(VectorEnv& env, int field, int row = 0) {
  return env.columns().info[field].as<double>()[row];
}

TEST_CASE("the even flow under the force is a place of rest", "[pde][plane]") {
  // u = force / (nu m^2 + drag) sin(m y): no cost there, and at a Reynolds number this low it stays.
  auto env = MakePde("kolmogorov_flow", {{"n", 32}, {"viscosity", 0.2}});
  const double speed = 1.0 / (0.2 * 16 + 0.1);
  std::vector<double> vorticity(32 * 32);
  for (int row = 0; row < 32; ++row) {
    for (int j = 0; j < 32; ++j) {
      vorticity[row * 32 + j] = -4 * speed * std::cos(4 * 2 * std::numbers::pi * row / 32);
    }
  }
  env->Reset({}, {}, {{"field", vorticity}});
  for (int t = 0; t < 20; ++t) env->Step();
  CHECK(env->columns().reward.as<double>()[0] == Approx(0.0).margin(1e-20));
  CHECK(Info(*env, 2) == Approx(0.25 * speed * speed).epsilon(1e-12));
  // From rest it is approached at the rate of its own mode.
  env->Reset({}, {}, {{"field", std::vector<double>(32 * 32, 0.0)}});
  for (int t = 0; t < 6; ++t) env->Step();
  const double risen = 1 - std::exp(-(0.2 * 16 + 0.1) * 0.5);
  CHECK(Info(*env, 2) == Approx(0.25 * speed * speed * risen * risen).epsilon(1e-9));
}

TEST_CASE("the first flow has the speed that was asked for", "[pde][plane]") {
  for (const char* name : {"kolmogorov_flow", "burgers_2d"}) {
    auto env = MakePde(name);
    env->Reset({}, {}, {{"init_speed", {0.8}}});
    // Phases are random: the mean square varies by its waves' products only, which vanish.
    CHECK(Info(*env, 2) == Approx(0.5 * 0.64).epsilon(1e-9));
  }
}

TEST_CASE("actuators push where they are", "[pde][plane]") {
  auto env = MakePde("burgers_2d", {{"sensors", 4}});
  env->Reset({}, {}, {{"field", std::vector<double>(2 * 48 * 48, 0.0)}});
  env->columns().action.as<double>()[5] = 1.0;  // along x, second row, second column
  env->Step();
  const double* seen = env->columns().observation[0].as<double>();
  for (int i = 0; i < 32; ++i) {
    // A bell of variance w^2 / 2 pi spreads while it is pushed: the mean of 1 / (1 + 2 nu s / var).
    const double spread = 2 * 0.01 * 0.05 / (0.01 / (2 * std::numbers::pi));
    if (i == 5) CHECK(seen[i] == Approx(0.05 * std::log1p(spread) / spread).epsilon(1e-3));
    if (i != 5) CHECK(std::abs(seen[i]) < 1e-3);
  }
}

TEST_CASE("default steps resolve the flows", "[pde][plane]") {
  for (const std::string name : {"kolmogorov_flow", "burgers_2d"}) {
    std::vector<double> fields[2];
    for (const bool fine : {false, true}) {
      Options options;
      if (fine) options["integration_time"] = name == "burgers_2d" ? 0.0025 : 0.01;
      auto env = MakePde(name, options);
      env->Reset(std::vector<uint64_t>{1});
      for (int t = 0; t < 10; ++t) {
        const auto high = env->spec().action.field.high();
        for (size_t i = 0; i < high.size(); ++i) {
          env->columns().action.as<double>()[i] = i % 2 ? -high[i] : high[i];
        }
        env->Step();
        REQUIRE(env->status()[0] == RowStatus::kOk);
      }
      fields[fine].resize(env->spec().state_size());
      env->ReadState(0, fields[fine]);
    }
    double error = 0.0, size = 0.0;
    for (size_t i = 0; i < fields[0].size(); ++i) {
      error = std::max(error, std::abs(fields[0][i] - fields[1][i]));
      size = std::max(size, std::abs(fields[1][i]));
    }
    CAPTURE(name, error / size);
    CHECK(error < 1e-3 * size);
  }
}

TEST_CASE("a plane row does not depend on its company", "[pde][plane]") {
  const Options options = {{"n", 32}, {"sensor_noise_cov", 0.01}, {"integration_time", 0.01}};
  for (const char* name : {"kolmogorov_flow", "burgers_2d"}) {
    CAPTURE(name);
    CheckRowStandsAlone(name, options, [](int) { return 0.3; });
  }
}

TEST_CASE("bad input to a plane flow is refused", "[pde][plane]") {
  CHECK_THROWS_AS(MakePde("kolmogorov_flow", {{"n", 66}}), InputError);
  CHECK_THROWS_WITH(MakePde("kolmogorov_flow", {{"force_waves", 22}}), Contains("force_waves"));
  CHECK_THROWS_WITH(MakePde("kolmogorov_flow", {{"integration_time", 0.1}, {"n", 256}}),
                    Contains("too long for waves"));
  CHECK_THROWS_WITH(MakePde("burgers_2d", {{"integration_time", 1.0}}),
                    Contains("must not exceed"));
  CHECK_THROWS_WITH(MakePde("burgers_2d", {{"actuator_width", 0.01}}), Contains("resolves"));
  CHECK_THROWS_WITH(MakePde("burgers_2d", {{"sensors", 65}}), Contains("at most n = 48"));
  CHECK_THROWS_WITH(MakePde("burgers_2d", {{"init_speed_low", 5.0}}), Contains("init_speed_low"));
  auto env = MakePde("burgers_2d");
  CHECK_THROWS_AS(env->Reset({}, {}, {{"field", {1.0}}}), InputError);
  CHECK_THROWS_AS(env->Reset({}, {}, {{"field", std::vector<double>(2 * 48 * 48, NAN)}}),
                  InputError);
}

TEST_CASE("a flow that blows up ends its row with a status", "[pde][plane]") {
  for (const char* name : {"kolmogorov_flow", "burgers_2d"}) {
    CAPTURE(name);
    auto env = MakePde(name, {}, 3);
    env->Reset();
    auto fast = MakePde(name, {}, 3);
    // Waves too fast for the step, in the second row alone.
    std::vector<double> field(env->spec().state_size());
    env->ReadState(1, field);
    for (double& u : field) u *= 1e4;
    fast->Reset();
    const std::vector<uint8_t> second = {0, 1, 0};
    fast->Reset({}, second, {{"field", field}});
    bool ended = false;
    for (int t = 0; t < 20 && !ended; ++t) {
      fast->Step();
      for (int i = 0; i < 3 * fast->spec().observation_size(); ++i) {
        CHECK(std::isfinite(fast->columns().observation[0].as<double>()[i]));
      }
      ended = fast->status()[1] == RowStatus::kDiverged;
      CHECK(fast->status()[0] == RowStatus::kOk);
      CHECK(fast->status()[2] == RowStatus::kOk);
    }
    CHECK(ended);
    CHECK(fast->columns().truncated.as<uint8_t>()[1] == 1);
  }
}

}  // namespace
}  // namespace flyball
