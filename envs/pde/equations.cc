// The ten equations of controlgym on a periodic domain: their figures, their first fields, their ids.
#include <cmath>
#include <memory>
#include <numbers>
#include <utility>

#include "envs/core/kernel.h"
#include "envs/core/registry.h"
#include "envs/pde/field_arrays.h"
#include "envs/pde/field_setup.h"
#include "envs/pde/gradients.h"
#include "envs/policies/lqr.h"
#include "envs/policies/rollout_planner.h"
#include "physics/numeric/lanes.h"

FLYBALL_DECLARE_KERNEL(field);

namespace flyball {
namespace {

constexpr double kPi = std::numbers::pi;
using Parameters = std::span<const double>;

// ---- First fields. x is measured from the middle of the domain where that matters. ----

// Adds shape(x) and its images at every point, x from -L/2.
template <class Shape>
void AddImages(const FieldConfig& c, std::span<double> field, const Shape& shape) {
  for (int j = 0; j < c.points; ++j) {
    const double x = c.length / c.points * j - 0.5 * c.length;
    double sum = 0.0;
    for (int image = -c.images; image <= c.images; ++image) sum += shape(x + image * c.length);
    field[j] = sum;
  }
}

void Pulse(const FieldConfig& c, Parameters p, std::span<double> field) {
  AddImages(c, field, [&](double x) { return p[0] * (1.0 / Cosh(1.0 / p[1] * x)); });
}

void Soliton(const FieldConfig& c, Parameters p, std::span<double> field) {
  AddImages(c, field, [&](double x) {
    const double sech = 1.0 / Cosh(0.5 * Sqrt(p[0]) * x);
    return -0.5 * p[0] * sech * sech;
  });
}

// Twice a kink and its mirror image, spread apart.
void Plateau(const FieldConfig& c, Parameters p, std::span<double> field) {
  AddImages(c, field,
            [&](double x) { return p[0] * (Tanh(x + 0.5 * p[1]) - Tanh(x - 0.5 * p[1])); });
}

// Waves that close on themselves: wave numbers are of the domain.
template <class Shape>
void SetWave(const FieldConfig& c, std::span<double> field, const Shape& shape) {
  for (int j = 0; j < c.points; ++j) field[j] = shape(2.0 * kPi * j / c.points);
}

void TwoWaves(const FieldConfig& c, Parameters p, std::span<double> field) {
  SetWave(c, field, [&](double turn) { return p[0] * Cos(turn) * Sin(6.0 * turn); });
}

void TwoPeriods(const FieldConfig& c, Parameters p, std::span<double> field) {
  SetWave(c, field, [&](double turn) { return p[0] * Sin(2.0 * turn); });
}

// A population cannot be negative (and where it is, the equation runs off to -infinity).
void Population(const FieldConfig& c, Parameters p, std::span<double> field) {
  SetWave(c, field, [&](double turn) { return 0.5 * p[0] * (1.0 + Sin(2.0 * turn)); });
}

void Bowl(const FieldConfig& c, Parameters p, std::span<double> field) {
  for (int j = 0; j < c.points; ++j) {
    const double x = 2.0 / c.points * j - 1.0;
    field[j] = p[0] + x * x * Cos(kPi * x);
  }
}

// The same without its corner at the ends of the domain: x becomes sin(pi x / 2).
void SmoothBowl(const FieldConfig& c, Parameters p, std::span<double> field) {
  for (int j = 0; j < c.points; ++j) {
    const double x = 2.0 / c.points * j - 1.0, sine = Sin(0.5 * kPi * x);
    field[j] = p[0] + sine * sine * Cos(kPi * x);
  }
}

void Mixture(const FieldConfig& c, Parameters p, std::span<double> field) {
  for (int j = 0; j < c.points; ++j) {
    const double turn = kPi * (2.0 / c.points * j - 1.0);
    field[j] = p[0] * Cos(turn) - Exp(-4.0 * turn * turn);
  }
}

// ---- The figures: controlgym's, and those of preset default where they differ. ----

const FieldTask::Parameter kPulseHeight = {"amplitude", "init_amplitude",           "1", 1.0, 0.2,
                                           false,       "height of the first pulse"};
const FieldTask::Parameter kPulseSpread = {
    "spread", "init_spread", "m", 0.05, 0.02, true, "spread of the first pulse"};

std::vector<FieldTask> Tasks() {
  constexpr PresetNumber kNoise = {0.25, 0.01};  // a standard deviation of half the field, a tenth
  constexpr PresetNumber kExact = {0.0, 0.0}, kNone = {kInfinity, kInfinity};
  return {
      {.equation = "convection_diffusion_reaction",
       .doc = "Damp a pulse that is carried round a periodic domain, spreads, and grows.",
       .unit = "1",
       .n = 200,
       .length = 1.0,
       .sample_time = 0.1,
       .steps = 100,
       .integration_time = kExact,
       .sensor_noise_cov = kNoise,
       .action_weight = {1.0, 0.04},
       .action_limit = {kInfinity, 1.0},
       .reward_limit = kNone,
       .constants = {{"diffusivity_constant", "m^2/s", {0.002, 0.002}, 0.0, 1e6, "diffusivity D"},
                     {"convective_velocity", "m/s", {0.1, 0.1}, -1e6, 1e6, "velocity c"},
                     {"reaction_constant", "1/s", {0.1, 0.1}, -1e6, 1e6, "reaction r"}},
       .parameters = {kPulseHeight, kPulseSpread},
       .initial = Pulse},
      {.equation = "wave",
       .doc = "Bring a ring to rest on which two waves run round, by forces along it.",
       .unit = "1",
       .n = 200,
       .length = 1.0,
       .sample_time = 0.1,
       .steps = 200,
       .integration_time = kExact,
       .sensor_noise_cov = kNoise,
       .action_weight = {1.0, 0.04},
       .action_limit = {kInfinity, 1.0},
       .reward_limit = {1e15, kInfinity},
       .constants = {{"wave_speed", "m/s", {0.1, 0.1}, 1e-9, 1e6, "speed c"}},
       .parameters = {kPulseHeight, kPulseSpread},
       .initial = Pulse},
      {.equation = "schrodinger",
       .doc = "Bring the wave function of a particle on a ring to its target.",
       .unit = "1",
       .n = 256,
       .length = 1.0,
       .sample_time = 0.001,
       .steps = 500,
       .integration_time = kExact,
       .sensor_noise_cov = kNoise,
       .action_weight = {1.0, 0.0004},
       .action_limit = {kInfinity, 100.0},
       .reward_limit = kNone,
       .constants = {{"planck_constant", "1", {1.0, 1.0}, 1e-9, 1e9, "reduced Planck constant h"},
                     {"particle_mass", "1", {1.0, 1.0}, 1e-9, 1e9, "mass m"},
                     {"potential", "1", {0.0, 0.0}, -1e9, 1e9, "constant potential V"}},
       .parameters = {kPulseHeight, kPulseSpread},
       .initial = Pulse},
      // 256 points resolve twice controlgym's viscosity; there the front is one cell wide.
      {.equation = "burgers",
       .doc = "Damp a pulse that runs, steepens to a front and decays.",
       .unit = "m/s",
       .n = 256,
       .length = 1.0,
       .sample_time = 0.05,
       .steps = 100,
       .integration_time = {0.001, 0.05 / 30},
       .sensor_noise_cov = kNoise,
       .action_weight = {1.0, 0.04},
       .action_limit = {kInfinity, 1.0},
       .reward_limit = kNone,
       .constants = {{"diffusivity_constant", "m^2/s", {0.001, 0.002}, 1e-9, 1e6, "viscosity nu"}},
       .parameters = {kPulseHeight, kPulseSpread},
       .initial = Pulse},
      {.equation = "kuramoto_sivashinsky",
       .doc = "Calm a flame front that is chaotic if left alone.",
       .unit = "1",
       .n = 256,
       .length = 32 * kPi,
       .sample_time = 0.5,
       .steps = 500,
       .integration_time = {0.005, 0.5 / 16},
       .sensor_noise_cov = kNoise,
       .action_weight = {1.0, 0.04},
       .action_limit = {kInfinity, 1.0},
       .reward_limit = kNone,
       .parameters = {{"amplitude", "init_amplitude", "1", 1.0, 0.2, false,
                       "height of the first waves"}},
       .initial = TwoWaves},
      // controlgym starts half of the domain below zero, from where the equation runs off to
      // -infinity after 7 s, and its fronts are narrower than its cells.
      {.equation = "fisher",
       .doc = "Hold down a population that grows where it is and spreads where it is not.",
       .unit = "1",
       .n = 256,
       .length = 10.0,
       .sample_time = 0.05,
       .steps = 100,
       .integration_time = {0.001, 0.05},
       .sensor_noise_cov = kNoise,
       .action_weight = {1.0, 0.04},
       .action_limit = {kInfinity, 0.5},
       .reward_limit = kNone,
       .constants = {{"diffusivity_constant", "m^2/s", {1e-4, 0.01}, 0.0, 1e6, "diffusivity D"},
                     {"reaction_constant", "1/s", {0.1, 0.1}, 0.0, 1e6, "reaction r"}},
       .parameters = {{"amplitude", "init_amplitude", "1", 1.0, 0.2, false,
                       "height of the first population"}},
       .initial = TwoPeriods,
       .initial_default = Population},
      // controlgym's fronts are 5e-5 wide where its cells are 8e-3: separate equations at each point.
      {.equation = "allen_cahn",
       .doc = "Bring a mixture of two phases, which part from each other, to its target.",
       .unit = "1",
       .n = 256,
       .length = 2.0,
       .sample_time = 0.01,
       .steps = 100,
       .integration_time = {0.001, 0.01},
       .sensor_noise_cov = kNoise,
       .action_weight = {1.0, 0.04},
       .action_limit = {kInfinity, 5.0},
       .reward_limit = kNone,
       .constants = {{"diffusivity_constant",
                      "m/s^(1/2)",
                      {1e-4, 0.04},
                      0.0,
                      1e3,
                      "d; the diffusivity is its square"},
                     {"potential_constant", "1/s", {5.0, 5.0}, 0.0, 1e6, "potential p"}},
       .parameters = {{"offset", "init_offset", "1", 0.0, 0.2, false, "offset of the first field"}},
       .initial = Bowl,
       .initial_default = SmoothBowl},
      {.equation = "korteweg_de_vries",
       .doc = "Stop a soliton that runs round a channel.",
       .unit = "1",
       .n = 128,
       .length = 10.0,
       .sample_time = 0.01,
       .steps = 100,
       .integration_time = {1e-5, 0.001},
       .sensor_noise_cov = kNoise,
       .action_weight = {1.0, 0.04},
       .action_limit = {kInfinity, 5.0},
       .reward_limit = kNone,
       .parameters = {{"amplitude", "init_amplitude", "1", 2.0, 1.0, true,
                       "speed of the first soliton, twice its depth"}},
       .initial = Soliton},
      {.equation = "cahn_hilliard",
       .doc = "Bring a mixture that parts into two phases, none of it lost, to its target.",
       .unit = "1",
       .n = 256,
       .length = 2.0,
       .sample_time = 0.01,
       .steps = 50,
       .integration_time = {0.001, 0.001},
       .sensor_noise_cov = kNoise,
       .action_weight = {1.0, 0.0004},
       .action_limit = {kInfinity, 10.0},
       .reward_limit = kNone,
       .constants =
           {{"diffusivity_constant", "m^2/s", {1.0, 1.0}, 0.0, 1e6, "mobility D"},
            {"surface_tension_constant", "m^2", {0.02, 0.02}, 1e-12, 1e6, "surface tension g"}},
       .parameters = {{"amplitude", "init_amplitude", "1", 1.0, 0.2, false,
                       "height of the first wave"}},
       .initial = Mixture},
      {.equation = "ginzburg_landau",
       .doc = "Put down a patch of order that grows out of a disordered state.",
       .unit = "1",
       .n = 256,
       .length = 100.0,
       .sample_time = 0.1,
       .steps = 100,
       .integration_time = {0.01, 0.05},
       .sensor_noise_cov = kNoise,
       .action_weight = {1.0, 0.04},
       .action_limit = {kInfinity, 1.0},
       .reward_limit = kNone,
       .parameters = {{"amplitude", "init_amplitude", "1", 0.1, 0.05, false,
                       "half the height of the first patch"},
                      {"spread", "init_spread", "m", 20.0, 10.0, true, "length of the patch"}},
       .initial = Plateau},
  };
}

Registration Register(const FieldTask& task) {
  Registration registration;
  registration.id = "PDE-" + task.equation + "-v1";
  registration.family = "pde";
  registration.options = FieldOptions(task);
  registration.max_episode_steps = task.steps;
  registration.resolve = [task](const Options& options) {
    return MakeFieldSpec(task, MakeFieldConfig(task, options), options);
  };
  registration.make = [task](const BatchContext& context) {
    const FieldConfig config = MakeFieldConfig(task, context.spec.options);
    return MakeKernelBatch(FLYBALL_KERNEL_BUILDS(field), context, &config);
  };
  registration.make_adjoint = [task](const EnvSpec& spec) {
    return MakeFieldAdjoint(MakeFieldConfig(task, spec.options));
  };
  registration.plant = [task](const EnvSpec& spec) {
    const FieldConfig config = MakeFieldConfig(task, spec.options);
    return FieldArrays(config, ActuatorShapes(task, spec.options, config.points));
  };
  registration.policies = {
      {"lqr",
       "the optimal regulator of the equation linearised at the target, from the whole field",
       [task](const EnvSpec& spec) -> std::unique_ptr<Policy> {
         FieldRegulator regulator =
             RegulateField(task, MakeFieldConfig(task, spec.options), spec.options);
         return std::make_unique<StateFeedbackPolicy>(std::move(regulator.gain),
                                                      std::move(regulator.offset), spec);
       }},
      PlanByRollouts({20, 5, 8}, registration.make_adjoint)};
  return registration;
}

std::vector<Registration> All() {
  std::vector<Registration> all;
  for (const FieldTask& task : Tasks()) all.push_back(Register(task));
  return all;
}

FLYBALL_REGISTER(All());

}  // namespace
}  // namespace flyball
