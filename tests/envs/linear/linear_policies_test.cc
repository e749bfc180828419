#include "envs/linear/linear_policies.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <memory>
#include <vector>

#include "envs/core/policy.h"
#include "envs/core/registry.h"
#include "envs/core/vector_env.h"
#include "envs/linear/linear_model.h"
#include "physics/linear/optimal_control.h"
#include "physics/numeric/error.h"

namespace flyball {
namespace {

using Catch::Contains;

GeneralizedPlant PlantOf(const std::string& name) {
  const auto plant = SharedPlant(name);
  const auto step = SharedStep(plant, 0.1);
  return Generalize(*plant, step->a, step->b1, step->b2);
}

// The mean return of many rows under a policy.
double MeanReturn(const std::string& id, const Options& options, const std::string& policy,
                  const Options& policy_options = {}, int steps = 200, int rows = 200) {
  VectorEnvSettings settings;
  settings.num_envs = rows;
  settings.seed = 3;
  const auto env = VectorEnv::Make(id, options, settings);
  const auto actor = MakePolicy(policy, env->spec(), policy_options);
  actor->Resize(rows);
  env->Reset();
  const size_t size = env->spec().action_size();
  std::vector<double> state(env->spec().state_size()), seen(env->spec().observation_size()),
      action(size);
  double sum = 0.0;
  for (int t = 0; t < steps; ++t) {
    for (int row = 0; row < rows; ++row) {
      env->ReadState(row, state);
      env->columns().observation[0].ReadRow(row, seen);
      const RowClock& clock = env->clocks()[row];
      actor->Act(row,
                 {.observation = seen,
                  .state = state,
                  .seed = clock.seed,
                  .episode = clock.episode,
                  .step = clock.step},
                 action);
      std::copy(action.begin(), action.end(), env->columns().action.as<double>() + row * size);
    }
    env->Step();
    for (int row = 0; row < rows; ++row) sum += env->columns().reward.as<double>()[row];
  }
  return sum / rows;
}

TEST_CASE("levels that the peer passes over are refused", "[linear][policies]") {
  // Its game has solutions there whose loops grow by 47.2 and 1.116 a step.
  for (const char* name : {"je1", "dis2"}) {
    CHECK_THROWS_WITH(DesignHinf(PlantOf(name), 10.0),
                      Contains("gamma is 10") && Contains("smallest level"));
  }
  CHECK_THROWS_WITH(DesignHinf(PlantOf("rea"), 10.0), Contains("cannot be stabilised"));
  const HinfStateFeedback dis1 = DesignHinf(PlantOf("dis1"), 10.0);
  CHECK(dis1.spectral_radius < 1.0);
  CHECK(HinfNorm(Close(PlantOf("dis1"), dis1.gain)) < 10.0);
}

TEST_CASE("controllers of the measurement earn what theory says", "[linear][policies]") {
  // Under white noise the mean reward a step is -H2^2 over the noise's variance, once the start is
  // forgotten. The deviation of the mean of 400 rows over 200 steps is about 2 %.
  const GeneralizedPlant plant = PlantOf("he1");
  GeneralizedPlant unfed = plant;
  unfed.d11.setZero();  // the reward does not pay for D11 w
  for (const bool late : {false, true}) {
    const GeneralizedPlant noisy = WithMeasurementNoise(unfed, 1e-3);
    // It is designed for a little noise on the measurement, which the environment does not have.
    const ObserverController lqg = DesignH2(late ? WithLateMeasurement(noisy) : noisy);
    const double norm = H2Norm(Close(late ? WithLateMeasurement(unfed) : unfed, lqg));
    const Options options = {{"preset", late ? "controlgym" : "default"},
                             {"dtype", "float64"},
                             {"action_limit", 1e6},
                             {"random_init_state_cov", 0.0}};
    const double scale = late ? 1.0 : 0.1;  // preset default integrates the reward over the step
    const double early = MeanReturn("Linear-he1-v1", options, "lqg", {}, 100, 400);
    const double later = MeanReturn("Linear-he1-v1", options, "lqg", {}, 300, 400);
    CHECK((later - early) / 200 == Approx(-0.1 * scale * norm * norm).epsilon(0.08));
  }
}

TEST_CASE("a predictive controller beats clipping where bounds bind", "[linear][policies]") {
  const Options options = {{"dtype", "float64"}, {"action_limit", 0.3}, {"noise_cov", 0.0}};
  const double clipped = MeanReturn("Linear-he1-v1", options, "lqr");
  const double planned = MeanReturn("Linear-he1-v1", options, "mpc", {{"horizon", 30}});
  CHECK(planned > clipped);
  // Wide bounds: the same, to the accuracy of the program.
  const Options wide = {{"dtype", "float64"}, {"action_limit", 1e3}, {"noise_cov", 0.0}};
  CHECK(MeanReturn("Linear-he1-v1", wide, "mpc", {}, 50, 20) ==
        Approx(MeanReturn("Linear-he1-v1", wide, "lqr", {}, 50, 20)).epsilon(1e-8));
}

TEST_CASE("every plant that can be stabilised has every baseline", "[linear][policies]") {
  for (const std::string& id : ListEnvs()) {
    if (id.rfind("Linear-", 0) != 0) continue;
    CAPTURE(id);
    CHECK(ResolveSpec(id).policies.size() == (id == "Linear-rea-v1" ? 0 : 8));
  }
  for (const char* policy : {"lqr", "hinf_output", "mpc"}) {
    CHECK_THROWS_WITH(MakePolicy(policy, ResolveSpec("Linear-rea-v1")),
                      Contains("cannot be stabilised") && Contains("0.606"));
  }
  CHECK_THROWS_WITH(MakePolicy("pid", ResolveSpec("Linear-rea-v1")), Contains("known: random"));
}

TEST_CASE("where the cost leaves a mode alone it is brought in slowly", "[linear][policies]") {
  // ac1 and ac2 have an integrator that the cost does not see.
  for (const char* name : {"ac1", "ac2"}) {
    const auto plant = SharedPlant(name);
    const auto step = SharedStep(plant, 0.1);
    CHECK_THROWS_AS(SolveDiscreteRiccati(step->a, step->b2, plant->Cost()), PhysicsError);
    const auto regulator = SharedRegulator(plant, 0.1);
    CHECK(regulator->solution.spectral_radius < 1.0);
    CHECK((regulator->cost.q - plant->Cost().q).norm() < 1e-5 * plant->Cost().q.norm());
    // By the plant's own cost it is as good as the best, which is approached from above as the faint
    // weights vanish: ten times fainter changes little.
    const Matrix closed = step->a + step->b2 * regulator->solution.gain;
    const Matrix own = plant->c1 + plant->d12 * regulator->solution.gain;
    const double pays = SolveDiscreteLyapunov(closed, own.transpose() * own).trace();
    const GeneralizedPlant fainter = WithFaintWeights(PlantOf(name), 0.1 * kFaintShare);
    const RiccatiSolution better = SolveDiscreteRiccati(fainter.a, fainter.b2, fainter.Cost());
    CHECK(pays < 1.01 * better.p.trace());
  }
}

TEST_CASE("a large plant is held by what is designed on its balanced model", "[linear][policies]") {
  for (const char* name : {"cdp", "cm3"}) {
    CAPTURE(name);
    const auto model = SharedDesignModel(SharedPlant(name), 0.1);
    REQUIRE(model->states.rows() <= 40);
    const GeneralizedPlant full = PlantOf(name);
    const double least = AttainableHinf(model->plant, 1e-2);
    const Matrix gain = DesignHinf(model->plant, 1.1 * least).gain * model->states;
    CHECK(SpectralRadius(full.a + full.b2 * gain) < 1.0);
    CHECK(HinfNorm(Close(full, gain), 1e-2) < 1.2 * least);
    const GeneralizedPlant noisy = WithMeasurementNoise(full, 1e-3);
    const ObserverController h2 = DesignH2(WithMeasurementNoise(model->plant, 1e-3));
    CHECK(SpectralRadius(Close(noisy, h2).a) < 1.0);
  }
}

TEST_CASE("bad options of a baseline are refused", "[linear][policies]") {
  const EnvSpec spec = ResolveSpec("Linear-he1-v1");
  const auto make = [&spec](const char* name, const Options& options) {
    return MakePolicy(name, spec, options);
  };
  CHECK_THROWS_WITH(make("hinf", {{"gama", 3.0}}), Contains("did you mean 'gamma'"));
  CHECK_THROWS_WITH(make("hinf", {{"gamma", -3.0}}), Contains("out of range"));
  CHECK_THROWS_WITH(make("hinf", {{"gamma", 1e-3}}), Contains("smallest level"));
  CHECK_THROWS_WITH(make("lqr", {{"gamma", 1.0}}), Contains("unknown option 'gamma'"));
  CHECK_THROWS_WITH(make("random", {{"gamma", 1.0}}), Contains("none is allowed here"));
  CHECK_THROWS_WITH(make("mpc", {{"horizon", 0}}), Contains("out of range"));
  CHECK_THROWS_WITH(make("tracking_mpc", {{"target", List{1.0}}}), Contains("4 finite numbers"));
  CHECK_THROWS_WITH(make("stochastic_mpc", {{"probability", 0.3}}), Contains("out of range"));
  // A plant of one's own without a way to stabilise or to see it.
  const auto custom = [](const Options& options, const char* name) {
    return MakePolicy(name, ResolveSpec("Linear-Custom-v1", options));
  };
  const Options stuck = {{"A", List{List{0.5}}}, {"B2", List{List{0.0}}}};
  CHECK_THROWS_WITH(custom(stuck, "lqr"), Contains("cannot be stabilised"));
  const Options blind = {{"A", List{List{0.5}}}, {"B2", List{List{1.0}}}, {"C", List{List{0.0}}}};
  CHECK_THROWS_WITH(custom(blind, "lqg"), Contains("cannot be detected"));
}

}  // namespace
}  // namespace flyball
