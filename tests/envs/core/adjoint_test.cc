#include "envs/core/adjoint.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <random>
#include <vector>

#include "envs/core/registry.h"
#include "physics/numeric/error.h"

namespace flyball {
namespace {

constexpr double kPeriod = 0.1;

// A pendulum, explicit Euler: angle and rate, pushed by a torque; the reward is a smooth function.
class PendulumAdjoint final : public Adjoint {
 public:
  void Step(std::span<const double> x, std::span<const double> u, std::span<double> next,
            double& reward) override {
    next[0] = x[0] + kPeriod * x[1];
    next[1] = x[1] + kPeriod * (std::sin(x[0]) + u[0]);
    reward = std::cos(x[0]) - 0.1 * u[0] * u[0] * x[1];
  }
  void Pull(std::span<const double> x, std::span<const double> u, std::span<const double> by_next,
            double by_reward, std::span<double> by_x, std::span<double> by_u) override {
    by_x[0] = by_next[0] + kPeriod * std::cos(x[0]) * by_next[1] - by_reward * std::sin(x[0]);
    by_x[1] = kPeriod * by_next[0] + by_next[1] - by_reward * 0.1 * u[0] * u[0];
    by_u[0] = kPeriod * by_next[1] - by_reward * 0.2 * u[0] * x[1];
  }
};

EnvSpec PendulumSpec() {
  EnvSpec spec;
  spec.id = "Pendulum-v0";
  spec.state = {VectorField("x", DType::kFloat64, {{.name = "x", .size = 2}})};
  spec.action.field =
      VectorField("action", DType::kFloat64, {{.name = "u", .low = -1.0, .high = 1.0}});
  return spec;
}

TEST_CASE("the gradient of a rollout is what differences say", "[core][adjoint]") {
  const EnvSpec spec = PendulumSpec();
  PendulumAdjoint adjoint;
  std::mt19937 generator(4);
  std::uniform_real_distribution<double> uniform(-0.9, 0.9);
  constexpr size_t kSteps = 25;
  std::vector<double> x(2), u(kSteps), rewards(kSteps), states(2 * (kSteps + 1));
  for (std::vector<double>* numbers : {&x, &u, &rewards, &states}) {
    for (double& number : *numbers) number = uniform(generator);
  }
  for (const bool weighted : {false, true}) {
    const auto run = [&] {
      Rollout rollout{x, u};
      if (weighted) rollout.reward_weights = rewards;
      if (weighted) rollout.state_weights = states;
      return DifferentiateRollout(spec, adjoint, rollout);
    };
    const RolloutGradient gradient = run();
    REQUIRE(gradient.states.size() == states.size());
    // Fourth-order differences: their error is about 1e-12 for steps of 1e-3.
    const auto slope = [&](double& number) {
      const double middle = number, h = 1e-3;
      const auto value = [&](double offset) {
        number = middle + offset;
        return run().value;
      };
      const double result =
          (8 * (value(h) - value(-h)) - (value(2 * h) - value(-2 * h))) / (12 * h);
      number = middle;
      return result;
    };
    for (int i = 0; i < 2; ++i) CHECK(gradient.by_state[i] == Approx(slope(x[i])).epsilon(1e-9));
    for (size_t k = 0; k < kSteps; ++k) {
      CHECK(gradient.by_actions[k] == Approx(slope(u[k])).epsilon(1e-9).margin(1e-10));
    }
  }
}

TEST_CASE("a clipped action has no slope", "[core][adjoint]") {
  const EnvSpec spec = PendulumSpec();
  PendulumAdjoint adjoint;
  const std::vector<double> x = {0.1, 0.2}, u = {0.5, 3.0, -0.5}, bounded = {0.5, 1.0, -0.5};
  const RolloutGradient gradient = DifferentiateRollout(spec, adjoint, {x, u});
  const RolloutGradient expected = DifferentiateRollout(spec, adjoint, {x, bounded});
  CHECK(gradient.value == expected.value);
  CHECK(gradient.states == expected.states);
  CHECK(gradient.by_actions[0] == expected.by_actions[0]);
  CHECK(gradient.by_actions[1] == 0.0);
  CHECK(expected.by_actions[1] != 0.0);
}

TEST_CASE("bad input to a gradient is refused", "[core][adjoint]") {
  using Catch::Contains;
  const EnvSpec spec = PendulumSpec();
  PendulumAdjoint adjoint;
  const std::vector<double> x = {0.1, 0.2}, u = {0.5, 0.1}, wrong = {1, 2, 3}, nan = {NAN, 0};
  const auto run = [&](Rollout rollout) { return DifferentiateRollout(spec, adjoint, rollout); };
  CHECK_THROWS_WITH(run({wrong, u}), Contains("state holds 3 numbers; 2 needed"));
  CHECK_THROWS_WITH(run({nan, u}), Contains("not finite"));
  CHECK_THROWS_WITH(run({x, nan}), Contains("actions"));
  CHECK_THROWS_WITH(run({x, u, wrong}), Contains("reward_weights"));
  CHECK_THROWS_WITH(run({x, u, {}, wrong}), Contains("state_weights holds 3 numbers; 6 needed"));
  const std::vector<double> far = {1.7e308, 1.7e308};
  CHECK_THROWS_AS(run({far, u}), PhysicsError);
  EnvSpec without = spec;
  without.id = "QuadHover-v1";
  CHECK_THROWS_WITH(DifferentiateRollout(without, {x, u}), Contains("has no gradient"));
}

}  // namespace
}  // namespace flyball
