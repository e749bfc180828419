// The linear plants of controlgym (COMPleib), one id each: Linear-<name>-v1. A plant is a file in
// assets/linear and a name below.
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "envs/core/kernel.h"
#include "envs/core/registry.h"
#include "envs/linear/linear_setup.h"
#include "envs/policies/lqr.h"

FLYBALL_DECLARE_KERNEL(linear);

namespace flyball {
namespace {

constexpr const char* kPlants[] = {"toy",  "ac1", "ac2",  "ac3",  "ac4", "ac5", "ac6",
                                   "ac8",  "ac9", "ac10", "bdt1", "cm1", "cm2", "dis1",
                                   "dis2", "dlr", "he1",  "he2",  "he3", "he4", "he5",
                                   "he6",  "je1", "je2",  "lah",  "psm", "rea", "umv"};

// No regulator: an integrator that the cost does not see (ac1, ac2), a mode that grows and that no
// input reaches (rea).
bool HasRegulator(const std::string& name) {
  return name != "ac1" && name != "ac2" && name != "rea";
}

EnvSpec Resolve(const std::string& name, const Options& options) {
  const LinearPlant plant = LoadPlant(name);
  const LinearConfig config = MakeLinearConfig(plant, options);
  const bool controlgym = options.at("preset").AsText() == "controlgym";

  EnvSpec spec;
  spec.doc = "Regulate a linear plant to the origin: " + plant.models +
             ". dx/dt = A x + B1 w + B2 u, y = C x + D21 w, reward -|C1 x + D12 u|^2 (" +
             plant.source + ").";
  spec.observation = {VectorField("observation", ObservationDType(options),
                                  {{"y", config.ny, "1", -kInfinity, kInfinity,
                                    controlgym ? "measurement of the state before the step"
                                               : "measurement of the state after the step"}})};
  const double limit = LinearActionLimit(plant, options);
  std::vector<Entry> action = {{"u", config.nu, "1", -limit, limit, "control, held over the step"}};
  if (config.disturbance_action) {
    // Bounded where actions are: five standard deviations, or those of controlgym's noise.
    const double deviation = config.noise_deviation > 0.0 ? config.noise_deviation : std::sqrt(0.1);
    const double bound = controlgym ? kInfinity : 5 * deviation;
    action.push_back({"w", config.nw, "1", -bound, bound, "disturbance, held over the step"});
  }
  const bool wide = controlgym || ObservationDType(options) == DType::kFloat64;
  spec.action.field = VectorField("action", wide ? DType::kFloat64 : DType::kFloat32, action);
  spec.action.clip = !controlgym;

  const Field state = VectorField(
      "x", DType::kFloat64, {{"x", config.nx, "1", -kInfinity, kInfinity, "state of the plant"}});
  if (config.info_state) {
    spec.info.push_back(
        VectorField("state", DType::kFloat64,
                    {{"state", config.nx, "1", -kInfinity, kInfinity, "state after the step"}}));
  }
  spec.info.push_back(VectorField(
      "output", DType::kFloat64,
      {{"output", config.nz, "1", -kInfinity, kInfinity,
        "z = C1 x + D11 w + D12 u at the state before the step; its square is the cost"}}));
  spec.state = {state};
  spec.reset = {state};
  spec.control_period = options.at("sample_time").AsNumber();
  spec.max_episode_steps = 1000;
  spec.reward_high = 0.0;
  spec.smooth = true;  // noise is added: the same draw on both sides of a difference cancels
  spec.options = options;
  return spec;
}

std::unique_ptr<Batch> Make(const std::string& name, const BatchContext& context) {
  const LinearConfig config = MakeLinearConfig(LoadPlant(name), context.spec.options);
  return MakeKernelBatch(FLYBALL_KERNEL_BUILDS(linear), context, &config);
}

// u = K x of the true state (an observer is not part of it, so that in preset controlgym, whose
// observations are one step late, this regulator is not).
std::unique_ptr<Policy> MakeLqr(const std::string& name, const EnvSpec& spec) {
  const LinearPlant plant = LoadPlant(name);
  const LinearStep step = Discretize(plant, spec.control_period);
  const RiccatiSolution solution = SolveDiscreteRiccati(step.a, step.b2, plant.Cost());
  return std::make_unique<StateFeedbackPolicy>(Flatten(solution.gain),
                                               std::vector<double>(plant.nu(), 0.0), spec);
}

std::vector<Registration> Registrations() {
  std::vector<Registration> registrations;
  for (const std::string name : kPlants) {
    Registration registration;
    registration.id = "Linear-" + name + "-v1";
    registration.family = "linear";
    registration.options = LinearOptions();
    registration.max_episode_steps = 1000;
    registration.resolve = [name](const Options& options) { return Resolve(name, options); };
    registration.make = [name](const BatchContext& context) { return Make(name, context); };
    if (HasRegulator(name)) {
      registration.policies = {{"lqr", "the optimal regulator of the plant, from its full state",
                                [name](const EnvSpec& spec) { return MakeLqr(name, spec); }}};
    }
    registrations.push_back(std::move(registration));
  }
  return registrations;
}

FLYBALL_REGISTER(Registrations());

}  // namespace
}  // namespace flyball
