// The options and the description of the periodic field environments.
#include <utility>

#include "envs/core/option_makers.h"
#include "envs/pde/field_setup.h"

namespace flyball {
namespace {

using Kind = Option::Kind;

std::string Text(double x) { return Value(x).ToJson(); }

std::string Presets(const PresetNumber& number) {
  return "; " + Text(number.otherwise) + " in preset default, " + Text(number.controlgym) +
         " in controlgym";
}

Option Count(std::string name, int value, int low, std::string doc) {
  return CountOption(std::move(name), value, low, 1 << 16, std::move(doc));
}

OptionSchema GridOptions(const FieldTask& d) {
  OptionSchema schema = {
      {.name = "preset",
       .kind = Kind::kText,
       .default_value = "default",
       .choices = {"default", "controlgym"},
       .doc = "controlgym: as that package steps, its observation of the field before the step and "
              "its numerics included; default: observation after the step, cost and noise that do "
              "not depend on the grid, bounded actions, smooth actuators, a resolved field"},
      Count("n", d.n, 16,
            d.physics().fields() == 1
                ? "grid points, a multiple of 4 with factors 2, 3 and 5 only"
                : "numbers in the state, half of them for each of two fields on the same grid; a "
                  "multiple of 8 with factors 2, 3 and 5 only"),
      NumberOption("domain_length", d.length, 1e-6, 1e6, "m", "length of the periodic domain"),
      NumberOption("sample_time", d.sample_time, 1e-9, 1e3, "s",
                   "time between control steps, the force held"),
  };
  if (!d.physics().linear()) {
    schema.push_back(
        NumberOption("integration_time", {}, 1e-9, 1e3, "s",
                     "longest integration step" + Presets(d.integration_time) +
                         "; if not given, preset default halves it until a control step is "
                         "exact to 1e-5 of the field"));
  }
  return schema;
}

void AddControl(const FieldTask& d, OptionSchema& schema) {
  schema.insert(
      schema.end(),
      {Count("n_observation", 10, 1,
             d.physics().fields() == 1 ? "sensors"
                                       : "sensors, the first half of them on the first field"),
       {.name = "sensor_positions",
        .kind = Kind::kList,
        .default_value = List{},
        .doc = "where the sensors are, as fractions of the domain, instead of n_observation even "
               "ones; preset default only"},
       NumberOption(
           "sensor_width", 0.0, 0.0, 1.0, "1",
           "0: sensors read points; else averages over this fraction of the domain; preset "
           "default only"),
       Count("n_action", 8, 1, "actuators, evenly spaced"),
       {.name = "actuator_positions",
        .kind = Kind::kList,
        .default_value = List{},
        .doc =
            "where the actuators are, as fractions of the domain, instead of n_action even ones; "
            "preset default only"},
       {.name = "actuator_shape",
        .kind = Kind::kText,
        .default_value = "flat",
        .choices = {"flat", "bell"},
        .doc = "flat with smooth edges, or a bell of the same integral; preset default only"},
       NumberOption("control_sup_width", 0.1, 1e-9, 1.0, "1",
                    "width of each actuator as a fraction of the domain; all of them must fit"),
       NumberOption("action_limit", {}, 1e-9, kInfinity, "(" + d.unit + ")/s",
                    "bound on each action, clipped in preset default, a label in controlgym" +
                        Presets(d.action_limit)),
       {.name = "target_state",
        .kind = Kind::kList,
        .default_value = List{},
        .doc = "the field to reach: none for zero, one number for a constant, or n numbers"},
       NumberOption("Q_weight", 1.0, 0.0, 1e12, "1",
                    "weight of the squared error; controlgym: summed over grid points; default: "
                    "integrated over the domain and the step"),
       NumberOption("R_weight", {}, 1e-12, 1e12, "1",
                    "weight of control; controlgym: of the sum of squared actions; default: of the "
                    "squared force integrated over the domain and the step" +
                        Presets(d.action_weight)),
       NumberOption("reward_limit", {}, 0.0, kInfinity, "1",
                    "an episode is cut where |reward| exceeds this" + Presets(d.reward_limit)),
       NumberOption(
           "process_noise_cov", 0.0, 0.0, 1e9, "(" + d.unit + ")^2",
           "controlgym: variance of what is added to each grid point after each step; default: "
           "intensity of white noise in space and time, per metre and second"),
       NumberOption("sensor_noise_cov", {}, 0.0, 1e9, "(" + d.unit + ")^2",
                    "variance of each measurement" + Presets(d.sensor_noise_cov))});
}

void AddPhysics(const FieldTask& d, OptionSchema& schema) {
  for (const FieldTask::Parameter& p : d.parameters) {
    const std::string name = p.reset_key, doc = p.doc;
    const double low = p.positive ? 1e-6 : -1e6;
    schema.push_back(NumberOption(name + "_mean", p.mean, low, 1e6, p.unit, "mean of the " + doc));
    schema.push_back(NumberOption(name + "_width", p.width, 0.0, 1e6, p.unit,
                                  "range, lowest to highest, of the " + doc));
  }
  for (const FieldTask::Constant& c : d.constants) {
    const bool same = c.value.controlgym == c.value.otherwise;
    schema.push_back(NumberOption(c.name, same ? Value(c.value.otherwise) : Value(), c.low, c.high,
                                  c.unit, c.doc + (same ? "" : Presets(c.value))));
  }
}

}  // namespace

bool IsControlgym(const Options& options) { return options.at("preset").AsText() == "controlgym"; }

double NumberOf(const Options& options, const std::string& name, const PresetNumber& preset) {
  return NumberOr(options, name, IsControlgym(options) ? preset.controlgym : preset.otherwise);
}

std::vector<double> ConstantsOf(const FieldTask& task, const Options& options) {
  std::vector<double> constants;
  for (const FieldTask::Constant& c : task.constants) {
    constants.push_back(NumberOf(options, c.name, c.value));
  }
  return constants;
}

OptionSchema FieldOptions(const FieldTask& task) {
  OptionSchema schema = GridOptions(task);
  AddControl(task, schema);
  AddPhysics(task, schema);
  return schema;
}

EnvSpec MakeFieldSpec(const FieldTask& task, const FieldConfig& c, const Options& options) {
  const bool controlgym = IsControlgym(options);
  const bool wide = controlgym || ObservationDType(options) == DType::kFloat64;
  const double limit = NumberOf(options, "action_limit", task.action_limit);
  const std::string unit = task.unit;
  std::vector<Entry> entries;
  if (c.fields == 1) {
    entries = {{"u", c.n, unit, -kInfinity, kInfinity, "field on the grid"}};
  } else if (task.equation == "wave") {
    entries = {{"u", c.points, unit, -kInfinity, kInfinity, "field on the grid"},
               {"u_t", c.points, unit + "/s", -kInfinity, kInfinity, "its rate"}};
  } else {
    entries = {{"re", c.points, unit, -kInfinity, kInfinity, "real part on the grid"},
               {"im", c.points, unit, -kInfinity, kInfinity, "imaginary part on the grid"}};
  }
  const Field field = VectorField("field", DType::kFloat64, entries);

  EnvSpec spec;
  spec.doc = task.doc + " The equation: " + std::string(task.physics().formula) + ".";
  spec.observation = {VectorField("observation", ObservationDType(options),
                                  {{"measurement", c.num_sensors, unit, -kInfinity, kInfinity,
                                    controlgym ? "field at the sensors before the step"
                                               : "field at the sensors after the step"}})};
  spec.action.field = VectorField(
      "action", wide ? DType::kFloat64 : DType::kFloat32,
      {{"force", c.num_actions, controlgym && task.physics().linear() ? unit : "(" + unit + ")/s",
        -limit, limit,
        controlgym && task.physics().linear()
            ? "of each actuator, added to the field at the end of the step"
            : "of each actuator, held over the step"}});
  spec.action.clip = !controlgym;
  if (c.info_state) {
    spec.info = {
        VectorField("state", DType::kFloat64,
                    {{"state", c.n, unit, -kInfinity, kInfinity, "field after the step"}})};
  } else {
    spec.info = {ScalarField("state_cost", DType::kFloat64, "1",
                             "what the error before the step costs, a part of -reward", 0.0),
                 ScalarField("action_cost", DType::kFloat64, "1",
                             "what the action costs, the rest of -reward", 0.0)};
  }
  spec.state = {field};
  spec.reset = {field};
  for (const FieldTask::Parameter& p : task.parameters) {
    spec.reset.push_back(
        ScalarField(p.reset_key, DType::kFloat64, p.unit, p.doc, p.positive ? 0.0 : -kInfinity));
  }
  spec.control_period = options.at("sample_time").AsNumber();
  spec.max_episode_steps = task.steps;
  spec.reward_high = 0.0;
  spec.smooth = true;  // noise is added: the same draw on both sides of a difference cancels
  spec.options = options;
  return spec;
}

}  // namespace flyball
