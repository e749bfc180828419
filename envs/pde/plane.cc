// Flows on a periodic plane: PDE-kolmogorov_flow-v1 (Navier-Stokes) and PDE-burgers_2d-v1.
#include <cmath>
#include <memory>
#include <numbers>
#include <utility>

#include "envs/core/kernel.h"
#include "envs/core/option_makers.h"
#include "envs/core/registry.h"
#include "envs/pde/field_arrays.h"
#include "envs/pde/gradients.h"
#include "envs/pde/opposition.h"
#include "envs/pde/plane_config.h"
#include "envs/policies/rollout_planner.h"
#include "physics/numeric/error.h"

FLYBALL_DECLARE_KERNEL(plane);

namespace flyball {
namespace {

using Kind = Option::Kind;
constexpr double kPi = std::numbers::pi;

// The figures of one flow.
struct PlaneTask {
  const char* id;
  const char* doc;
  bool burgers;
  double length, viscosity, sample_time, integration_time;
  int steps;
  double speed_low, speed_high;  // of the first field
  double action_limit, action_weight;
  double opposition;  // the baseline's gain
  RolloutPlan plan;   // the other baseline's
};
constexpr PlaneTask kTasks[] = {
    {.id = "PDE-kolmogorov_flow-v1",
     .doc =
         "Calm a flow on a doubly periodic plane that is driven by a sine of force and breaks up: "
         "bring it to the even flow that the force alone would hold. Vorticity form, w_t + u . "
         "grad w = nu lap w - drag w + curl of force; 16 stirrers push vorticity in.",
     .burgers = false,
     .length = 2 * kPi,
     .viscosity = 0.025,
     .sample_time = 0.1,
     .integration_time = 0.02,
     .steps = 200,
     .speed_low = 0.5,
     .speed_high = 1.5,
     .action_limit = 5.0,
     .action_weight = 0.001,
     .opposition = 4.0,
     .plan = {20, 5, 8}},
    {.id = "PDE-burgers_2d-v1",
     .doc =
         "Damp waves on a doubly periodic plane that steepen to fronts in both directions: u_t + "
         "(u . grad) u = nu lap u + force, two fields; 16 places are pushed on, in both "
         "directions.",
     .burgers = true,
     .length = 1.0,
     .viscosity = 0.01,
     .sample_time = 0.05,
     .integration_time = 0.005,
     .steps = 100,
     .speed_low = 0.3,
     .speed_high = 0.6,
     .action_limit = 2.0,
     .action_weight = 0.01,
     .opposition = 5.0,
     .plan = {8, 2, 3}},
};

double Get(const Options& options, const char* name) { return options.at(name).AsNumber(); }

OptionSchema OptionsOf(const PlaneTask& d) {
  OptionSchema schema = {
      CountOption("n", 48, 16, 1024,
                  "points along each side, a multiple of 4 with factors 2, 3, 5 only"),
      NumberOption("length", d.length, 1e-6, 1e6, "m", "of each side"),
      NumberOption("sample_time", d.sample_time, 1e-9, 1e3, "s",
                   "between control steps, actions held"),
      NumberOption("integration_time", d.integration_time, 1e-9, 1e3, "s",
                   "longest integration step"),
      NumberOption("viscosity", d.viscosity, 1e-9, 1e6, "m^2/s", "nu"),
      CountOption("actuators", 4, 1, 32, "along each side, evenly spaced"),
      NumberOption("actuator_width", 0.1, 1e-3, 0.5, "1",
                   "of the bells they push with, part of a side"),
      CountOption("sensors", 8, 1, 256, "along each side, on the nearest grid points"),
      NumberOption("sensor_noise_cov", 0.0, 0.0, 1e9, "m^2/s^2", "variance of each measurement"),
      NumberOption("action_limit", d.action_limit, 1e-9, 1e9, d.burgers ? "m/s^2" : "1/s^2",
                   "bound on each action, which is clipped to it"),
      NumberOption("R_weight", d.action_weight, 0.0, 1e12, "1",
                   "of the mean square of the actions"),
      NumberOption("init_speed_low", d.speed_low, 0.0, 1e6, "m/s",
                   "least root mean square of the first "
                   "speed"),
      NumberOption("init_speed_high", d.speed_high, 0.0, 1e6, "m/s", "greatest"),
  };
  if (!d.burgers) {
    schema.push_back(NumberOption("drag", 0.1, 0.0, 1e6, "1/s", "linear drag"));
    schema.push_back(NumberOption("force", 1.0, 0.0, 1e6, "m/s^2",
                                  "amplitude of the force along x, a "
                                  "sine of y"));
    schema.push_back(CountOption("force_waves", 4, 1, 64, "of the force across the plane"));
    schema.push_back(
        {.name = "target",
         .kind = Kind::kText,
         .default_value = "laminar",
         .choices = {"laminar", "rest"},
         .doc = "what the cost is measured from: the even flow under the force, or rest"});
  }
  return schema;
}

// Fields of bells with no mean, one per actuator, as modes of all fields.
void SetActuators(const Options& options, PlaneConfig& c) {
  const int n = c.flow.n, side = static_cast<int>(options.at("actuators").AsInteger());
  const int fields = c.flow.fields(), modes = c.flow.modes();
  const double width = Get(options, "actuator_width");
  if (width * n < 3.0) {
    throw InputError("option 'actuator_width' is " + Value(width).ToJson() + "; a grid of " +
                     std::to_string(n) + " points resolves widths from " + Value(3.0 / n).ToJson());
  }
  const PlaneFft<double> fft(n);
  c.num_actions = fields * side * side;
  c.push_re.assign(static_cast<size_t>(fields) * modes * c.num_actions, 0.0);
  c.push_im = c.push_re;
  std::vector<double> line(static_cast<size_t>(n) * side), x(fft.points()), re(modes), im(modes),
      work(fft.work_size());
  for (int i = 0; i < side; ++i) {
    for (int j = 0; j < n; ++j) {
      double sum = 0.0;
      for (int image = -2; image <= 2; ++image) {
        const double at = (static_cast<double>(j) / n - (i + 0.5) / side + image) / width;
        sum += Exp(-kPi * at * at);
      }
      line[static_cast<size_t>(i) * n + j] = sum;
    }
  }
  for (int a = 0; a < side * side; ++a) {
    for (int row = 0; row < n; ++row) {
      for (int j = 0; j < n; ++j) {
        x[row * n + j] = line[static_cast<size_t>(a / side) * n + row] *
                         line[static_cast<size_t>(a % side) * n + j];
      }
    }
    fft.Forward(x.data(), re.data(), im.data(), work.data());
    // Vorticity has no mean; Burgers may be pushed as a whole.
    if (!c.flow.burgers) re[0] = im[0] = 0.0;
    for (int f = 0; f < fields; ++f) {
      for (int k = 0; k < modes; ++k) {
        const size_t at =
            (static_cast<size_t>(f) * modes + k) * c.num_actions + f * side * side + a;
        c.push_re[at] = c.flow.kept[k] * re[k];
        c.push_im[at] = c.flow.kept[k] * im[k];
      }
    }
  }
}

void SetSensors(const Options& options, PlaneConfig& c) {
  const int n = c.flow.n, side = static_cast<int>(options.at("sensors").AsInteger());
  if (side > n) {
    throw InputError("option 'sensors' is " + std::to_string(side) +
                     "; at most n = " + std::to_string(n));
  }
  // One unit row each, so that the matrix is built as it is kept.
  for (int f = 0; f < c.flow.fields(); ++f) {
    for (int i = 0; i < side * side; ++i) {
      const int row = (2 * (i / side) + 1) * n / (2 * side);
      const int column = (2 * (i % side) + 1) * n / (2 * side);
      c.sensors.column.push_back(f * n * n + row * n + column);
      c.sensors.value.push_back(1.0);
      c.sensors.begin.push_back(static_cast<int>(c.sensors.value.size()));
    }
  }
  c.num_sensors = c.sensors.rows();
}

PlaneConfig Configure(const PlaneTask& task, const Options& options) {
  PlaneConfig c;
  const int n = static_cast<int>(options.at("n").AsInteger());
  const double sample_time = Get(options, "sample_time");
  const double wanted = Get(options, "integration_time");
  if (wanted > sample_time) {
    throw InputError("option 'integration_time' is " + Value(wanted).ToJson() +
                     " s; it must not exceed the sample_time, " + Value(sample_time).ToJson() +
                     " s");
  }
  const double count = std::ceil(sample_time / wanted * (1 - 1e-12));
  if (count > 1e6) {
    throw InputError("option 'integration_time' is " + Value(wanted).ToJson() +
                     " s: more than 1e6 steps in a sample_time");
  }
  c.substeps = static_cast<int>(count);
  const double drag = task.burgers ? 0.0 : Get(options, "drag");
  const double viscosity = Get(options, "viscosity");
  c.flow = MakePlaneFlow(task.burgers, n, Get(options, "length"), viscosity, drag,
                         sample_time / c.substeps);
  const int modes = c.flow.modes(), fields = c.flow.fields();
  c.steady_re.assign(static_cast<size_t>(fields) * modes, 0.0);
  c.steady_im = c.target_re = c.target_im = c.steady_re;

  // force sin(m y) along x: its curl is -force m cos(m y), and the even flow has that over its rate.
  double even_speed = 0.0;
  if (!task.burgers) {
    const int waves = static_cast<int>(options.at("force_waves").AsInteger());
    if (3 * waves >= n) {
      throw InputError("option 'force_waves' is " + std::to_string(waves) +
                       "; a grid of n = " + std::to_string(n) + " points holds less than " +
                       std::to_string((n + 2) / 3));
    }
    const double q = 2 * kPi / c.flow.length * waves, force = Get(options, "force");
    const double rate = viscosity * q * q + drag;
    even_speed = force / rate;
    for (const int l : {waves, n - waves}) {
      c.steady_re[l] = -0.5 * force * q * n * n;
      if (options.at("target").AsText() == "laminar") c.target_re[l] = c.steady_re[l] / rate;
    }
  }
  c.low = Get(options, "init_speed_low");
  c.high = Get(options, "init_speed_high");
  if (c.low > c.high) {
    throw InputError("option 'init_speed_low' is " + Value(c.low).ToJson() +
                     " m/s; it must not exceed init_speed_high, " + Value(c.high).ToJson() +
                     " m/s");
  }
  // The stability limit of Runge-Kutta along the imaginary axis, for the shortest wave kept carried
  // by three times the root mean square.
  const double speed = even_speed + 3 * c.high;
  const double limit = 2.8 / (2 * kPi / c.flow.length * n / 3 * (speed + 1e-300));
  if (sample_time / c.substeps > limit) {
    throw InputError("option 'integration_time' is " + Value(wanted).ToJson() +
                     " s: too long for waves of n = " + std::to_string(n) + " points at " +
                     Value(speed).ToJson() + " m/s; at most " + Value(limit).ToJson() + " s");
  }
  SetActuators(options, c);
  SetSensors(options, c);

  // Half the mean square of the speed: modes k > 0 stand for their mirror images too.
  const double square = std::pow(static_cast<double>(n), -4);
  for (int f = 0; f < fields; ++f) {
    for (int k = 0; k < modes; ++k) {
      const double twice = k < n ? 1.0 : 2.0;  // k / n is the mode along x; the last is not kept
      const double speed2 = task.burgers ? c.flow.kept[k] : c.flow.inverse_square[k];
      c.weight.push_back(0.5 * sample_time * square * twice * speed2);
    }
  }
  c.energy_scale = 1.0 / sample_time;
  c.action_weight = Get(options, "R_weight") * sample_time / c.num_actions;
  c.sensor_deviation = std::sqrt(Get(options, "sensor_noise_cov"));
  return c;
}

EnvSpec Describe(const PlaneTask& task, const Options& options) {
  const PlaneConfig c = Configure(task, options);
  const bool wide = ObservationDType(options) == DType::kFloat64;
  const double limit = Get(options, "action_limit");
  const int points = c.flow.n * c.flow.n;
  EnvSpec spec;
  spec.doc = task.doc;
  spec.doc += " Pseudo-spectral with modes up to n / 3, ETDRK4.";
  const DType seen = ObservationDType(options);
  Field field;
  field.name = "field";
  field.dtype = DType::kFloat64;
  field.shape = {c.flow.fields(), c.flow.n, c.flow.n};
  if (task.burgers) {
    spec.observation = {VectorField(
        "observation", seen,
        {{.name = "u", .size = c.num_sensors / 2, .unit = "m/s", .doc = "along x, at the sensors"},
         {.name = "v",
          .size = c.num_sensors / 2,
          .unit = "m/s",
          .doc = "along y, at the sensors"}})};
    field.entries = {{.name = "u", .size = points, .unit = "m/s", .doc = "along x, rows of y"},
                     {.name = "v", .size = points, .unit = "m/s", .doc = "along y, rows of y"}};
  } else {
    spec.observation = {VectorField(
        "observation", seen,
        {{.name = "vorticity", .size = c.num_sensors, .unit = "1/s", .doc = "at the sensors"}})};
    field.entries = {{.name = "vorticity", .size = points, .unit = "1/s", .doc = "rows of y"}};
  }
  spec.action.field = VectorField(
      "action", wide ? DType::kFloat64 : DType::kFloat32,
      {{.name = task.burgers ? "force" : "stirring",
        .size = c.num_actions,
        .unit = task.burgers ? "m/s^2" : "1/s^2",
        .low = -limit,
        .high = limit,
        .doc = task.burgers ? "of each actuator along x, then along y" : "of each actuator"}});
  spec.info = {
      ScalarField("state_cost", DType::kFloat64, "1", "what the flow before the step costs", 0.0),
      ScalarField("action_cost", DType::kFloat64, "1", "what the action costs", 0.0),
      ScalarField("energy", DType::kFloat64, "m^2/s^2",
                  "half the mean square of the speed before the step", 0.0)};
  spec.state = {field};
  spec.reset = {field, ScalarField("init_speed", DType::kFloat64, "m/s",
                                   "root mean square of the first speed")};
  spec.control_period = Get(options, "sample_time");
  spec.max_episode_steps = task.steps;
  spec.reward_high = 0.0;
  spec.smooth = true;
  spec.options = options;
  return spec;
}

std::vector<Registration> All() {
  std::vector<Registration> all;
  for (const PlaneTask& task : kTasks) {
    Registration registration;
    registration.id = task.id;
    registration.family = "pde";
    registration.options = OptionsOf(task);
    registration.max_episode_steps = task.steps;
    registration.resolve = [&task](const Options& options) { return Describe(task, options); };
    registration.make = [&task](const BatchContext& context) {
      const PlaneConfig config = Configure(task, context.spec.options);
      return MakeKernelBatch(FLYBALL_KERNEL_BUILDS(plane), context, &config);
    };
    registration.make_adjoint = [&task](const EnvSpec& spec) {
      return MakePlaneAdjoint(Configure(task, spec.options));
    };
    registration.plant = [&task](const EnvSpec& spec) {
      return PlaneArrays(Configure(task, spec.options),
                         static_cast<int>(spec.options.at("actuators").AsInteger()));
    };
    registration.policies = {Opposition(task.opposition,
                                        [&task](const EnvSpec& spec, double gain) {
                                          return OpposePlane(Configure(task, spec.options),
                                                             Get(spec.options, "actuator_width"),
                                                             gain);
                                        }),
                             PlanByRollouts(task.plan, registration.make_adjoint)};
    all.push_back(std::move(registration));
  }
  return all;
}

FLYBALL_REGISTER(All());

}  // namespace
}  // namespace flyball
