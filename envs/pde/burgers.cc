// PDE-burgers-v1: damp a pulse under the viscous Burgers equation.
#include <cmath>
#include <complex>
#include <memory>
#include <numbers>
#include <string>
#include <utility>
#include <vector>

#include "envs/core/kernel.h"
#include "envs/core/registry.h"
#include "envs/pde/field_setup.h"
#include "envs/policies/lqr.h"
#include "physics/numeric/error.h"

FLYBALL_DECLARE_KERNEL(burgers);

namespace flyball {
namespace {

// controlgym's figures; by default a viscosity that 256 points resolve (there the front is one cell
// wide), a twofold step that is still exact to 1e-6, and sensors that see the pulse (its noise has
// a standard deviation of half the pulse).
constexpr FieldDefaults kDefaults = {
    .n = 256,
    .length = 1.0,
    .sample_time = 0.05,
    .integration_time = {0.001, 0.002},
    .sensor_noise_cov = {0.25, 0.01},
    .action_weight = {1.0, 0.04},
    .action_limit = {kInfinity, 1.0},
    .amplitude_mean = 1.0,
    .amplitude_width = 0.2,
    .spread_mean = 0.05,
    .spread_width = 0.02,
};
constexpr PresetNumber kViscosity = {0.001, 0.002};

double Viscosity(const Options& options) {
  return NumberOf(options, "diffusivity_constant", kViscosity);
}

// What the default preset asks of grid and step, so that a result is the equation's.
void CheckResolution(const FieldConfig& c, double viscosity, double step) {
  const double speed = std::abs(c.amplitude_mean) + 0.5 * c.amplitude_width, dx = c.length / c.n;
  // A front of height `speed` is 4 viscosity / speed wide; its modes fall by exp(-2 pi^2 / ratio).
  const double ratio = speed * dx / viscosity;
  if (ratio > 4.0) {
    throw InputError("option 'n' is " + std::to_string(c.n) +
                     ", too small for fronts at viscosity " + Value(viscosity).ToJson() +
                     " m^2/s; at least " +
                     std::to_string(static_cast<int>(std::ceil(c.n * ratio / 4.0 / 4.0)) * 4));
  }
  // The stability limit of Runge-Kutta along the imaginary axis, for the shortest wave.
  const double limit = 2.8 / (std::numbers::pi / dx * speed);
  if (step > limit) {
    throw InputError("option 'integration_time' is " + Value(step).ToJson() +
                     " s: too long for waves of " + std::to_string(c.n) + " points at " +
                     Value(speed).ToJson() + " m/s; at most " + Value(limit).ToJson() + " s");
  }
}

FieldConfig Configure(const Options& options) {
  const bool controlgym = IsControlgym(options);
  FieldConfig c = MakeFieldConfig(options, kDefaults);
  const double step = IntegrationStep(options, kDefaults, &c.substeps);
  const double viscosity = Viscosity(options);
  if (!controlgym) CheckResolution(c, viscosity, step);

  std::vector<std::complex<double>> symbol;
  for (int k = 0; k <= c.n / 2; ++k) {
    const double wave = 2 * std::numbers::pi / c.length * k;
    symbol.push_back(-viscosity * wave * wave);
  }
  c.etd = MakeEtdCoefficients(symbol, step,
                              controlgym ? EtdContour::kUpperHalfReal : EtdContour::kFullCircle);
  c.flux = MakeQuadraticFlux(c.n, c.length, -0.5, c.keep_nyquist);
  return c;
}

std::unique_ptr<Policy> MakeLqr(const EnvSpec& spec) {
  const FieldConfig config = Configure(spec.options);
  FieldRegulator regulator = RegulateAdvection(config, ActuatorShapes(spec.options),
                                               Viscosity(spec.options), spec.control_period);
  return std::make_unique<StateFeedbackPolicy>(std::move(regulator.gain),
                                               std::move(regulator.offset), spec);
}

Registration Burgers() {
  Registration registration;
  registration.id = "PDE-burgers-v1";
  registration.family = "pde";
  registration.options = FieldOptions(kDefaults);
  registration.options.push_back({.name = "diffusivity_constant",
                                  .kind = Option::Kind::kNumber,
                                  .low = 1e-9,
                                  .high = 1e6,
                                  .unit = "m^2/s",
                                  .doc = "viscosity; " + Value(kViscosity.otherwise).ToJson() +
                                         " in preset default, " +
                                         Value(kViscosity.controlgym).ToJson() + " in controlgym"});
  registration.max_episode_steps = 100;
  registration.resolve = [](const Options& options) {
    return MakeFieldSpec(Configure(options), options, kDefaults,
                         "Bring a field on a periodic domain to its target under the viscous "
                         "Burgers equation, u_t = nu u_xx - u u_x + force: a pulse runs, steepens "
                         "to a front and decays, and actuators push on parts of the domain.");
  };
  registration.make = [](const BatchContext& context) {
    const FieldConfig config = Configure(context.spec.options);
    return MakeKernelBatch(FLYBALL_KERNEL_BUILDS(burgers), context, &config);
  };
  registration.policies = {
      {"lqr",
       "the optimal regulator of the equation linearised at the target, from the whole field",
       MakeLqr}};
  return registration;
}

FLYBALL_REGISTER(Burgers());

}  // namespace
}  // namespace flyball
