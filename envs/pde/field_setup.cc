#include "envs/pde/field_setup.h"

#include <cmath>
#include <numbers>

#include "physics/field/sensing.h"
#include "physics/numeric/error.h"
#include "physics/numeric/fft.h"

namespace flyball {
namespace {

std::string Text(double x) { return Value(x).ToJson(); }

// The target field: empty for zero, one number for a constant, or n numbers.
std::vector<double> Target(const Options& options, int n) {
  std::vector<double> target = options.at("target_state").AsNumbers();
  if (target.empty()) target = {0.0};
  if (target.size() == 1) target.assign(n, target[0]);
  if (static_cast<int>(target.size()) != n) {
    throw InputError("option 'target_state' holds " + std::to_string(target.size()) +
                     " numbers; it takes none, one, or n = " + std::to_string(n));
  }
  for (const double x : target) {
    if (!std::isfinite(x)) {
      throw InputError("option 'target_state' holds a number that is not finite");
    }
  }
  return target;
}

}  // namespace

bool IsControlgym(const Options& options) { return options.at("preset").AsText() == "controlgym"; }

double NumberOf(const Options& options, const char* name, const PresetNumber& preset) {
  const Value& value = options.at(name);
  if (!value.is_null()) return value.AsNumber();
  return IsControlgym(options) ? preset.controlgym : preset.otherwise;
}

OptionSchema FieldOptions(const FieldDefaults& d) {
  using Kind = Option::Kind;
  const auto presets = [](const PresetNumber& number) {
    return "; " + Text(number.otherwise) + " in preset default, " + Text(number.controlgym) +
           " in controlgym";
  };
  return {
      {.name = "preset",
       .kind = Kind::kText,
       .default_value = "default",
       .choices = {"default", "controlgym"},
       .doc = "controlgym: as that package steps, its observation of the field before the step and "
              "its numerics included; default: observation after the step, cost and noise that do "
              "not depend on the grid, bounded actions, smooth actuators, a resolved field"},
      {.name = "n",
       .kind = Kind::kInteger,
       .default_value = d.n,
       .low = 8,
       .high = 1 << 16,
       .unit = "1",
       .doc = "grid points, a multiple of 4 with factors 2, 3 and 5 only"},
      {.name = "domain_length",
       .kind = Kind::kNumber,
       .default_value = d.length,
       .low = 1e-6,
       .high = 1e6,
       .unit = "m",
       .doc = "length of the periodic domain"},
      {.name = "sample_time",
       .kind = Kind::kNumber,
       .default_value = d.sample_time,
       .low = 1e-9,
       .high = 1e3,
       .unit = "s",
       .doc = "time between control steps, the force held"},
      {.name = "integration_time",
       .kind = Kind::kNumber,
       .low = 1e-9,
       .high = 1e3,
       .unit = "s",
       .doc = "longest integration step" + presets(d.integration_time)},
      {.name = "process_noise_cov",
       .kind = Kind::kNumber,
       .default_value = 0.0,
       .low = 0.0,
       .high = 1e9,
       .unit = "m^2/s^2",
       .doc = "controlgym: variance of what is added to each grid point after each step; default: "
              "intensity of white noise in space and time, m^3/s^3"},
      {.name = "sensor_noise_cov",
       .kind = Kind::kNumber,
       .low = 0.0,
       .high = 1e9,
       .unit = "m^2/s^2",
       .doc = "variance of each measurement" + presets(d.sensor_noise_cov)},
      {.name = "target_state",
       .kind = Kind::kList,
       .default_value = List{},
       .doc = "the field to reach: none for zero, one number for a constant, or n numbers, m/s"},
      {.name = "n_observation",
       .kind = Kind::kInteger,
       .default_value = 10,
       .low = 1,
       .high = 1 << 16,
       .unit = "1",
       .doc = "point sensors"},
      {.name = "n_action",
       .kind = Kind::kInteger,
       .default_value = 8,
       .low = 1,
       .high = 1 << 16,
       .unit = "1",
       .doc = "actuators, evenly spaced"},
      {.name = "control_sup_width",
       .kind = Kind::kNumber,
       .default_value = 0.1,
       .low = 1e-9,
       .high = 1.0,
       .unit = "1",
       .doc = "width of each actuator as a fraction of the domain; all of them must fit"},
      {.name = "Q_weight",
       .kind = Kind::kNumber,
       .default_value = 1.0,
       .low = 0.0,
       .high = 1e12,
       .unit = "1",
       .doc = "weight of the squared error; controlgym: summed over grid points; default: "
              "integrated over the domain and the step"},
      {.name = "R_weight",
       .kind = Kind::kNumber,
       .low = 1e-12,
       .high = 1e12,
       .unit = "1",
       .doc = "weight of control; controlgym: of the sum of squared actions; default: of the "
              "squared force integrated over the domain and the step" +
              presets(d.action_weight)},
      {.name = "action_limit",
       .kind = Kind::kNumber,
       .low = 1e-9,
       .high = kInfinity,
       .unit = "m/s^2",
       .doc = "bound on each action, clipped in preset default, a label in controlgym" +
              presets(d.action_limit)},
      {.name = "reward_limit",
       .kind = Kind::kNumber,
       .default_value = kInfinity,
       .low = 0.0,
       .high = kInfinity,
       .unit = "1",
       .doc = "an episode is cut where |reward| exceeds this"},
      {.name = "init_amplitude_mean",
       .kind = Kind::kNumber,
       .default_value = d.amplitude_mean,
       .low = -1e6,
       .high = 1e6,
       .unit = "m/s",
       .doc = "mean height of the first pulse"},
      {.name = "init_amplitude_width",
       .kind = Kind::kNumber,
       .default_value = d.amplitude_width,
       .low = 0.0,
       .high = 1e6,
       .unit = "m/s",
       .doc = "its range from lowest to highest"},
      {.name = "init_spread_mean",
       .kind = Kind::kNumber,
       .default_value = d.spread_mean,
       .low = 1e-6,
       .high = 1e6,
       .unit = "m",
       .doc = "mean spread of the first pulse"},
      {.name = "init_spread_width",
       .kind = Kind::kNumber,
       .default_value = d.spread_width,
       .low = 0.0,
       .high = 1e6,
       .unit = "m",
       .doc = "its range from lowest to highest"},
  };
}

double IntegrationStep(const Options& options, const FieldDefaults& defaults, int* substeps) {
  const double sample_time = options.at("sample_time").AsNumber();
  const double step = NumberOf(options, "integration_time", defaults.integration_time);
  if (step > sample_time) {
    throw InputError("option 'integration_time' is " + Text(step) +
                     " s; it must not exceed the "
                     "sample_time, " +
                     Text(sample_time) + " s");
  }
  // Python's sample_time // integration_time: exact, so a product that falls short by a rounding
  // error loses a step.
  const double count = IsControlgym(options) ? (sample_time - std::fmod(sample_time, step)) / step
                                             : std::ceil(sample_time / step * (1 - 1e-12));
  if (count > 1e7) {
    throw InputError("option 'integration_time' is " + Text(step) +
                     " s: more than 1e7 steps in a "
                     "sample_time of " +
                     Text(sample_time) + " s");
  }
  *substeps = static_cast<int>(std::round(count));
  return IsControlgym(options) ? step : sample_time / *substeps;
}

std::vector<double> ActuatorShapes(const Options& options) {
  const int n = static_cast<int>(options.at("n").AsInteger());
  const int count = static_cast<int>(options.at("n_action").AsInteger());
  const double width = options.at("control_sup_width").AsNumber();
  return IsControlgym(options) ? CellActuators(n, count, width) : SmoothActuators(n, count, width);
}

FieldConfig MakeFieldConfig(const Options& options, const FieldDefaults& defaults) {
  const bool controlgym = IsControlgym(options);
  FieldConfig c;
  c.n = static_cast<int>(options.at("n").AsInteger());
  if (c.n % 4 != 0) {
    throw InputError("option 'n' is " + std::to_string(c.n) +
                     "; it must be a multiple of 4, such as " + std::to_string(c.n / 4 * 4 + 4));
  }
  const RealFft<double> fft(c.n);  // throws if there is no transform of this length
  c.num_actions = static_cast<int>(options.at("n_action").AsInteger());
  c.num_sensors = static_cast<int>(options.at("n_observation").AsInteger());
  c.length = options.at("domain_length").AsNumber();
  c.target = Target(options, c.n);
  c.observe_before = c.info_state = c.keep_nyquist = controlgym;

  // Sensors, and the modes of the actuators' shapes.
  c.sensors = SparseRows(
      controlgym ? PointSensors(c.n, c.num_sensors) : InterpolatingSensors(c.n, c.num_sensors),
      c.num_sensors, c.n);
  const std::vector<double> shapes = ActuatorShapes(options);
  const int modes = c.n / 2 + 1;
  c.force_re.resize(static_cast<size_t>(modes) * c.num_actions);
  c.force_im = c.force_re;
  std::vector<double> shape(c.n), re(modes), im(modes), work(fft.work_size());
  for (int i = 0; i < c.num_actions; ++i) {
    for (int j = 0; j < c.n; ++j) shape[j] = shapes[static_cast<size_t>(j) * c.num_actions + i];
    fft.Forward(std::span<const double>(shape), std::span(re), std::span(im), std::span(work));
    for (int k = 0; k < modes; ++k) {
      const bool kept = c.keep_nyquist || k < modes - 1;
      c.force_re[static_cast<size_t>(k) * c.num_actions + i] = kept ? re[k] : 0.0;
      c.force_im[static_cast<size_t>(k) * c.num_actions + i] = kept ? im[k] : 0.0;
    }
  }

  // Weights and noise: by the grid in controlgym, by integrals otherwise.
  const double sample_time = options.at("sample_time").AsNumber(), dx = c.length / c.n;
  const double width = options.at("control_sup_width").AsNumber() * c.length;
  const double noise = options.at("process_noise_cov").AsNumber();
  c.state_weight = options.at("Q_weight").AsNumber() * (controlgym ? 1.0 : dx * sample_time);
  c.action_weight = NumberOf(options, "R_weight", defaults.action_weight) *
                    (controlgym ? 1.0 : width * sample_time);
  c.process_deviation = std::sqrt(controlgym ? noise : noise * sample_time / dx);
  c.sensor_deviation = std::sqrt(NumberOf(options, "sensor_noise_cov", defaults.sensor_noise_cov));
  c.reward_limit = options.at("reward_limit").AsNumber();

  c.amplitude_mean = options.at("init_amplitude_mean").AsNumber();
  c.amplitude_width = options.at("init_amplitude_width").AsNumber();
  c.spread_mean = options.at("init_spread_mean").AsNumber();
  c.spread_width = options.at("init_spread_width").AsNumber();
  if (c.spread_mean - 0.5 * c.spread_width <= 0.0) {
    throw InputError("option 'init_spread_width' is " + Text(c.spread_width) +
                     " m; it must be below twice init_spread_mean, " + Text(2 * c.spread_mean) +
                     " m");
  }
  c.images = controlgym ? 0 : 2;
  return c;
}

EnvSpec MakeFieldSpec(const FieldConfig& c, const Options& options, const FieldDefaults& defaults,
                      const std::string& doc) {
  const bool controlgym = IsControlgym(options);
  const bool wide = controlgym || ObservationDType(options) == DType::kFloat64;
  const double limit = NumberOf(options, "action_limit", defaults.action_limit);
  const Field field = VectorField("field", DType::kFloat64,
                                  {{"u", c.n, "m/s", -kInfinity, kInfinity, "field on the grid"}});
  EnvSpec spec;
  spec.doc = doc;
  spec.observation = {VectorField("observation", ObservationDType(options),
                                  {{"u", c.num_sensors, "m/s", -kInfinity, kInfinity,
                                    controlgym ? "field at the sensors before the step"
                                               : "field at the sensors after the step"}})};
  spec.action.field = VectorField(
      "action", wide ? DType::kFloat64 : DType::kFloat32,
      {{"force", c.num_actions, "m/s^2", -limit, limit, "of each actuator, held over the step"}});
  spec.action.clip = !controlgym;
  if (c.info_state) {
    spec.info = {
        VectorField("state", DType::kFloat64,
                    {{"state", c.n, "m/s", -kInfinity, kInfinity, "field after the step"}})};
  } else {
    spec.info = {ScalarField("state_cost", DType::kFloat64, "1",
                             "what the error before the step costs, a part of -reward", 0.0),
                 ScalarField("action_cost", DType::kFloat64, "1",
                             "what the action costs, the rest of -reward", 0.0)};
  }
  spec.state = {field};
  spec.reset = {field,
                ScalarField("init_amplitude", DType::kFloat64, "m/s", "height of the first pulse"),
                ScalarField("init_spread", DType::kFloat64, "m", "spread of the first pulse", 0.0)};
  spec.control_period = options.at("sample_time").AsNumber();
  spec.max_episode_steps = 100;
  spec.reward_high = 0.0;
  spec.smooth = true;  // noise is added: the same draw on both sides of a difference cancels
  spec.options = options;
  return spec;
}

}  // namespace flyball
