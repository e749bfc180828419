// PDE-rayleigh_benard-v1: put convection down by heating parts of the lower wall.
#include <cmath>
#include <memory>
#include <numbers>
#include <utility>

#include "envs/core/kernel.h"
#include "envs/core/option_makers.h"
#include "envs/core/registry.h"
#include "envs/pde/convection_config.h"
#include "envs/pde/field_arrays.h"
#include "envs/pde/gradients.h"
#include "envs/pde/opposition.h"
#include "envs/policies/rollout_planner.h"
#include "physics/field/sensing.h"
#include "physics/numeric/error.h"

FLYBALL_DECLARE_KERNEL(convection);

namespace flyball {
namespace {

using Kind = Option::Kind;

double Get(const Options& options, const char* name) { return options.at(name).AsNumber(); }
int Whole(const Options& options, const char* name) {
  return static_cast<int>(options.at(name).AsInteger());
}

OptionSchema CellOptions() {
  return {
      CountOption("nx", 48, 16, 512,
                  "points along the walls, a multiple of 4 with factors 2, 3, 5 only"),
      CountOption("nz", 20, 12, 128, "Chebyshev intervals across"),
      NumberOption("length", 4.0, 0.1, 100.0, "1", "along the walls, in heights"),
      NumberOption("rayleigh", 1e4, 1e-6, 1e9, "1", "Rayleigh number; rolls grow above 1708"),
      NumberOption("prandtl", 0.71, 1e-3, 1e3, "1", "Prandtl number; 0.71: air"),
      NumberOption("sample_time", 1.0, 1e-6, 1e3, "1", "between control steps, in free-fall times"),
      NumberOption("integration_time", 0.05, 1e-6, 1e3, "1", "longest integration step"),
      CountOption("n_action", 8, 1, 64, "heaters, evenly spaced along the lower wall"),
      NumberOption(
          "action_limit", 0.75, 1e-9, 1e3, "1",
          "bound on what each adds to the wall's temperature, of the difference between walls"),
      NumberOption("R_weight", 0.0, 0.0, 1e9, "1", "of the mean square of the actions"),
      CountOption("sensors_x", 8, 1, 512, "along the walls, on the nearest grid points"),
      CountOption("sensors_z", 4, 1, 127, "across, on the nearest rows"),
      NumberOption("sensor_noise_cov", 0.0, 0.0, 1e9, "1", "variance of each measurement"),
      NumberOption("init_roll_low", 0.1, 0.0, 10.0, "1",
                   "least size of the first rolls, in temperature"),
      NumberOption("init_roll_high", 0.4, 0.0, 10.0, "1", "greatest"),
  };
}

ConvectionConfig Configure(const Options& options) {
  ConvectionConfig c;
  const int nx = Whole(options, "nx"), nz = Whole(options, "nz");
  const double sample_time = Get(options, "sample_time");
  const double wanted = Get(options, "integration_time");
  if (wanted > sample_time) {
    throw InputError("option 'integration_time' is " + Value(wanted).ToJson() +
                     "; it must not exceed the sample_time, " + Value(sample_time).ToJson());
  }
  c.substeps = static_cast<int>(std::ceil(sample_time / wanted * (1 - 1e-12)));
  // A plume falls freely: its speed is about 1 at most, and the shortest wave kept has to be followed.
  const double limit = 2.0 / (2 * std::numbers::pi / Get(options, "length") * nx / 3);
  if (sample_time / c.substeps > limit) {
    throw InputError("option 'integration_time' is " + Value(wanted).ToJson() +
                     ": too long for waves of nx = " + std::to_string(nx) + " points; at most " +
                     Value(limit).ToJson());
  }
  const RealFft<double> fft(nx);  // throws if there is no transform of this length
  c.cell = MakeConvection(nx, nz, Get(options, "length"), Get(options, "rayleigh"),
                          Get(options, "prandtl"), sample_time / c.substeps);
  const ConvectionData& d = c.cell;

  // Heaters side by side, as modes; their mean is taken out, so that the walls' difference stays 1.
  c.num_actions = Whole(options, "n_action");
  const std::vector<double> shapes = SmoothActuators(nx, c.num_actions, 1.0 / c.num_actions);
  std::vector<double> line(nx), re(d.modes()), im(d.modes()), work(fft.work_size());
  c.push_re.assign(static_cast<size_t>(d.kept) * c.num_actions, 0.0);
  c.push_im = c.push_re;
  for (int i = 0; i < c.num_actions; ++i) {
    for (int j = 0; j < nx; ++j) line[j] = shapes[static_cast<size_t>(j) * c.num_actions + i];
    fft.Forward(std::span<const double>(line), std::span(re), std::span(im), std::span(work));
    for (int k = 1; k < d.kept; ++k) {
      c.push_re[static_cast<size_t>(k) * c.num_actions + i] = re[k];
      c.push_im[static_cast<size_t>(k) * c.num_actions + i] = im[k];
    }
  }
  c.action_weight = Get(options, "R_weight") / c.num_actions;

  const int sx = Whole(options, "sensors_x"), sz = Whole(options, "sensors_z");
  if (sx > nx || sz > d.rows()) {
    throw InputError("options 'sensors_x' and 'sensors_z' are " + std::to_string(sx) + " and " +
                     std::to_string(sz) + "; at most nx = " + std::to_string(nx) +
                     " and nz - 1 = " + std::to_string(d.rows()));
  }
  for (int i = 0; i < sz; ++i) {
    const int row = (2 * i + 1) * d.rows() / (2 * sz);
    for (int j = 0; j < sx; ++j) {
      c.sensors.column.push_back(row * nx + (2 * j + 1) * nx / (2 * sx));
      c.sensors.value.push_back(1.0);
      c.sensors.begin.push_back(static_cast<int>(c.sensors.value.size()));
    }
  }
  c.num_sensors = c.sensors.rows();
  c.sensor_deviation = std::sqrt(Get(options, "sensor_noise_cov"));
  c.low = Get(options, "init_roll_low");
  c.high = Get(options, "init_roll_high");
  if (c.low > c.high) {
    throw InputError("option 'init_roll_low' is " + Value(c.low).ToJson() +
                     "; it must not exceed init_roll_high, " + Value(c.high).ToJson());
  }
  return c;
}

EnvSpec Describe(const Options& options) {
  const ConvectionConfig c = Configure(options);
  const bool wide = ObservationDType(options) == DType::kFloat64;
  const double limit = Get(options, "action_limit");
  EnvSpec spec;
  spec.doc =
      "Put convection between two plates down by heating parts of the lower one: "
      "u_t + u . grad u = -grad p + nu lap u + T e_z, T_t + u . grad T = kappa lap T, div u = 0, "
      "no "
      "slip, in units of height, temperature difference and free fall. The reward is minus the "
      "Nusselt number, the heat that crosses over what conduction alone would carry. Fourier along "
      "the plates, Chebyshev across, second order in time with diffusion implicit.";
  spec.observation = {VectorField("observation", ObservationDType(options),
                                  {{.name = "temperature",
                                    .size = c.num_sensors,
                                    .unit = "1",
                                    .doc = "at the sensors, rows of "
                                           "equal height"}})};
  spec.action.field = VectorField("action", wide ? DType::kFloat64 : DType::kFloat32,
                                  {{.name = "heat",
                                    .size = c.num_actions,
                                    .unit = "1",
                                    .low = -limit,
                                    .high = limit,
                                    .doc = "of each part of the lower wall; their mean is taken "
                                           "out"}});
  spec.info = {ScalarField("nusselt", DType::kFloat64, "1",
                           "heat flux through the lower wall after the step"),
               ScalarField("action_cost", DType::kFloat64, "1", "what the action costs", 0.0)};
  Field field;
  field.name = "field";
  field.shape = {2, c.cell.rows(), c.cell.nx};
  const int points = static_cast<int>(c.cell.row_size());
  field.entries = {{.name = "temperature",
                    .size = points,
                    .unit = "1",
                    .doc = "rows from the lower wall up, closer together at the walls"},
                   {.name = "stream",
                    .size = points,
                    .unit = "1",
                    .doc = "stream function: u = psi_z, w = -psi_x"}};
  spec.state = {field};
  spec.reset = {field, ScalarField("init_roll", DType::kFloat64, "1",
                                   "size of the first rolls, in temperature")};
  spec.control_period = Get(options, "sample_time");
  spec.max_episode_steps = 200;
  spec.smooth = true;
  spec.options = options;
  return spec;
}

std::unique_ptr<Adjoint> MakeAdjoint(const EnvSpec& spec) {
  return MakeConvectionAdjoint(Configure(spec.options));
}

FLYBALL_REGISTER(Registration{
    .id = "PDE-rayleigh_benard-v1",
    .family = "pde",
    .options = CellOptions(),
    .max_episode_steps = 200,
    .resolve = Describe,
    .make =
        [](const BatchContext& context) {
          const ConvectionConfig config = Configure(context.spec.options);
          return MakeKernelBatch(FLYBALL_KERNEL_BUILDS(convection), context, &config);
        },
    .policies = {Opposition(10.0,
                            [](const EnvSpec& spec, double gain) {
                              return OpposeConvection(Configure(spec.options), gain);
                            }),
                 PlanByRollouts({10, 2, 4}, MakeAdjoint)},
    .make_adjoint = MakeAdjoint,
    .plant = [](const EnvSpec& spec) { return ConvectionArrays(Configure(spec.options)); }});

}  // namespace
}  // namespace flyball
