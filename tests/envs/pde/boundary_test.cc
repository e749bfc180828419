#include <catch2/catch.hpp>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "envs/core/policy.h"
#include "envs/core/registry.h"
#include "envs/core/vector_env.h"
#include "physics/numeric/error.h"
#include "tests/envs/pde/pde_env.h"

namespace flyball {
namespace {

using Catch::Contains;

// The sum of rewards of an episode, under a baseline or, for an empty name, the resting action.
double Episode(VectorEnv& env, const std::string& name, double rest = 0.0, double* norm = nullptr) {
  std::unique_ptr<Policy> policy;
  if (!name.empty()) {
    policy = MakePolicy(name, env.spec());
    policy->Resize(1);
  }
  std::vector<double> state(env.spec().state_size()), action(env.spec().action_size(), rest);
  env.Reset(std::vector<uint64_t>{1});
  double total = 0.0;
  for (int t = 0; t < env.spec().max_episode_steps; ++t) {
    env.ReadState(0, state);
    PolicyInput input;
    const double* observed = env.columns().observation[0].as<double>();
    const std::vector<double> seen(observed, observed + env.spec().observation_size());
    input.state = state;
    input.observation = seen;
    input.step = t;
    if (policy) policy->Act(0, input, action);
    std::copy(action.begin(), action.end(), env.columns().action.as<double>());
    env.Step();
    total += env.columns().reward.as<double>()[0];
    if (norm) *norm = env.columns().info[2].as<double>()[0];
    if (env.status()[0] != RowStatus::kOk || env.columns().terminated.as<uint8_t>()[0]) break;
  }
  return total;
}

TEST_CASE("backstepping stills what runs away alone", "[pde][boundary]") {
  for (const char* name :
       {"transport", "reaction_diffusion", "hyperbolic_load", "anti_damped_wave"}) {
    CAPTURE(name);
    // Wide bounds, so that it is the feedback that is tested and not the bounds.
    const Options options = {{"action_limit", 1e6}};
    auto env = MakePde(name, options);
    double alone = 0.0, controlled = 0.0;
    Episode(*env, "", 0.0, &alone);
    Episode(*env, "backstepping", 0.0, &controlled);
    CHECK(alone > 5.0);
    CHECK(controlled < 0.05 * alone);
  }
}

TEST_CASE("one sensor is enough", "[pde][boundary]") {
  for (const char* name :
       {"transport", "reaction_diffusion", "hyperbolic_load", "anti_damped_wave"}) {
    for (const char* sensing : {"opposite", "collocated"}) {
      // What comes out of a transport line at the controlled end is what was put in: it tells nothing.
      if (std::string(name) == "transport" && std::string(sensing) == "collocated") continue;
      CAPTURE(name, sensing);
      // Observers take their time: long enough for an error to die, on coarse grids.
      Options options = {{"action_limit", 1e6}, {"sensing", sensing}, {"cells", 40}};
      if (std::string(name) == "anti_damped_wave") options["sample_time"] = 0.025;
      auto env = MakePde(name, options);
      double alone = 0.0, controlled = 0.0;
      Episode(*env, "", 0.0, &alone);
      Episode(*env, "backstepping_output", 0.0, &controlled);
      CHECK(controlled < 0.2 * alone);
    }
  }
}

TEST_CASE("metered traffic evens out", "[pde][boundary]") {
  for (const char* preset : {"default", "pde_control_gym"}) {
    for (const char* control : {"outlet", "inlet", "both"}) {
      for (const char* policy : {"backstepping", "backstepping_output"}) {
        CAPTURE(preset, control, policy);
        Options options = {{"preset", preset}, {"control", control}};
        if (std::string(policy) == "backstepping_output") options["sensing"] = "opposite";
        auto env = MakePde("traffic_arz", options);
        double norm = 0.0;
        const double alone = Episode(*env, "", 1.2, &norm);
        const double before = norm;
        const double controlled = Episode(*env, policy, 1.2, &norm);
        CAPTURE(alone, controlled, before, norm);
        CHECK(controlled > 0.6 * alone);  // both are negative
        CHECK(norm < 0.1 * before);
      }
    }
  }
}

TEST_CASE("PDEControlGym's rewards are the fall of the norm, and a prize", "[pde][boundary]") {
  auto env = MakePde("transport", {{"preset", "pde_control_gym"}});
  env->Reset({}, {}, {{"init_value", {2.0}}});
  // The first control step with u = 0: after nine of ten cells and after ten.
  env->columns().action.as<double>()[0] = 0.0;
  env->Step();
  std::vector<double> state(101);
  env->ReadState(0, state);
  double norm = 0.0;
  for (const double u : state) norm += u * u;
  CHECK(env->columns().info[2].as<double>()[0] == Approx(std::sqrt(norm)).epsilon(1e-12));
  // The last of 50 steps pays 300 less a thousandth of the effort and the norm that is left.
  auto quiet = MakePde("transport", {{"preset", "pde_control_gym"}, {"recirculation_gain", 0.0}});
  quiet->Reset({}, {}, {{"init_value", {2.0}}});
  for (int t = 0; t < 50; ++t) {
    quiet->columns().action.as<double>()[0] = t == 3 ? 1.5 : 0.0;
    quiet->Step();
    CHECK((quiet->columns().terminated.as<uint8_t>()[0] == 1) == (t == 49));
  }
  CHECK(quiet->columns().reward.as<double>()[0] == Approx(300.0 - 1.5).epsilon(1e-12));
}

TEST_CASE("traffic under PDEControlGym's preset starts and pays as there", "[pde][boundary]") {
  auto env =
      MakePde("traffic_arz",
              {{"preset", "pde_control_gym"}, {"init_wave_low", 0.1}, {"init_wave_high", 0.1}});
  env->Reset();
  std::vector<double> state(102);
  env->ReadState(0, state);
  CHECK(state[10] == Approx(0.12 * (1 + 0.1 * std::sin(3 * M_PI * 0.2))).epsilon(1e-14));
  CHECK(state[51 + 10] * state[10] == Approx(1.2).epsilon(1e-14));
  env->columns().action.as<double>()[0] = 1.2;
  env->Step();
  env->ReadState(0, state);
  double rho = 0.0, v = 0.0;
  for (int j = 0; j <= 50; ++j) {
    rho += std::pow(state[j] - 0.12, 2);
    v += std::pow(state[51 + j] - 10.0, 2);
  }
  CHECK(env->columns().reward.as<double>()[0] ==
        Approx(-(std::sqrt(rho) / 0.12 + std::sqrt(v) / 10.0)).epsilon(1e-12));
}

TEST_CASE("a boundary row does not depend on its company", "[pde][boundary]") {
  for (const char* name : {"transport", "traffic_arz", "hyperbolic_load"}) {
    CAPTURE(name);
    const double action = std::string(name) == "traffic_arz" ? 1.15 : 0.3;
    CheckRowStandsAlone(name, {{"sensor_noise_cov", 0.01}}, [&](int) { return action; });
  }
}

TEST_CASE("bad input to a boundary environment is refused", "[pde][boundary]") {
  CHECK_THROWS_WITH(MakePde("transport", {{"sample_time", 0.105}}), Contains("whole number"));
  CHECK_THROWS_AS(MakePde("transport", {{"cells", 8}}), InputError);
  CHECK_THROWS_WITH(MakePde("transport", {{"init_value_low", 11.0}}), Contains("init_value_low"));
  CHECK_THROWS_WITH(MakePde("traffic_arz", {{"integration_time", 0.5}, {"sample_time", 0.5}}),
                    Contains("more than a cell"));
  CHECK_THROWS_WITH(MakePde("traffic_arz", {{"rho_steady", 0.05}}), Contains("congested"));
  CHECK_THROWS_WITH(MakePde("traffic_arz", {{"control", "exit"}}), Contains("outlet"));
  auto env = MakePde("reaction_diffusion");
  CHECK_THROWS_AS(env->Reset({}, {}, {{"field", {1.0}}}), InputError);
  const std::vector<double> none(env->spec().state_size(), NAN);
  CHECK_THROWS_AS(env->Reset({}, {}, {{"field", none}}), InputError);
  // Left alone with a strong reaction it grows past every number: the row ends with a status.
  auto wild = MakePde("reaction_diffusion", {{"reaction_gain", 9000.0}});
  wild->Reset();
  bool ended = false;
  for (int t = 0; t < 1000 && !ended; ++t) {
    wild->columns().action.as<double>()[0] = 1.0;
    wild->Step();
    CHECK(std::isfinite(wild->columns().reward.as<double>()[0]));
    ended = wild->status()[0] == RowStatus::kDiverged;
  }
  CHECK(ended);
}

}  // namespace
}  // namespace flyball
