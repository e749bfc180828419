#include "envs/linear/linear_setup.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "envs/core/option_makers.h"
#include "physics/numeric/error.h"

namespace flyball {
namespace {

bool IsControlgym(const Options& options) { return options.at("preset").AsText() == "controlgym"; }

KernelMatrix ForKernel(const Matrix& matrix) {
  return KernelMatrix(Flatten(matrix), static_cast<int>(matrix.rows()),
                      static_cast<int>(matrix.cols()));
}

// The mean of the initial state, checked.
std::vector<double> InitialMean(const LinearPlant& plant, const Options& options) {
  std::vector<double> mean = options.at("init_state").AsNumbers();
  if (mean.empty()) mean.assign(plant.nx(), 0.0);
  if (static_cast<Eigen::Index>(mean.size()) != plant.nx()) {
    throw InputError("option 'init_state' holds " + std::to_string(mean.size()) + " numbers; " +
                     plant.name + " has " + std::to_string(plant.nx()) + " states");
  }
  for (const double x : mean) {
    if (!std::isfinite(x))
      throw InputError("option 'init_state' holds a number that is not finite");
  }
  return mean;
}

}  // namespace

OptionSchema LinearOptions() {
  using Kind = Option::Kind;
  return {
      {.name = "preset",
       .kind = Kind::kText,
       .default_value = "default",
       .choices = {"default", "controlgym"},
       .doc = "controlgym: as that package steps, its observation of the state before the step "
              "included; default: observation after the step, cost integrated over the step, "
              "bounded actions, white noise whose effect does not depend on the step"},
      {.name = "sample_time",
       .kind = Kind::kNumber,
       .default_value = kLinearReferencePeriod,
       .low = 1e-6,
       .high = 1e3,
       .unit = "s",
       .doc = "time between steps, inputs held"},
      {.name = "noise_cov",
       .kind = Kind::kNumber,
       .default_value = 0.1,
       .low = 0.0,
       .high = 1e12,
       .unit = "1",
       .doc = "variance of each disturbance w over a step of 0.1 s; preset controlgym uses it for "
              "steps of any length, default scales it by 0.1 s / sample_time; 0: no noise"},
      {.name = "disturbance",
       .kind = Kind::kText,
       .default_value = "noise",
       .choices = {"noise", "action"},
       .doc = "where w comes from: drawn, or the last entries of the action"},
      {.name = "init_state",
       .kind = Kind::kList,
       .default_value = List{},
       .doc = "mean of the initial state, as many numbers as the plant has states; empty: zero"},
      {.name = "random_init_state_cov",
       .kind = Kind::kNumber,
       .default_value = 0.1,
       .low = 0.0,
       .high = 1e12,
       .unit = "1",
       .doc = "variance of each initial state about its mean"},
      {.name = "action_limit",
       .kind = Kind::kNumber,
       .low = 1e-9,
       .high = kInfinity,
       .unit = "1",
       .doc = "bound on each |u|, clipped in preset default (there four standard deviations of "
              "what the optimal regulator uses, from the plant's file), a label in controlgym "
              "(there infinite)"},
      {.name = "reward_limit",
       .kind = Kind::kNumber,
       .default_value = kInfinity,
       .low = 0.0,
       .high = kInfinity,
       .unit = "1",
       .doc = "an episode is cut where |reward| exceeds this"},
      {.name = "state_limit",
       .kind = Kind::kNumber,
       .low = 0.0,
       .high = kInfinity,
       .unit = "1",
       .doc =
           "an episode is cut where some |x| exceeds this; 1000 times action_limit, and at least "
           "1000, in preset default, infinite in controlgym"},
  };
}

void CheckLinearOptions(const LinearPlant& plant, const Options& options) {
  InitialMean(plant, options);
}

LinearConfig MakeLinearConfig(const LinearPlant& plant, const LinearStep& step,
                              const Options& options) {
  const bool controlgym = IsControlgym(options);
  LinearConfig config;
  config.nx = static_cast<int>(plant.nx());
  config.nu = static_cast<int>(plant.nu());
  config.nw = static_cast<int>(plant.nw());
  config.ny = static_cast<int>(plant.ny());
  config.nz = static_cast<int>(plant.nz());
  config.a = ForKernel(step.a);
  config.b1 = ForKernel(step.b1);
  config.b2 = ForKernel(step.b2);
  config.c = ForKernel(plant.c);
  config.d21 = ForKernel(plant.d21);
  config.c1 = ForKernel(plant.c1);
  config.d11 = ForKernel(plant.d11);
  config.d12 = ForKernel(plant.d12);
  if (plant.uniform_input_weight) {
    config.extra_input_weight = ForKernel(plant.Cost().r - plant.d12.transpose() * plant.d12);
  }

  config.observe_before = controlgym;
  config.info_state = controlgym;
  config.disturbance_action = options.at("disturbance").AsText() == "action";
  config.noise_deviation = LinearNoiseDeviation(options);
  config.reward_scale = controlgym ? 1.0 : options.at("sample_time").AsNumber();
  config.reward_limit = options.at("reward_limit").AsNumber();
  const double far = 1000.0 * std::max(1.0, LinearActionLimit(plant, options));
  config.state_limit = NumberOr(options, "state_limit", controlgym ? kInfinity : far);
  config.initial_mean = InitialMean(plant, options);
  config.initial_deviation = std::sqrt(options.at("random_init_state_cov").AsNumber());
  return config;
}

double LinearNoiseDeviation(const Options& options) {
  const double noise_cov = options.at("noise_cov").AsNumber();
  const bool controlgym = IsControlgym(options);
  const double sample_time = options.at("sample_time").AsNumber();
  return std::sqrt(controlgym ? noise_cov : noise_cov * kLinearReferencePeriod / sample_time);
}

double LinearActionLimit(const LinearPlant& plant, const Options& options) {
  return NumberOr(options, "action_limit", IsControlgym(options) ? kInfinity : plant.action_limit);
}

}  // namespace flyball
