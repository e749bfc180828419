#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <memory>
#include <vector>

#include "envs/core/policy.h"
#include "envs/core/vector_env.h"
#include "envs/linear/linear_setup.h"
#include "physics/linear/riccati.h"
#include "physics/numeric/decompositions.h"
#include "physics/numeric/error.h"
#include "tests/envs/core/row_state.h"

namespace flyball {
namespace {

using Catch::Contains;

std::unique_ptr<VectorEnv> MakeEnv(Options options, int rows = 1, int threads = 1) {
  VectorEnvSettings settings;
  settings.num_envs = rows;
  settings.threads = threads;
  settings.seed = 5;
  options.emplace("dtype", "float64");
  return VectorEnv::Make("Linear-he1-v1", options, settings);
}

void SetActions(VectorEnv& env, double value) {
  double* action = env.columns().action.as<double>();
  std::fill_n(action, env.num_envs() * env.spec().action_size(), value);
}

double Reward(VectorEnv& env, int row = 0) { return env.columns().reward.as<double>()[row]; }
double Measurement(VectorEnv& env, int row = 0) {
  return env.columns().observation[0].as<double>()[row];
}

TEST_CASE("a step is the discretised plant", "[linear]") {
  const LinearPlant plant = LoadPlant("he1");
  const LinearStep step = Discretize(plant, 0.2);
  const Eigen::Vector4d x(0.3, -0.2, 0.1, 0.4);
  const Eigen::Vector2d u(0.5, -1.5), w(0.25, -0.75);
  const Eigen::Vector4d next = step.a * x + step.b1 * w + step.b2 * u;
  const double cost = (plant.c1 * x + plant.d12 * u).squaredNorm();
  for (const bool peer : {false, true}) {
    auto env = MakeEnv({{"preset", peer ? "controlgym" : "default"},
                        {"sample_time", 0.2},
                        {"disturbance", "action"}});
    env->Reset({}, {}, {{"x", {x.begin(), x.end()}}});
    const std::vector<double> action = {u[0], u[1], w[0], w[1]};
    std::copy(action.begin(), action.end(), env->columns().action.as<double>());
    env->Step();
    const std::vector<double> state = StateOf(*env);
    for (int i = 0; i < 4; ++i) CHECK(state[i] == Approx(next[i]).epsilon(1e-14));
    CHECK(Measurement(*env) == Approx((plant.c * (peer ? x : next))(0)).epsilon(1e-14));
    CHECK(Reward(*env) == Approx(-cost * (peer ? 1.0 : 0.2)).epsilon(1e-14));
  }
}

TEST_CASE("he1's regulator is the one on record", "[linear][lqr]") {
  // Recorded from controlgym 1.0.0, whose solver is scipy's.
  const double gain[2][4] = {
      {-1.532968103128262, -0.4425377767501323, 0.14261489160373791, 0.45829328314324247},
      {-1.0987214004273138, 0.19851881555956205, -0.04992390012952652, -0.5399730740099461}};
  const LinearPlant plant = LoadPlant("he1");
  const LinearStep step = Discretize(plant, 0.1);
  const RiccatiSolution solution = SolveDiscreteRiccati(step.a, step.b2, plant.Cost());
  for (int i = 0; i < 2; ++i) {
    for (int j = 0; j < 4; ++j) CHECK(solution.gain(i, j) == Approx(gain[i][j]).epsilon(1e-9));
  }
  CHECK(solution.p.trace() == Approx(7.2531955598484865).epsilon(1e-10));
  CHECK(solution.residual < 1e-14);
}

TEST_CASE("the regulator reaches the cost that it promises", "[linear][lqr]") {
  // Without noise and bounds the return from x is -x'Px (the horizon of 100 s is as good as ever).
  auto env = MakeEnv({{"preset", "controlgym"}, {"noise_cov", 0.0}});
  auto lqr = MakePolicy("lqr", env->spec());
  lqr->Resize(1);
  const std::vector<double> x = {1, -1, 0.5, 2};
  env->Reset({}, {}, {{"x", x}});
  std::vector<double> state = x, action(2);
  for (uint32_t t = 0; t < 1000; ++t) {
    PolicyInput input;
    input.state = state;
    input.step = t;
    lqr->Act(0, input, action);
    std::copy(action.begin(), action.end(), env->columns().action.as<double>());
    env->Step();
    state = StateOf(*env);
  }
  const LinearPlant plant = LoadPlant("he1");
  const LinearStep step = Discretize(plant, 0.1);
  const Matrix p = SolveDiscreteRiccati(step.a, step.b2, plant.Cost()).p;
  const Eigen::Map<const Eigen::Vector4d> start(x.data());
  CHECK(env->columns().episode_return.as<double>()[0] ==
        Approx(-start.dot(p * start)).epsilon(1e-9));
  CHECK(env->columns().truncated.as<uint8_t>()[0] == 1);
  CHECK(env->columns().terminated.as<uint8_t>()[0] == 0);
}

TEST_CASE("default actions are clipped, controlgym's are not", "[linear]") {
  for (const char* preset : {"default", "controlgym"}) {
    auto env = MakeEnv({{"preset", preset}, {"noise_cov", 0.0}, {"action_limit", 0.5}}, 2);
    env->Reset({}, {}, {{"x", {0, 0, 0, 0}}});
    SetActions(*env, 0.5);
    env->columns().action.as<double>()[2] = env->columns().action.as<double>()[3] = 7.0;
    env->Step();
    CHECK((StateOf(*env, 0) == StateOf(*env, 1)) == (std::string(preset) == "default"));
  }
}

TEST_CASE("the disturbance has the variance that is declared", "[linear][noise]") {
  const LinearPlant plant = LoadPlant("he1");
  constexpr int kRows = 2000, kSteps = 10;
  for (const bool peer : {false, true}) {
    for (const double sample_time : {0.1, 0.025}) {
      auto env = MakeEnv({{"preset", peer ? "controlgym" : "default"},
                          {"sample_time", sample_time},
                          {"noise_cov", 0.4}},
                         kRows);
      env->Reset();
      SetActions(*env, 0.0);
      // w is what x+ - A x is along B1.
      const LinearStep step = Discretize(plant, sample_time);
      const Matrix invert = (step.b1.transpose() * step.b1).inverse() * step.b1.transpose();
      double sum = 0.0, square = 0.0, product = 0.0;
      for (int t = 0; t < kSteps; ++t) {
        std::vector<std::vector<double>> before;
        for (int row = 0; row < kRows; ++row) before.push_back(StateOf(*env, row));
        env->Step();
        for (int row = 0; row < kRows; ++row) {
          const std::vector<double> after = StateOf(*env, row);
          const Eigen::Vector4d x(before[row].data()), next(after.data());
          const Eigen::Vector2d w = invert * (next - step.a * x);
          sum += w[0] + w[1];
          square += w.squaredNorm();
          product += w[0] * w[1];
        }
      }
      // Five standard deviations of each estimate.
      const double count = 2.0 * kRows * kSteps;
      const double variance = peer ? 0.4 : 0.4 * 0.1 / sample_time;
      CHECK(std::abs(sum / count) < 5 * std::sqrt(variance / count));
      CHECK(square / count == Approx(variance).epsilon(5 * std::sqrt(2 / count)));
      CHECK(std::abs(product / count * 2) < 5 * variance * std::sqrt(2 / count));
    }
  }
}

TEST_CASE("a row does not depend on its company", "[linear][threads]") {
  for (const char* preset : {"default", "controlgym"}) {
    auto many = MakeEnv({{"preset", preset}}, 37, 2);
    many->Reset(std::vector<uint64_t>{11});
    for (int t = 0; t < 20; ++t) {
      SetActions(*many, 0.1 * t);
      many->Step();
    }
    for (const int row : {0, 17, 36}) {
      auto one = MakeEnv({{"preset", preset}});
      one->Reset(std::vector<uint64_t>{11 + static_cast<uint64_t>(row)});
      for (int t = 0; t < 20; ++t) {
        SetActions(*one, 0.1 * t);
        one->Step();
      }
      CHECK(StateOf(*one) == StateOf(*many, row));
      CHECK(Measurement(*one) == Measurement(*many, row));
      CHECK(Reward(*one) == Reward(*many, row));
    }
  }
}

TEST_CASE("a snapshot goes on as if nothing had happened", "[linear]") {
  auto env = MakeEnv({});
  env->Reset();
  SetActions(*env, 0.3);
  for (int t = 0; t < 7; ++t) env->Step();
  const Snapshot snapshot = env->Save(0);
  const auto run = [&env] {
    std::vector<double> results;
    for (int t = 0; t < 9; ++t) {
      SetActions(*env, 0.3);
      env->Step();
      results.push_back(Reward(*env));
      results.push_back(Measurement(*env));
    }
    return results;
  };
  const std::vector<double> first = run();
  env->Load(0, snapshot);
  CHECK(run() == first);
}

TEST_CASE("an episode is cut at its limits", "[linear]") {
  auto env = MakeEnv({{"noise_cov", 0.0}, {"state_limit", 2.0}});
  env->Reset({}, {}, {{"x", {0, 0, 0, 1.9}}});
  SetActions(*env, 0.0);
  int steps = 0;
  do {
    env->Step();
  } while (!env->columns().truncated.as<uint8_t>()[0] && ++steps < 100);
  CHECK(steps < 100);
  CHECK(env->columns().terminated.as<uint8_t>()[0] == 0);
  auto costly = MakeEnv({{"noise_cov", 0.0}, {"reward_limit", 1e-3}, {"preset", "controlgym"}});
  costly->Reset({}, {}, {{"x", {1, 0, 0, 0}}});
  SetActions(*costly, 0.0);
  costly->Step();
  CHECK(costly->columns().truncated.as<uint8_t>()[0] == 1);
}

TEST_CASE("bad input to a linear environment is refused", "[linear]") {
  CHECK_THROWS_WITH(MakeEnv({{"preset", "controlgm"}}), Contains("did you mean 'controlgym'"));
  CHECK_THROWS_WITH(MakeEnv({{"sample_tme", 0.1}}), Contains("sample_time"));
  CHECK_THROWS_AS(MakeEnv({{"sample_time", 0.0}}), InputError);
  CHECK_THROWS_AS(MakeEnv({{"noise_cov", -1.0}}), InputError);
  CHECK_THROWS_AS(MakeEnv({{"noise_cov", "much"}}), InputError);
  CHECK_THROWS_WITH(MakeEnv({{"init_state", List{1.0, 2.0}}}), Contains("he1 has 4 states"));
  CHECK_THROWS_AS(MakeEnv({{"init_state", List{1.0, 2.0, NAN, 0.0}}}), InputError);
  auto env = MakeEnv({});
  CHECK_THROWS_AS(env->Reset({}, {}, {{"x", {1, 2, 3}}}), InputError);
  CHECK_THROWS_AS(env->Reset({}, {}, {{"x", {1, 2, 3, INFINITY}}}), InputError);
  CHECK_THROWS_WITH(env->Reset({}, {}, {{"y", {1}}}), Contains("'x'"));
  env->Reset();
  SetActions(*env, NAN);
  CHECK_THROWS_AS(env->Step(), InputError);
}

}  // namespace
}  // namespace flyball
