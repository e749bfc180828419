// Environments for the tests of the bindings, in a library of their own that flyball.load() takes.
// Each is small enough for its answers to be written down by hand.
#include <cmath>
#include <memory>
#include <vector>

#include "envs/core/env.h"
#include "envs/core/registry.h"
#include "physics/numeric/error.h"

namespace flyball {
namespace {

// ToyCart: x' = A x + B u exactly, y = C x; linear, so `linearize` has one right answer.
constexpr double kA[2][2] = {{1.0, 0.1}, {-0.2, 0.9}};
constexpr double kB[2] = {0.005, 0.1};
constexpr double kC[2] = {2.0, -1.0};

EnvSpec CartSpec(const Options& options) {
  EnvSpec spec;
  spec.doc = "A two-state linear plant.";
  spec.observation = {
      VectorField("observation", ObservationDType(options), {{.name = "y", .unit = "m"}})};
  spec.action.field = VectorField("action", DType::kFloat32,
                                  {{.name = "force", .unit = "N", .low = -2.0, .high = 2.0}});
  spec.info = {ScalarField("energy", DType::kFloat64, "J", "x squared"),
               ScalarField("count", DType::kInt64, "1", "steps so far"),
               ScalarField("is_large", DType::kBool, "1", "whether x is beyond 1"),
               VectorField("pair", DType::kFloat64,
                           {{.name = "x0", .unit = "m"}, {.name = "x1", .unit = "m/s"}})};
  spec.state = {VectorField("x", DType::kFloat64,
                            {{.name = "x0", .unit = "m"}, {.name = "x1", .unit = "m/s"}})};
  spec.reset = spec.state;
  spec.control_period = 0.1;
  spec.max_episode_steps = options.at("preset").AsText() == "short" ? 4 : 20;
  spec.smooth = true;
  return spec;
}

class Cart final : public Env {
 public:
  explicit Cart(const EnvSpec& spec) : fails_at_(spec.options.at("fails_at").AsNumber()) {}

  void Reset(Rng& rng, const ResetValues& values, Row& out) override {
    for (double& x : x_) x = rng.Uniform(-0.5, 0.5);
    if (values.has(0)) {
      if (std::abs(values[0][0]) > 100.0) throw InputError("x: beyond 100 m");
      x_[0] = values[0][0];
      x_[1] = values[0][1];
    }
    count_ = 0;
    Write(out);
  }

  void Step(std::span<const double> action, Row& out) override {
    const double x0 = kA[0][0] * x_[0] + kA[0][1] * x_[1] + kB[0] * action[0];
    x_[1] = kA[1][0] * x_[0] + kA[1][1] * x_[1] + kB[1] * action[0];
    x_[0] = x0;
    ++count_;
    if (count_ == fails_at_) throw PhysicsError("the toy fails as it was told to");
    Write(out);
    out.reward = -x_[0] * x_[0];
    out.terminated = std::abs(x_[0]) > 3.0;
    out.truncated = false;
  }

  void ReadState(std::span<double> out) const override {
    out[0] = x_[0];
    out[1] = x_[1];
  }
  void VisitState(StateVisitor& visitor) override {
    visitor("x", x_);
    visitor("count", count_);
  }
  size_t memory_bytes() const override { return sizeof(*this); }

 private:
  void Write(Row& out) const {
    out.observation[0] = kC[0] * x_[0] + kC[1] * x_[1];
    out.info[0] = x_[0] * x_[0];
    out.info[1] = static_cast<double>(count_);
    out.info[2] = std::abs(x_[0]) > 1.0;
    out.info[3] = x_[0];
    out.info[4] = x_[1];
  }

  double fails_at_;
  double x_[2] = {};
  int64_t count_ = 0;
};

// ToyGoal: a point in the plane pushed towards a goal; a dictionary of observations.
EnvSpec GoalSpec(const Options& options) {
  const DType dtype = ObservationDType(options);
  const Entry point{.name = "p", .size = 2, .unit = "m", .low = -2.0, .high = 2.0};
  EnvSpec spec;
  spec.doc = "A point seeks a goal.";
  spec.observation = {VectorField("observation", dtype, {point}),
                      VectorField("achieved_goal", dtype, {point}),
                      VectorField("desired_goal", dtype, {point})};
  spec.action.field =
      VectorField("action", DType::kFloat32,
                  {{.name = "v", .size = 2, .unit = "m/s", .low = -1.0, .high = 1.0}});
  spec.info = {ScalarField("is_success", DType::kBool, "1", "within 0.2 m")};
  spec.state = {VectorField("p", DType::kFloat64, {point}),
                VectorField("goal", DType::kFloat64, {point})};
  spec.reset = {spec.state[1]};
  spec.control_period = 0.2;
  spec.max_episode_steps = 15;
  spec.goal_conditioned = true;
  return spec;
}

double Distance(const double* a, const double* b) {
  return std::sqrt((a[0] - b[0]) * (a[0] - b[0]) + (a[1] - b[1]) * (a[1] - b[1]));
}

class Goal final : public Env {
 public:
  void Reset(Rng& rng, const ResetValues& values, Row& out) override {
    for (int i = 0; i < 2; ++i) p_[i] = rng.Uniform(-1.0, 1.0);
    for (int i = 0; i < 2; ++i) goal_[i] = rng.Uniform(-1.0, 1.0);
    if (values.has(0)) std::copy(values[0].begin(), values[0].end(), goal_);
    Write(out);
  }
  void Step(std::span<const double> action, Row& out) override {
    for (int i = 0; i < 2; ++i) p_[i] = std::fmin(std::fmax(p_[i] + 0.2 * action[i], -2.0), 2.0);
    Write(out);
    out.reward = Distance(p_, goal_) < 0.2 ? 0.0 : -1.0;
    out.terminated = out.reward == 0.0;
    out.truncated = false;
  }
  void ReadState(std::span<double> out) const override {
    std::copy(p_, p_ + 2, out.begin());
    std::copy(goal_, goal_ + 2, out.begin() + 2);
  }
  void VisitState(StateVisitor& visitor) override {
    visitor("p", p_);
    visitor("goal", goal_);
  }
  size_t memory_bytes() const override { return sizeof(*this); }

 private:
  void Write(Row& out) const {
    for (int i = 0; i < 2; ++i) {
      out.observation[i] = out.observation[2 + i] = p_[i];
      out.observation[4 + i] = goal_[i];
    }
    out.info[0] = Distance(p_, goal_) < 0.2;
  }
  double p_[2] = {}, goal_[2] = {};
};

// ToyPair: two agents on a line, each moved by a choice of three; rewards differ by agent.
EnvSpec PairSpec(const Options& options) {
  EnvSpec spec;
  spec.doc = "Two counters.";
  Field observation = VectorField("observation", ObservationDType(options),
                                  {{.name = "x", .unit = "m", .low = -100.0, .high = 100.0}});
  observation.shape = {2, 1};
  spec.observation = {observation};
  spec.action.kind = ActionSpec::Kind::kMultiDiscrete;
  spec.action.choices = {3, 3};
  spec.action.field = VectorField("action", DType::kInt64, {{.name = "move", .size = 1}});
  spec.action.field.shape = {2};
  Field moves = ScalarField("moves", DType::kInt64, "1", "how often the agent moved");
  moves.shape = {2};
  spec.info = {moves};
  spec.state = {observation};
  spec.state[0].dtype = DType::kFloat64;
  spec.control_period = 1.0;
  spec.max_episode_steps = 10;
  spec.num_agents = 2;
  return spec;
}

class Pair final : public Env {
 public:
  void Reset(Rng& rng, const ResetValues&, Row& out) override {
    for (double& x : x_) x = static_cast<double>(rng.Integers(-3, 4));
    moves_[0] = moves_[1] = 0;
    Write(out);
  }
  void Step(std::span<const double> action, Row& out) override {
    out.reward = 0.0;
    for (int i = 0; i < 2; ++i) {
      x_[i] += action[i] - 1.0;
      moves_[i] += action[i] != 1.0;
      out.agent_reward[i] = (i + 1) * x_[i];
      out.reward += out.agent_reward[i];
    }
    Write(out);
    out.terminated = std::abs(x_[0]) > 6.0;
    out.truncated = false;
  }
  void ReadState(std::span<double> out) const override { std::copy(x_, x_ + 2, out.begin()); }
  void VisitState(StateVisitor& visitor) override {
    visitor("x", x_);
    visitor("moves", moves_);
  }
  size_t memory_bytes() const override { return sizeof(*this); }

 private:
  void Write(Row& out) const {
    for (int i = 0; i < 2; ++i) {
      out.observation[i] = x_[i];
      out.info[i] = static_cast<double>(moves_[i]);
    }
  }
  double x_[2] = {};
  int64_t moves_[2] = {};
};

// ToySwitch: one Discrete action; ends when switched on three times in a row.
EnvSpec SwitchSpec(const Options& options) {
  EnvSpec spec;
  spec.doc = "A switch.";
  spec.observation = {VectorField("observation", ObservationDType(options),
                                  {{.name = "run", .low = 0.0, .high = 3.0}})};
  spec.action.kind = ActionSpec::Kind::kDiscrete;
  spec.action.choices = {2};
  spec.action.field = ScalarField("action", DType::kInt64, "1", "0 off, 1 on");
  spec.state = {VectorField("run", DType::kFloat64, {{.name = "run"}})};
  spec.control_period = 1.0;
  return spec;
}

class Switch final : public Env {
 public:
  void Reset(Rng& rng, const ResetValues&, Row& out) override {
    run_ = static_cast<double>(rng.Integers(0, 2));
    out.observation[0] = run_;
  }
  void Step(std::span<const double> action, Row& out) override {
    run_ = action[0] == 1.0 ? run_ + 1.0 : 0.0;
    out.observation[0] = run_;
    out.reward = run_;
    out.terminated = run_ >= 3.0;
    out.truncated = false;
  }
  void ReadState(std::span<double> out) const override { out[0] = run_; }
  void VisitState(StateVisitor& visitor) override { visitor("run", run_); }
  size_t memory_bytes() const override { return sizeof(*this); }

 private:
  double run_ = 0.0;
};

// Always turns towards the goal, and forgets nothing it should remember.
class SeekPolicy final : public Policy {
 public:
  void Resize(int) override {}
  void Act(int, const PolicyInput& input, std::span<double> action) override {
    for (int i = 0; i < 2; ++i) {
      action[i] =
          std::fmin(std::fmax(5.0 * (input.observation[4 + i] - input.observation[i]), -1.0), 1.0);
    }
  }
  void VisitState(int, StateVisitor&) override {}
};

std::vector<Registration> Toys() {
  std::vector<Registration> toys(4);
  toys[0] = {.id = "ToyCart-v1",
             .family = "toy",
             .options = {{.name = "preset",
                          .kind = Option::Kind::kText,
                          .default_value = "default",
                          .choices = {"default", "short"},
                          .doc = "short: episodes of 4 steps"},
                         {.name = "fails_at",
                          .kind = Option::Kind::kInteger,
                          .default_value = 0,
                          .low = 0,
                          .high = 1000,
                          .doc = "step at which the engine raises; 0: never"}},
             .max_episode_steps = 20,
             .resolve = CartSpec,
             .make = [](const BatchContext& context) {
               return MakeEnvBatch(context,
                                   [spec = context.spec] { return std::make_unique<Cart>(spec); });
             }};
  toys[1] = {.id = "ToyGoal-v1",
             .family = "toy",
             .max_episode_steps = 15,
             .resolve = GoalSpec,
             .make =
                 [](const BatchContext& context) {
                   return MakeEnvBatch(context, [] { return std::make_unique<Goal>(); });
                 },
             .policies = {{.name = "seek",
                           .doc = "straight to the goal",
                           .make = [](const EnvSpec&) { return std::make_unique<SeekPolicy>(); }}},
             .compute_reward =
                 [](const EnvSpec&, std::span<const double> achieved,
                    std::span<const double> desired, std::span<double> rewards) {
                   for (size_t i = 0; i < rewards.size(); ++i) {
                     rewards[i] = Distance(&achieved[2 * i], &desired[2 * i]) < 0.2 ? 0.0 : -1.0;
                   }
                 }};
  toys[2] = {.id = "ToyPair-v1",
             .family = "toy",
             .max_episode_steps = 10,
             .resolve = PairSpec,
             .make = [](const BatchContext& context) {
               return MakeEnvBatch(context, [] { return std::make_unique<Pair>(); });
             }};
  toys[3] = {.id = "ToySwitch-v1",
             .family = "toy",
             .resolve = SwitchSpec,
             .make = [](const BatchContext& context) {
               return MakeEnvBatch(context, [] { return std::make_unique<Switch>(); });
             }};
  return toys;
}

FLYBALL_REGISTER(Toys());

}  // namespace
}  // namespace flyball
