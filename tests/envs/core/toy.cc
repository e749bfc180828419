#include "tests/envs/core/toy.h"

#include <limits>

#include "envs/core/env.h"
#include "envs/core/kernel.h"
#include "envs/core/registry.h"
#include "physics/numeric/error.h"

FLYBALL_DECLARE_KERNEL(toy_oscillator);

namespace flyball::toy {
namespace {

std::vector<int> AgentShape(int num_agents, std::vector<int> shape) {
  if (num_agents > 1) shape.insert(shape.begin(), num_agents);
  return shape;
}

EnvSpec ResolveOscillator(const Options& options) {
  const int agents = static_cast<int>(options.at("num_agents").AsInteger());
  EnvSpec spec;
  spec.num_agents = agents;
  spec.observation = {
      VectorField("observation", ObservationDType(options),
                  {{.name = "position", .unit = "m"}, {.name = "sine", .unit = "1"}})};
  spec.observation[0].shape = AgentShape(agents, {2});
  spec.action.field = VectorField("action", DType::kFloat32,
                                  {{.name = "force", .unit = "N", .low = -1, .high = 1}});
  spec.action.field.shape = AgentShape(agents, {1});
  spec.info = {ScalarField("steps", DType::kInt64, "steps", "steps of the episode")};
  spec.state = {VectorField("position", DType::kFloat64, {{.name = "position", .size = agents}}),
                VectorField("velocity", DType::kFloat64, {{.name = "velocity", .size = agents}})};
  spec.reset = {spec.state[0]};
  spec.control_period = 0.01;
  spec.max_episode_steps = 50;
  return spec;
}

std::unique_ptr<Batch> MakeOscillator(const BatchContext& context) {
  const Dict& options = context.spec.options;
  const OscillatorConfig config{.num_agents = context.spec.num_agents,
                                .coupling = options.at("coupling").AsNumber(),
                                .noise = options.at("noise").AsNumber()};
  return MakeKernelBatch(FLYBALL_KERNEL_BUILDS(toy_oscillator), context, &config);
}

FLYBALL_REGISTER(Registration{.id = kOscillator,
                              .family = "toy",
                              .options = {{.name = "num_agents",
                                           .kind = Option::Kind::kInteger,
                                           .default_value = 1,
                                           .low = 1,
                                           .high = 100,
                                           .doc = "oscillators in a ring"},
                                          {.name = "coupling",
                                           .kind = Option::Kind::kNumber,
                                           .default_value = 0.0,
                                           .doc = "stiffness between neighbours"},
                                          {.name = "noise",
                                           .kind = Option::Kind::kNumber,
                                           .default_value = 0.1,
                                           .low = 0.0,
                                           .doc = "standard deviation of the position sensor"}},
                              .max_episode_steps = 50,
                              .resolve = ResolveOscillator,
                              .make = MakeOscillator,
                              .policies = {}});

// Counts; action 1 makes its engine raise, action 2 its state infinite.
class Counter final : public Env {
 public:
  void Reset(Rng& rng, const ResetValues& values, Row& out) override {
    count_ = values.has(0) ? values[0][0] : static_cast<double>(rng.Integers(0, 10));
    if (count_ < 0) throw InputError("count is negative");
    out.observation[0] = count_;
  }
  void Step(std::span<const double> action, Row& out) override {
    ++count_;
    if (action[0] == 1) throw PhysicsError("told to raise");
    if (action[0] == 2) count_ = std::numeric_limits<double>::infinity();
    out.observation[0] = count_;
    out.reward = 1.0;
    out.terminated = count_ >= 20;
  }
  void ReadState(std::span<double> out) const override { out[0] = count_; }
  void VisitState(StateVisitor& visitor) override { visitor("count", count_); }
  size_t memory_bytes() const override { return sizeof(*this); }

 private:
  double count_ = 0.0;
};

FLYBALL_REGISTER(Registration{
    .id = kCounter,
    .family = "toy",
    .options = {},
    .max_episode_steps = 15,
    .resolve =
        [](const Options& options) {
          EnvSpec spec;
          spec.observation = {
              VectorField("observation", ObservationDType(options), {{.name = "count"}})};
          spec.action.kind = ActionSpec::Kind::kDiscrete;
          spec.action.field = ScalarField("action", DType::kInt64, "1", "what to do");
          spec.action.choices = {3};
          spec.state = {VectorField("count", DType::kFloat64, {{.name = "count"}})};
          spec.reset = spec.state;
          spec.control_period = 1.0;
          spec.max_episode_steps = 15;
          return spec;
        },
    .make =
        [](const BatchContext& context) {
          return MakeEnvBatch(context, [] { return std::make_unique<Counter>(); });
        },
    .policies = {}});

}  // namespace
}  // namespace flyball::toy
