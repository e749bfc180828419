#include "envs/pde/field_setup.h"

#include <cmath>
#include <numbers>

#include "envs/pde/resolution.h"
#include "physics/field/field_solver.h"
#include "physics/field/sensing.h"
#include "physics/numeric/error.h"
#include "physics/numeric/fft.h"

namespace flyball {
namespace {

std::string Text(double x) { return Value(x).ToJson(); }

// The target field: empty for zero, one number for a constant, or `wanted` numbers (those of a grid
// of n, cut down to it by taking every few of them).
std::vector<double> Target(const Options& options, int n, int wanted) {
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
  for (int j = 0; j < wanted; ++j) target[j] = target[static_cast<size_t>(j) * n / wanted];
  target.resize(wanted);
  return target;
}

// Python's sample_time // integration_time: exact, so that a product that falls short by a rounding
// error loses a step, as in controlgym.
int ControlgymSubsteps(double sample_time, double step) {
  if (step > sample_time) {
    throw InputError("option 'integration_time' is " + Text(step) +
                     " s; it must not exceed the sample_time, " + Text(sample_time) + " s");
  }
  const double count = (sample_time - std::fmod(sample_time, step)) / step;
  if (count > 1e7) {
    throw InputError("option 'integration_time' is " + Text(step) +
                     " s: more than 1e7 steps in a sample_time of " + Text(sample_time) + " s");
  }
  return static_cast<int>(std::round(count));
}

std::vector<double> Places(const Options& options, const char* option, int count) {
  const std::vector<double> places = options.at(option).AsNumbers();
  if (places.empty()) return EvenPositions(count);
  CheckPositions(places, option);
  return places;
}

// Rows of all sensors over the whole state: those of the last field come last.
std::vector<double> SensorRows(const FieldConfig& c, const Options& options) {
  if (IsControlgym(options)) return PointSensors(c.n, c.num_sensors);
  std::vector<double> rows;
  int left = c.num_sensors;
  for (int f = 0; f < c.fields; ++f) {
    const int count = left / (c.fields - f) + (left % (c.fields - f) > 0);
    left -= count;
    if (count == 0) continue;
    const bool even = options.at("sensor_positions").AsNumbers().empty();
    std::vector<double> places =
        even ? EvenPositions(count) : Places(options, "sensor_positions", c.num_sensors);
    const double width = options.at("sensor_width").AsNumber();
    std::vector<double> some;
    if (width > 0.0) {
      some = AveragingSensors(c.points, places, width);
    } else if (even) {
      some = InterpolatingSensors(c.points, count);
    } else {
      some = InterpolatingSensors(c.points, places);
    }
    for (size_t i = 0; i < places.size(); ++i) {
      rows.resize(rows.size() + static_cast<size_t>(f) * c.points, 0.0);
      rows.insert(rows.end(), some.begin() + i * c.points, some.begin() + (i + 1) * c.points);
      rows.resize(rows.size() + static_cast<size_t>(c.fields - 1 - f) * c.points, 0.0);
    }
    if (!even) break;  // given places are of the first field
  }
  return rows;
}

void SetForces(const FieldTask& task, const Options& options, FieldConfig& c) {
  const std::vector<double> shapes = ActuatorShapes(task, options, c.points);
  const RealFft<double> fft(c.points);
  const int modes = c.modes();
  c.force_re.resize(static_cast<size_t>(modes) * c.num_actions);
  c.force_im = c.force_re;
  std::vector<double> shape(c.points), re(modes), im(modes), work(fft.work_size());
  for (int i = 0; i < c.num_actions; ++i) {
    for (int j = 0; j < c.points; ++j)
      shape[j] = shapes[static_cast<size_t>(j) * c.num_actions + i];
    fft.Forward(std::span<const double>(shape), std::span(re), std::span(im), std::span(work));
    for (int k = 0; k < modes; ++k) {
      const bool kept = c.keep_nyquist || k < modes - 1;
      c.force_re[static_cast<size_t>(k) * c.num_actions + i] = kept ? re[k] : 0.0;
      c.force_im[static_cast<size_t>(k) * c.num_actions + i] = kept ? im[k] : 0.0;
    }
  }
}

// What steps the field: exact steps, or ETDRK4 with controlgym's quirks or without.
void SetStep(const FieldTask& task, const Options& options, double step, FieldConfig& c) {
  const PeriodicEquation& equation = task.physics();
  const std::vector<double> constants = ConstantsOf(task, options);
  const bool controlgym = IsControlgym(options);
  const double unit = 2 * std::numbers::pi / c.length;
  if (equation.rotation) {
    std::vector<Rotation> generator;
    for (int k = 0; k < c.modes(); ++k) generator.push_back(equation.rotation(unit * k, constants));
    c.modal = MakeModalStep(generator, step, controlgym);
    return;
  }
  std::vector<std::complex<double>> symbol = SymbolOf(equation, c.points, c.length, constants);
  if (equation.linear()) {
    c.modal = MakeModalStep(symbol, step, controlgym);
    return;
  }
  // controlgym pads to 3/2 whatever the degree, and takes half of the circle.
  const int degree = controlgym ? 2 : DegreeOf(equation.polynomial(constants));
  c.term = TermOf(equation, c.points, c.length, constants, PaddedPoints(c.points, degree),
                  c.keep_nyquist);
  if (controlgym && task.equation == "fisher") {
    // There all of the reaction is in the nonlinear part.
    c.term.scaled.c1 = symbol[0].real();
    for (std::complex<double>& l : symbol) l -= c.term.scaled.c1;
  }
  c.etd = MakeEtdCoefficients(symbol, step,
                              controlgym ? EtdContour::kUpperHalfReal : EtdContour::kFullCircle);
}

void SetInitial(const FieldTask& task, const Options& options, FieldConfig& c) {
  const bool controlgym = IsControlgym(options);
  c.initial = controlgym || !task.initial_default ? task.initial : task.initial_default;
  c.images = controlgym ? 0 : 2;
  for (const FieldTask::Parameter& p : task.parameters) {
    const std::string name = p.reset_key;
    const double mean = options.at(name + "_mean").AsNumber();
    const double width = options.at(name + "_width").AsNumber();
    if (p.positive && mean - 0.5 * width <= 0.0) {
      throw InputError("option '" + name + "_width' is " + Text(width) +
                       "; it must be below twice " + name + "_mean, " + Text(2 * mean));
    }
    c.parameters.push_back({mean, width, p.positive, p.reset_key});
  }
}

}  // namespace

std::vector<double> ActuatorShapes(const FieldTask&, const Options& options, int points) {
  const double width = options.at("control_sup_width").AsNumber();
  const int count = static_cast<int>(options.at("n_action").AsInteger());
  if (IsControlgym(options)) return CellActuators(points, count, width);
  const std::vector<double> places = Places(options, "actuator_positions", count);
  return options.at("actuator_shape").AsText() == "bell" ? BellActuators(points, places, width)
                                                         : SmoothActuators(points, places, width);
}

FieldConfig MakeFieldConfig(const FieldTask& task, const Options& options) {
  const int n = static_cast<int>(options.at("n").AsInteger());
  const int fields = task.physics().fields(), unit = 4 * fields;
  if (n % unit != 0) {
    throw InputError("option 'n' is " + std::to_string(n) + "; it must be a multiple of " +
                     std::to_string(unit) + ", such as " + std::to_string((n / unit + 1) * unit));
  }
  const double sample_time = options.at("sample_time").AsNumber();
  int substeps = 1;
  double step = sample_time;
  const RealFft<double> fft(n / fields);  // throws if there is no transform of this length
  if (!task.physics().linear()) {
    if (IsControlgym(options)) {
      step = NumberOf(options, "integration_time", task.integration_time);
      substeps = ControlgymSubsteps(sample_time, step);
    } else {
      substeps = ResolvedSubsteps(task, options);
      step = sample_time / substeps;
    }
  }
  return MakeFieldConfig(task, options, n / fields, step, substeps);
}

FieldConfig MakeFieldConfig(const FieldTask& task, const Options& options, int points, double step,
                            int substeps) {
  const bool controlgym = IsControlgym(options);
  FieldConfig c;
  c.fields = task.physics().fields();
  c.points = points;
  c.n = points * c.fields;
  c.substeps = substeps;
  const std::vector<double> actuators = options.at("actuator_positions").AsNumbers();
  const std::vector<double> sensors = options.at("sensor_positions").AsNumbers();
  if (controlgym && (!actuators.empty() || !sensors.empty())) {
    throw InputError(
        "options 'actuator_positions' and 'sensor_positions' are not of preset "
        "controlgym");
  }
  c.num_actions = actuators.empty() ? static_cast<int>(options.at("n_action").AsInteger())
                                    : static_cast<int>(actuators.size());
  c.num_sensors = sensors.empty() ? static_cast<int>(options.at("n_observation").AsInteger())
                                  : static_cast<int>(sensors.size());
  c.length = options.at("domain_length").AsNumber();
  c.target = Target(options, static_cast<int>(options.at("n").AsInteger()), c.n);
  c.observe_before = c.info_state = c.keep_nyquist = controlgym;
  SetForces(task, options, c);
  SetStep(task, options, step, c);
  SetInitial(task, options, c);
  // The trial before a run looks at the field itself, on a grid that may be coarser than sensors.
  if (c.n == static_cast<int>(options.at("n").AsInteger())) {
    c.sensors = SparseRows(SensorRows(c, options), c.num_sensors, c.n);
  }

  // Weights and noise: by the grid in controlgym, by integrals otherwise.
  const double sample_time = options.at("sample_time").AsNumber(), dx = c.length / c.points;
  const double width = options.at("control_sup_width").AsNumber() * c.length;
  const double noise = options.at("process_noise_cov").AsNumber();
  c.state_weight = options.at("Q_weight").AsNumber() * (controlgym ? 1.0 : dx * sample_time);
  c.action_weight =
      NumberOf(options, "R_weight", task.action_weight) * (controlgym ? 1.0 : width * sample_time);
  c.process_deviation = std::sqrt(controlgym ? noise : noise * sample_time / dx);
  c.sensor_deviation = std::sqrt(NumberOf(options, "sensor_noise_cov", task.sensor_noise_cov));
  c.reward_limit = NumberOf(options, "reward_limit", task.reward_limit);
  return c;
}

}  // namespace flyball
