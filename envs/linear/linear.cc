// The linear plants of controlgym (COMPleib), one id each: Linear-<name>-v1, and one for a plant of
// the user's own, Linear-Custom-v1. A plant is a file in assets/linear and a name below.
#include <cmath>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "envs/core/kernel.h"
#include "envs/core/registry.h"
#include "envs/linear/custom_plant.h"
#include "envs/linear/linear_adjoint.h"
#include "envs/linear/linear_model.h"
#include "envs/linear/linear_policies.h"
#include "envs/linear/linear_setup.h"

FLYBALL_DECLARE_WIDE_KERNEL(linear);

namespace flyball {
namespace {

constexpr const char* kPlants[] = {
    "toy", "ac1", "ac2", "ac3", "ac4", "ac5", "ac6", "ac7",  "ac8",  "ac9", "ac10", "bdt1", "bdt2",
    "cbm", "cdp", "cm1", "cm2", "cm3", "cm4", "cm5", "dis1", "dis2", "dlr", "he1",  "he2",  "he3",
    "he4", "he5", "he6", "iss", "je1", "je2", "lah", "pas",  "psm",  "rea", "umv"};

EnvSpec Resolve(const LinearPlant& plant, const Options& options) {
  const bool controlgym = options.at("preset").AsText() == "controlgym";
  const bool discrete = plant.discrete;
  const int nx = static_cast<int>(plant.nx()), nw = static_cast<int>(plant.nw());
  CheckLinearOptions(plant, options);

  EnvSpec spec;
  spec.doc = "Regulate a linear plant to the origin: " + plant.models + ". " +
             (discrete ? "x+" : "dx/dt") +
             " = A x + B1 w + B2 u, y = C x + D21 w, reward -|C1 x + "
             "D12 u|^2 (" +
             plant.source + ").";
  spec.observation = {VectorField("observation", ObservationDType(options),
                                  {{"y", static_cast<int>(plant.ny()), "1", -kInfinity, kInfinity,
                                    controlgym ? "measurement of the state before the step"
                                               : "measurement of the state after the step"}})};
  const double limit = LinearActionLimit(plant, options);
  std::vector<Entry> action = {
      {"u", static_cast<int>(plant.nu()), "1", -limit, limit, "control, held over the step"}};
  if (options.at("disturbance").AsText() == "action") {
    // Bounded where actions are: five standard deviations, or those of controlgym's noise.
    const double noise = LinearNoiseDeviation(options);
    const double deviation = noise > 0.0 ? noise : std::sqrt(0.1);
    const double bound = controlgym ? kInfinity : 5 * deviation;
    action.push_back({"w", nw, "1", -bound, bound, "disturbance, held over the step"});
  }
  const bool wide = controlgym || ObservationDType(options) == DType::kFloat64;
  spec.action.field = VectorField("action", wide ? DType::kFloat64 : DType::kFloat32, action);
  spec.action.clip = !controlgym;

  const Field state = VectorField("x", DType::kFloat64,
                                  {{"x", nx, "1", -kInfinity, kInfinity, "state of the plant"}});
  if (controlgym) {
    spec.info.push_back(
        VectorField("state", DType::kFloat64,
                    {{"state", nx, "1", -kInfinity, kInfinity, "state after the step"}}));
  }
  spec.info.push_back(VectorField(
      "output", DType::kFloat64,
      {{"output", static_cast<int>(plant.nz()), "1", -kInfinity, kInfinity,
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

// What the functions below stand on: the plant of a spec, its step, and what the kernel steps with.
struct Model {
  std::shared_ptr<const LinearPlant> plant;
  std::shared_ptr<const LinearStep> step;
  LinearConfig config() const { return MakeLinearConfig(*plant, *step, options); }
  const Options& options;
};

Model ModelOf(const PlantSource& source, const EnvSpec& spec) {
  const std::shared_ptr<const LinearPlant> plant = source(spec.options);
  return {plant, SharedStep(plant, spec.control_period), spec.options};
}

NamedArray Array(const char* name, const Matrix& matrix, const char* doc) {
  return {name,
          {static_cast<int>(matrix.rows()), static_cast<int>(matrix.cols())},
          Flatten(matrix),
          doc};
}

std::vector<NamedArray> Arrays(const Model& model) {
  const LinearPlant& plant = *model.plant;
  const LinearStep& step = *model.step;
  const QuadraticCost cost = plant.Cost();
  const double scale = model.options.at("preset").AsText() == "controlgym"
                           ? 1.0
                           : model.options.at("sample_time").AsNumber();
  std::vector<NamedArray> arrays;
  if (!plant.discrete) {
    arrays = {Array("A", plant.a, "dx/dt = A x + B1 w + B2 u"), Array("B1", plant.b1, "of w"),
              Array("B2", plant.b2, "of u")};
  }
  for (NamedArray& array : std::vector<NamedArray>{
           Array("C", plant.c, "y = C x + D21 w"),
           Array("C1", plant.c1, "z = C1 x + D11 w + D12 u"), Array("D11", plant.d11, "of w in z"),
           Array("D12", plant.d12, "of u in z"), Array("D21", plant.d21, "of w in y"),
           Array("Ad", step.a, "x+ = Ad x + B1d w + B2d u over one step, inputs held"),
           Array("B1d", step.b1, "of w over one step"), Array("B2d", step.b2, "of u over one step"),
           Array("Q", scale * cost.q, "reward = -(x'Q x + 2 x'S u + u'R u)"),
           Array("R", scale * cost.r, "of u in the reward"),
           Array("S", scale * cost.s, "across x and u in the reward")}) {
    arrays.push_back(std::move(array));
  }
  return arrays;
}

Registration Register(const std::string& name, const PlantSource& source) {
  Registration registration;
  registration.id = "Linear-" + name + "-v1";
  registration.family = "linear";
  registration.options = LinearOptions();
  registration.max_episode_steps = 1000;
  registration.resolve = [source](const Options& options) {
    return Resolve(*source(options), options);
  };
  registration.make = [source](const BatchContext& context) {
    const LinearConfig config = ModelOf(source, context.spec).config();
    return MakeKernelBatch(FLYBALL_WIDE_KERNEL_BUILDS(linear), context, &config);
  };
  registration.make_adjoint = [source](const EnvSpec& spec) {
    const Model model = ModelOf(source, spec);
    return MakeLinearAdjoint(model.config(), *model.plant, *model.step);
  };
  registration.plant = [source](const EnvSpec& spec) { return Arrays(ModelOf(source, spec)); };
  registration.policies = LinearPolicies(name, source);
  return registration;
}

std::vector<Registration> Registrations() {
  std::vector<Registration> registrations;
  for (const std::string name : kPlants) {
    registrations.push_back(Register(name, [name](const Options&) { return SharedPlant(name); }));
  }
  Registration custom = Register("Custom", [](const Options& options) {
    return std::make_shared<const LinearPlant>(CustomPlant(options));
  });
  for (Option& option : CustomPlantOptions()) custom.options.push_back(std::move(option));
  registrations.push_back(std::move(custom));
  return registrations;
}

FLYBALL_REGISTER(Registrations());

}  // namespace
}  // namespace flyball
