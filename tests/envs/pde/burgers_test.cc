#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <memory>
#include <numeric>
#include <vector>

#include "envs/core/policy.h"
#include "envs/core/vector_env.h"
#include "physics/numeric/error.h"
#include "tests/physics/field/burgers_solver.h"

namespace flyball {
namespace {

using Catch::Contains;

std::unique_ptr<VectorEnv> MakeEnv(Options options, int rows = 1, int threads = 1) {
  VectorEnvSettings settings;
  settings.num_envs = rows;
  settings.threads = threads;
  settings.seed = 3;
  options.emplace("dtype", "float64");
  return VectorEnv::Make("PDE-burgers-v1", options, settings);
}

std::vector<double> FieldOf(const VectorEnv& env, int row = 0) {
  std::vector<double> field(env.spec().state_size());
  env.ReadState(row, field);
  return field;
}

double MeanOf(const std::vector<double>& field) {
  return std::accumulate(field.begin(), field.end(), 0.0) / static_cast<double>(field.size());
}

void SetActions(VectorEnv& env, double value) {
  double* action = env.columns().action.as<double>();
  std::fill_n(action, env.num_envs() * env.spec().action_size(), value);
}

double Reward(VectorEnv& env, int row = 0) { return env.columns().reward.as<double>()[row]; }

TEST_CASE("the environment solves the equation", "[pde]") {
  // Hopf and Cole's solution over half a second; the steps are accurate to about 1e-9 here.
  const double nu = 0.02;
  for (const char* preset : {"default", "controlgym"}) {
    auto env = MakeEnv(
        {{"preset", preset}, {"n", 128}, {"diffusivity_constant", nu}, {"sensor_noise_cov", 0.0}});
    env->Reset({}, {}, {{"field", ColeHopf(128, nu, 0.9, 0.0)}});
    SetActions(*env, 0.0);
    for (int t = 0; t < 10; ++t) env->Step();
    CHECK(MaxDifference(FieldOf(*env), ColeHopf(128, nu, 0.9, 0.5)) < 1e-8);
  }
}

TEST_CASE("a force moves the mean, whatever else the field does", "[pde]") {
  // d(mean)/dt = width times the sum of actions.
  auto env = MakeEnv({{"sensor_noise_cov", 0.0}});
  env->Reset();
  const double before = MeanOf(FieldOf(*env));
  SetActions(*env, -0.5);
  for (int t = 0; t < 4; ++t) env->Step();
  CHECK(MeanOf(FieldOf(*env)) - before == Approx(-0.5 * 8 * 0.1 * 4 * 0.05).epsilon(1e-9));
}

TEST_CASE("rewards and noise do not depend on the grid", "[pde]") {
  double coarse = 0.0;
  for (const int n : {256, 512}) {
    auto env = MakeEnv({{"n", n}, {"integration_time", 0.001}, {"sensor_noise_cov", 0.0}});
    env->Reset(std::vector<uint64_t>{4});
    for (int t = 0; t < 20; ++t) {
      SetActions(*env, 0.3 * std::cos(t));
      env->Step();
    }
    const double total = env->columns().episode_return.as<double>()[0];
    if (n == 256) coarse = total;
    if (n == 512) CHECK(total == Approx(coarse).epsilon(1e-5));
  }
  // White noise of intensity s: the mean over the domain gets a variance of s Ts / L in a step.
  for (const int n : {32, 64}) {
    constexpr int kRows = 2000;
    auto env = MakeEnv({{"n", n},
                        {"diffusivity_constant", 0.1},
                        {"process_noise_cov", 0.02},
                        {"control_sup_width", 0.3},
                        {"n_action", 2},
                        {"sensor_noise_cov", 0.0},
                        {"sample_time", 0.02}},
                       kRows);
    env->Reset({}, {}, {{"field", std::vector<double>(n, 0.0)}});
    SetActions(*env, 0.0);
    env->Step();
    double square = 0.0;
    for (int row = 0; row < kRows; ++row) square += std::pow(MeanOf(FieldOf(*env, row)), 2);
    // Five standard deviations of the estimate.
    CHECK(square / kRows == Approx(0.02 * 0.02).epsilon(5 * std::sqrt(2.0 / kRows)));
  }
}

TEST_CASE("the default step is resolved under full push and pull", "[pde]") {
  std::vector<double> fields[2];
  for (const bool fine : {false, true}) {
    auto env = MakeEnv({{"integration_time", fine ? 0.001 : 0.002}, {"sensor_noise_cov", 0.0}});
    env->Reset(std::vector<uint64_t>{1});
    for (int t = 0; t < 100; ++t) {
      for (int i = 0; i < 8; ++i) {
        env->columns().action.as<double>()[i] = (t / 25 + i) % 2 ? -1.0 : 1.0;
      }
      env->Step();
      REQUIRE(env->status()[0] == RowStatus::kOk);
    }
    fields[fine] = FieldOf(*env);
  }
  CHECK(MaxDifference(fields[0], fields[1]) < 1e-5);
}

TEST_CASE("a regulated field is cheaper than one left alone", "[pde][lqr]") {
  for (const char* preset : {"default", "controlgym"}) {
    for (const double target : {0.0, 0.4}) {
      double totals[2];
      for (const bool regulated : {false, true}) {
        auto env = MakeEnv(
            {{"preset", preset}, {"sensor_noise_cov", 0.0}, {"target_state", List{target}}});
        auto lqr = MakePolicy("lqr", env->spec());
        lqr->Resize(1);
        env->Reset(std::vector<uint64_t>{2});
        std::vector<double> action(8, 0.0);
        for (uint32_t t = 0; t < 100; ++t) {
          const std::vector<double> field = FieldOf(*env);
          PolicyInput input;
          input.state = field;
          input.step = t;
          if (regulated) lqr->Act(0, input, action);
          std::copy(action.begin(), action.end(), env->columns().action.as<double>());
          env->Step();
        }
        totals[regulated] = env->columns().episode_return.as<double>()[0];
      }
      CAPTURE(preset, target, totals[0], totals[1]);
      CHECK(totals[1] > 0.7 * totals[0]);  // both are negative: less than seven tenths of the cost
    }
  }
}

TEST_CASE("a field does not depend on its company", "[pde]") {
  for (const char* preset : {"default", "controlgym"}) {
    const Options options = {{"preset", preset},
                             {"n", 64},
                             {"diffusivity_constant", 0.01},
                             {"control_sup_width", 0.12},
                             {"process_noise_cov", 1e-4}};
    auto many = MakeEnv(options, 19, 2);
    many->Reset(std::vector<uint64_t>{40});
    for (int t = 0; t < 5; ++t) {
      SetActions(*many, 0.2 * t);
      many->Step();
    }
    for (const int row : {0, 9, 18}) {
      auto one = MakeEnv(options);
      one->Reset(std::vector<uint64_t>{40 + static_cast<uint64_t>(row)});
      for (int t = 0; t < 5; ++t) {
        SetActions(*one, 0.2 * t);
        one->Step();
      }
      CHECK(FieldOf(*one) == FieldOf(*many, row));
      CHECK(Reward(*one) == Reward(*many, row));
      for (int i = 0; i < 10; ++i) {
        CHECK(one->columns().observation[0].as<double>()[i] ==
              many->columns().observation[0].as<double>()[row * 10 + i]);
      }
    }
  }
}

TEST_CASE("a field that blows up does not reach its neighbours", "[pde]") {
  auto env = MakeEnv({{"preset", "controlgym"}, {"n", 32}}, 20);
  auto healthy = MakeEnv({{"preset", "controlgym"}, {"n", 32}}, 20);
  env->Reset();
  healthy->Reset();
  SetActions(*env, 0.1);
  SetActions(*healthy, 0.1);
  for (int i = 0; i < 8; ++i) env->columns().action.as<double>()[7 * 8 + i] = i % 2 ? 1e9 : -1e9;
  env->Step();
  healthy->Step();
  CHECK(env->status()[7] == RowStatus::kDiverged);
  CHECK(env->columns().truncated.as<uint8_t>()[7] == 1);
  for (const int row : {6, 8}) CHECK(FieldOf(*env, row) == FieldOf(*healthy, row));
}

TEST_CASE("bad input to a field environment is refused", "[pde]") {
  CHECK_THROWS_WITH(MakeEnv({{"n", 255}}), Contains("'n' is 255"));
  CHECK_THROWS_AS(MakeEnv({{"n", 4}}), InputError);
  CHECK_THROWS_AS(MakeEnv({{"n", 4 * 67}}), InputError);  // no transform of a multiple of 67
  CHECK_THROWS_WITH(MakeEnv({{"n", 64}}), Contains("too small for fronts"));
  CHECK_THROWS_WITH(MakeEnv({{"control_sup_width", 0.2}}), Contains("control_sup_width is 0.2"));
  CHECK_THROWS_WITH(MakeEnv({{"integration_time", 0.1}}), Contains("must not exceed"));
  CHECK_THROWS_WITH(MakeEnv({{"integration_time", 0.01}}), Contains("too long for waves"));
  CHECK_THROWS_AS(MakeEnv({{"integration_time", 1e-9}}), InputError);
  CHECK_THROWS_AS(MakeEnv({{"n_observation", 257}}), InputError);
  CHECK_THROWS_AS(MakeEnv({{"n_action", 0}}), InputError);
  CHECK_THROWS_WITH(MakeEnv({{"target_state", List{1.0, 2.0}}}), Contains("n = 256"));
  CHECK_THROWS_AS(MakeEnv({{"target_state", List{NAN}}}), InputError);
  CHECK_THROWS_AS(MakeEnv({{"init_spread_width", 0.2}}), InputError);
  CHECK_THROWS_AS(MakeEnv({{"diffusivity_constant", 0.0}}), InputError);
  CHECK_THROWS_WITH(MakeEnv({{"viscosity", 0.01}}), Contains("unknown option 'viscosity'"));
  auto env = MakeEnv({});
  CHECK_THROWS_AS(env->Reset({}, {}, {{"field", std::vector<double>(255, 0.0)}}), InputError);
  CHECK_THROWS_AS(env->Reset({}, {}, {{"init_spread", {-0.1}}}), InputError);
  CHECK_THROWS_WITH(env->Reset({}, {}, {{"feild", {0.0}}}), Contains("field"));
  env->Reset();
  SetActions(*env, INFINITY);
  CHECK_THROWS_AS(env->Step(), InputError);
}

}  // namespace
}  // namespace flyball
