#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <map>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "envs/core/policy.h"
#include "envs/core/registry.h"
#include "envs/core/vector_env.h"
#include "envs/pde/resolution.h"
#include "physics/field/periodic_equation.h"
#include "physics/numeric/error.h"
#include "tests/envs/core/row_state.h"
#include "tests/physics/field/burgers_solver.h"

namespace flyball {
namespace {

using Catch::Contains;

const std::vector<std::string> kEquations = {"convection_diffusion_reaction",
                                             "wave",
                                             "schrodinger",
                                             "burgers",
                                             "kuramoto_sivashinsky",
                                             "fisher",
                                             "allen_cahn",
                                             "korteweg_de_vries",
                                             "cahn_hilliard",
                                             "ginzburg_landau"};

std::unique_ptr<VectorEnv> MakeEnv(Options options, int rows = 1, int threads = 1,
                                   const std::string& equation = "burgers") {
  VectorEnvSettings settings;
  settings.num_envs = rows;
  settings.threads = threads;
  settings.seed = 3;
  options.emplace("dtype", "float64");
  return VectorEnv::Make("PDE-" + equation + "-v1", options, settings);
}

double MeanOf(const std::vector<double>& field) {
  return std::accumulate(field.begin(), field.end(), 0.0) / static_cast<double>(field.size());
}

void SetActions(VectorEnv& env, double value) {
  double* action = env.columns().action.as<double>();
  std::fill_n(action, env.num_envs() * env.spec().action_size(), value);
}

double Reward(VectorEnv& env, int row = 0) { return env.columns().reward.as<double>()[row]; }

// The sum of rewards of so many steps from a reset of seed 2, regulated or left alone.
double ReturnOf(VectorEnv& env, bool regulated, int steps) {
  const auto lqr = MakePolicy("lqr", env.spec());
  lqr->Resize(1);
  env.Reset(std::vector<uint64_t>{2});
  std::vector<double> action(env.spec().action_size(), 0.0);
  for (int t = 0; t < steps; ++t) {
    const std::vector<double> field = StateOf(env);
    PolicyInput input;
    input.state = field;
    input.step = static_cast<uint32_t>(t);
    if (regulated) lqr->Act(0, input, action);
    std::copy(action.begin(), action.end(), env.columns().action.as<double>());
    env.Step();
  }
  return env.columns().episode_return.as<double>()[0];
}

// Half of the longest step that preset default takes.
double FinerStep(const std::string& equation) {
  const std::map<std::string, double> steps = {
      {"burgers", 0.05 / 60},    {"kuramoto_sivashinsky", 0.5 / 32}, {"fisher", 0.025},
      {"allen_cahn", 0.005},     {"korteweg_de_vries", 0.0005},      {"cahn_hilliard", 0.0005},
      {"ginzburg_landau", 0.025}};
  return steps.at(equation);
}

TEST_CASE("the environment solves the equation", "[pde]") {
  // Hopf and Cole's solution over half a second; the steps are accurate to about 1e-9 here.
  const double nu = 0.02;
  for (const char* preset : {"default", "controlgym"}) {
    auto env = MakeEnv(
        {{"preset", preset}, {"n", 128}, {"diffusivity_constant", nu}, {"sensor_noise_cov", 0.0}});
    env->Reset({}, {}, {{"field", ColeHopf(128, nu, 0.9, 0.0)}});
    SetActions(*env, 0.0);
    for (int t = 0; t < 10; ++t) env->Step();
    CHECK(MaxDifference(StateOf(*env), ColeHopf(128, nu, 0.9, 0.5)) < 1e-8);
  }
}

TEST_CASE("a force moves the mean, whatever else the field does", "[pde]") {
  // d(mean)/dt = width times the sum of actions.
  auto env = MakeEnv({{"sensor_noise_cov", 0.0}});
  env->Reset();
  const double before = MeanOf(StateOf(*env));
  SetActions(*env, -0.5);
  for (int t = 0; t < 4; ++t) env->Step();
  CHECK(MeanOf(StateOf(*env)) - before == Approx(-0.5 * 8 * 0.1 * 4 * 0.05).epsilon(1e-9));
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
    for (int row = 0; row < kRows; ++row) square += std::pow(MeanOf(StateOf(*env, row)), 2);
    // Five standard deviations of the estimate.
    CHECK(square / kRows == Approx(0.02 * 0.02).epsilon(5 * std::sqrt(2.0 / kRows)));
  }
}

// Full push and pull, and then nothing, from the first field of seed 1.
void PushAndPull(VectorEnv& env, int t) {
  const double limit = env.spec().action.field.high()[0];
  for (int i = 0; i < 8; ++i) {
    env.columns().action.as<double>()[i] = t >= 75 ? 0.0 : (t / 25 + i) % 2 ? -limit : limit;
  }
  env.Step();
}

TEST_CASE("the default step of every equation is exact to its tolerance under full push and pull",
          "[pde]") {
  for (const std::string& equation : kEquations) {
    if (FindPeriodicEquation(equation).linear()) continue;
    CAPTURE(equation);
    const Options quiet = {{"sensor_noise_cov", 0.0}};
    auto env = MakeEnv(quiet, 1, 1, equation);
    Options finer = quiet;
    finer["integration_time"] = FinerStep(equation);
    auto fine = MakeEnv(finer, 1, 1, equation);
    env->Reset(std::vector<uint64_t>{1});
    double worst = 0.0;
    for (int t = 0; t < env->spec().max_episode_steps && t < 100; ++t) {
      fine->Reset({}, {}, {{"field", StateOf(*env)}});
      PushAndPull(*env, t);
      PushAndPull(*fine, t);
      REQUIRE(env->status()[0] == RowStatus::kOk);
      const std::vector<double> field = StateOf(*fine);
      double size = 0.0;
      for (const double u : field) size = std::max(size, std::abs(u));
      worst = std::max(worst, MaxDifference(StateOf(*env), field) / size);
    }
    CHECK(worst < kStepTolerance);
  }
}

TEST_CASE("halving the cells changes nothing that matters", "[pde]") {
  // The figures of preset default are resolved: what a grid twice as fine sees is the same, to the
  // share of the highest modes (that of a front of Burgers under full push is the largest, 3e-4).
  for (const std::string& equation : kEquations) {
    CAPTURE(equation);
    std::vector<double> fields[2];
    for (const bool fine : {false, true}) {
      const int n = ResolveSpec("PDE-" + equation + "-v1").state_size() * (fine ? 2 : 1);
      auto env = MakeEnv({{"sensor_noise_cov", 0.0}, {"n", n}}, 1, 1, equation);
      env->Reset(std::vector<uint64_t>{1});
      // Chaos: Kuramoto-Sivashinsky forgets its first field in about 10 units of time.
      const int steps = equation == "kuramoto_sivashinsky" ? 10 : 50;
      for (int t = 0; t < steps; ++t) PushAndPull(*env, t);
      for (int j = 0; j < n; j += fine ? 2 : 1) fields[fine].push_back(StateOf(*env)[j]);
    }
    double size = 0.0;
    for (const double u : fields[1]) size = std::max(size, std::abs(u));
    CHECK(MaxDifference(fields[0], fields[1]) < 2e-3 * size);
  }
}

TEST_CASE("a held force is exact in linear equations", "[pde]") {
  // Two steps of half the length under the same force are one step.
  for (const char* equation : {"convection_diffusion_reaction", "wave", "schrodinger"}) {
    const double period = ResolveSpec("PDE-" + std::string(equation) + "-v1").control_period;
    std::vector<double> fields[2];
    for (const int steps : {1, 2}) {
      auto env =
          MakeEnv({{"sensor_noise_cov", 0.0}, {"sample_time", 3 * period / steps}}, 1, 1, equation);
      env->Reset(std::vector<uint64_t>{1});
      for (int t = 0; t < steps; ++t) PushAndPull(*env, 0);
      fields[steps - 1] = StateOf(*env);
    }
    CAPTURE(equation);
    CHECK(MaxDifference(fields[0], fields[1]) < 1e-12);
  }
}

TEST_CASE("unstable figures end a row with a status, never with a number that is none", "[pde]") {
  // Below zero Fisher's equation runs off: from -1 within ln(2) / r.
  auto env = MakeEnv({{"preset", "controlgym"}, {"reaction_constant", 2.0}}, 1, 1, "fisher");
  env->Reset();
  bool ended = false;
  for (int t = 0; t < 20 && !ended; ++t) {
    SetActions(*env, 0.0);
    env->Step();
    for (int i = 0; i < 10; ++i) {
      CHECK(std::isfinite(env->columns().observation[0].as<double>()[i]));
    }
    for (const double u : StateOf(*env)) CHECK(std::isfinite(u));
    CHECK(std::isfinite(Reward(*env)));
    ended = env->columns().truncated.as<uint8_t>()[0] == 1;
    if (ended) CHECK(env->status()[0] == RowStatus::kDiverged);
  }
  CHECK(ended);
}

TEST_CASE("every equation has a regulator that pays", "[pde][lqr]") {
  for (const std::string& equation : kEquations) {
    INFO(equation);
    // On these two domains more waves grow than eight actuators can hold (31 and 33): there the
    // regulator has as many actuators as it takes.
    const bool wide = equation == "kuramoto_sivashinsky" || equation == "ginzburg_landau";
    Options options = {{"sensor_noise_cov", 0.0}};
    if (wide) options.insert({{"n_action", 40}, {"control_sup_width", 0.025}});
    double totals[2];
    for (const bool regulated : {false, true}) {
      auto env = MakeEnv(options, 1, 1, equation);
      totals[regulated] = ReturnOf(*env, regulated, std::min(100, env->spec().max_episode_steps));
    }
    CAPTURE(equation, totals[0], totals[1]);
    CHECK(totals[1] > 0.8 * totals[0]);  // both are negative: less than eight tenths of the cost
  }
}

TEST_CASE("actuators and sensors go where they are told", "[pde]") {
  const List places = {0.25, 0.5};
  auto env = MakeEnv({{"actuator_positions", places},
                      {"sensor_positions", List{0.25, 0.5, 0.75}},
                      {"actuator_shape", "bell"},
                      {"sensor_noise_cov", 0.0}});
  CHECK(env->spec().action_size() == 2);
  env->Reset({}, {}, {{"field", std::vector<double>(256, 0.0)}});
  env->columns().action.as<double>()[0] = 0.5;
  env->Step();
  const double* seen = env->columns().observation[0].as<double>();
  const std::vector<double> field = StateOf(*env);
  CHECK(seen[0] == Approx(field[64]).epsilon(1e-12));
  CHECK(seen[0] > 0.02);
  CHECK(std::abs(seen[1]) < 1e-6);
  // An average of a field that is the same everywhere is that field.
  auto wide = MakeEnv({{"sensor_width", 0.2}, {"sensor_noise_cov", 0.0}});
  wide->Reset({}, {}, {{"field", std::vector<double>(256, 0.75)}});
  CHECK(wide->columns().observation[0].as<double>()[9] == Approx(0.75).epsilon(1e-13));
  CHECK_THROWS_WITH(MakeEnv({{"actuator_positions", List{1.5}}}), Contains("fractions"));
  CHECK_THROWS_WITH(MakeEnv({{"preset", "controlgym"}, {"sensor_positions", List{0.5}}}),
                    Contains("controlgym"));
}

TEST_CASE("a regulated field is cheaper than one left alone", "[pde][lqr]") {
  for (const char* preset : {"default", "controlgym"}) {
    for (const double target : {0.0, 0.4}) {
      double totals[2];
      for (const bool regulated : {false, true}) {
        auto env = MakeEnv(
            {{"preset", preset}, {"sensor_noise_cov", 0.0}, {"target_state", List{target}}});
        totals[regulated] = ReturnOf(*env, regulated, 100);
      }
      CAPTURE(preset, target, totals[0], totals[1]);
      CHECK(totals[1] > 0.7 * totals[0]);  // both are negative: less than seven tenths of the cost
    }
  }
}

TEST_CASE("a field does not depend on its company", "[pde][threads]") {
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
      CHECK(StateOf(*one) == StateOf(*many, row));
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
  for (const int row : {6, 8}) CHECK(StateOf(*env, row) == StateOf(*healthy, row));
}

TEST_CASE("bad input to a field environment is refused", "[pde]") {
  CHECK_THROWS_WITH(MakeEnv({{"n", 255}}), Contains("'n' is 255"));
  CHECK_THROWS_WITH(MakeEnv({{"n", 204}}, 1, 1, "wave"), Contains("multiple of 8"));
  CHECK_THROWS_AS(MakeEnv({{"n", 12}}), InputError);
  CHECK_THROWS_AS(MakeEnv({{"n", 65540}}), InputError);
  CHECK_THROWS_AS(MakeEnv({{"n", 4 * 67}}), InputError);  // no transform of a multiple of 67
  CHECK_THROWS_WITH(MakeEnv({{"control_sup_width", 0.2}}), Contains("control_sup_width is 0.2"));
  CHECK_THROWS_WITH(MakeEnv({{"integration_time", 0.1}}), Contains("must not exceed"));
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
  CHECK_THROWS_AS(env->Reset({}, {}, {{"field", std::vector<double>(256, NAN)}}), InputError);
  CHECK_THROWS_AS(env->Reset({}, {}, {{"init_spread", {-0.1}}}), InputError);
  CHECK_THROWS_WITH(env->Reset({}, {}, {{"feild", {0.0}}}), Contains("field"));
  env->Reset();
  SetActions(*env, INFINITY);
  CHECK_THROWS_AS(env->Step(), InputError);
}

TEST_CASE("what a grid or a step does not resolve is refused before the run", "[pde]") {
  CHECK_THROWS_WITH(MakeEnv({{"diffusivity_constant", 1e-5}}), Contains("'n' is 256, too small"));
  CHECK_THROWS_WITH(MakeEnv({{"integration_time", 0.05}, {"init_amplitude_mean", 20.0}}),
                    Contains("'integration_time' is 0.05 s, too long"));
  CHECK_THROWS_WITH(MakeEnv({{"integration_time", 0.5}}, 1, 1, "kuramoto_sivashinsky"),
                    Contains("'integration_time' is 0.5 s, too long"));
  CHECK_THROWS_WITH(MakeEnv({{"integration_time", 0.01}}, 1, 1, "cahn_hilliard"),
                    Contains("'integration_time' is 0.01 s, too long"));
  CHECK_THROWS_WITH(
      MakeEnv({{"n", 32}, {"control_sup_width", 0.125}, {"n_action", 2}}, 1, 1, "allen_cahn"),
      Contains("control_sup_width"));
  CHECK_THROWS_WITH(MakeEnv({{"n", 64}}, 1, 1, "allen_cahn"), Contains("'n' is 64, too small"));
  // A population below zero runs off to -infinity in no time, whatever the step.
  CHECK_THROWS_WITH(
      MakeEnv({{"init_amplitude_mean", -50.0}, {"reaction_constant", 1.0}}, 1, 1, "fisher"),
      Contains("blows up"));
  // Finer grids and thinner fronts get the steps they need without being asked.
  CHECK_NOTHROW(MakeEnv({{"n", 1024}, {"diffusivity_constant", 5e-4}}));
}

TEST_CASE("every equation runs on grids from 16 to 65536 points", "[pde]") {
  for (const std::string& equation : kEquations) {
    for (const int n : {16, 512, 65536}) {
      CAPTURE(equation, n);
      Options options = {{"preset", "controlgym"},
                         {"n", n},
                         {"n_action", 2},
                         {"n_observation", 4},
                         {"sensor_noise_cov", 0.0}};
      // Two steps of that preset's own length are enough of the finest grid.
      if (n == 65536 && !FindPeriodicEquation(equation).linear()) {
        options.insert({{"integration_time", 1e-5}, {"sample_time", 2e-5}});
      }
      auto env = MakeEnv(options, 1, 1, equation);
      env->Reset();
      SetActions(*env, 0.1);
      env->Step();
      CHECK(env->status()[0] == RowStatus::kOk);
    }
  }
  for (const char* equation : {"fisher", "ginzburg_landau"}) {
    auto env =
        MakeEnv({{"n", 65536}, {"sample_time", 0.002}, {"sensor_noise_cov", 0.0}}, 1, 1, equation);
    env->Reset();
    SetActions(*env, 0.1);
    env->Step();
    CHECK(env->status()[0] == RowStatus::kOk);
  }
}

}  // namespace
}  // namespace flyball
