// The sixty drive tasks: what they take, give and are called.
#include <algorithm>
#include <utility>

#include "envs/core/kernel.h"
#include "envs/core/registry.h"
#include "envs/motor/baselines.h"
#include "envs/motor/detail.h"
#include "envs/motor/setup.h"
#include "physics/drive/check.h"
#include "physics/numeric/describe.h"

FLYBALL_DECLARE_WIDE_KERNEL(motor_dc_permanent);
FLYBALL_DECLARE_WIDE_KERNEL(motor_dc_external);
FLYBALL_DECLARE_WIDE_KERNEL(motor_dc_series);
FLYBALL_DECLARE_WIDE_KERNEL(motor_dc_shunt);
FLYBALL_DECLARE_WIDE_KERNEL(motor_pmsm);
FLYBALL_DECLARE_WIDE_KERNEL(motor_eesm);
FLYBALL_DECLARE_WIDE_KERNEL(motor_scim);
FLYBALL_DECLARE_WIDE_KERNEL(motor_dfim);
FLYBALL_DECLARE_WIDE_KERNEL(motor_six_phase);
FLYBALL_DECLARE_WIDE_KERNEL(motor_detailed);

namespace flyball::motor {
namespace {

KernelBuilds BuildsOf(MachineKind machine) {
  switch (machine) {
    case MachineKind::kPermExDc:
      return FLYBALL_WIDE_KERNEL_BUILDS(motor_dc_permanent);
    case MachineKind::kExtExDc:
      return FLYBALL_WIDE_KERNEL_BUILDS(motor_dc_external);
    case MachineKind::kSeriesDc:
      return FLYBALL_WIDE_KERNEL_BUILDS(motor_dc_series);
    case MachineKind::kShuntDc:
      return FLYBALL_WIDE_KERNEL_BUILDS(motor_dc_shunt);
    case MachineKind::kPmsm:
    case MachineKind::kSynRm:
      return FLYBALL_WIDE_KERNEL_BUILDS(motor_pmsm);
    case MachineKind::kEesm:
      return FLYBALL_WIDE_KERNEL_BUILDS(motor_eesm);
    case MachineKind::kScim:
      return FLYBALL_WIDE_KERNEL_BUILDS(motor_scim);
    case MachineKind::kDfim:
      return FLYBALL_WIDE_KERNEL_BUILDS(motor_dfim);
    case MachineKind::kSixPmsm:
      break;
  }
  return FLYBALL_WIDE_KERNEL_BUILDS(motor_six_phase);
}

const char* DescriptionOf(MachineKind machine) {
  switch (machine) {
    case MachineKind::kPermExDc:
      return "a direct-current machine with permanent magnets";
    case MachineKind::kExtExDc:
      return "a direct-current machine whose exciting winding has a converter of its own";
    case MachineKind::kSeriesDc:
      return "a direct-current machine with its windings in series";
    case MachineKind::kShuntDc:
      return "a direct-current machine with its windings side by side";
    case MachineKind::kPmsm:
      return "a permanent-magnet synchronous machine";
    case MachineKind::kSynRm:
      return "a synchronous reluctance machine";
    case MachineKind::kEesm:
      return "an externally excited synchronous machine";
    case MachineKind::kScim:
      return "an induction machine with a cage";
    case MachineKind::kDfim:
      return "an induction machine with a wound rotor, fed from both sides";
    case MachineKind::kSixPmsm:
      break;
  }
  return "a six-phase permanent-magnet machine";
}

std::string Description(const DriveSettings& settings) {
  const Task& task = settings.task;
  std::string what;
  for (const Guide& guide : settings.reference.guides) {
    what += (what.empty() ? "" : ", ") + settings.quantities[guide.state].name;
  }
  const char* kind = task.control == Control::kCurrent  ? "Current"
                     : task.control == Control::kTorque ? "Torque"
                                                        : "Speed";
  return std::string(kind) + " control of " + DescriptionOf(task.machine) + ": make " + what +
         " follow what the references say, with " +
         (task.finite ? "the switches of the converter" : "the duties of the converter") +
         " as actuators. Each step gives bias - sum of weight * (|error| / range)^power over the "
         "scaled states; a step that violates a constraint ends the episode and gives " +
         Describe(settings.reward.violation) + " instead.";
}

Entry ShownEntry(const Quantity& quantity) {
  std::string doc = quantity.doc;
  if (quantity.unit() != "1") {
    doc += ", divided by " + Describe(quantity.scale) + " " + std::string(quantity.unit());
  }
  return {.name = quantity.name,
          .size = 1,
          .unit = "1",
          .low = quantity.low,
          .high = quantity.high,
          .doc = doc};
}

std::vector<Entry> ReferenceEntries(const DriveSettings& settings) {
  std::vector<Entry> entries;
  for (const Guide& guide : settings.reference.guides) {
    const std::string& name = settings.quantities[guide.state].name;
    Range bounds = guide.signals[0].bounds;
    for (const Signal& signal : guide.signals) {
      bounds.low = std::min(bounds.low, signal.bounds.low);
      bounds.high = std::max(bounds.high, signal.bounds.high);
    }
    if (!settings.reference.table.empty()) bounds = {-1, 1};
    entries.push_back({.name = name + "_reference",
                       .size = 1,
                       .unit = "1",
                       .low = bounds.low,
                       .high = bounds.high,
                       .doc = "where " + name + " should be after the next step, as scaled there"});
  }
  return entries;
}

// What a bridge's action stands for.
const char* SwitchingDoc(Bridge bridge) {
  switch (bridge) {
    case Bridge::k1Q:
      return "0 open, 1 high";
    case Bridge::k2Q:
      return "0 open, 1 high, 2 low";
    case Bridge::k4Q:
      return "0 both legs high, 1 positive, 2 negative, 3 both legs low";
    case Bridge::kB6:
      break;
  }
  return "switching vector: leg a high + 4, leg b + 2, leg c + 1";
}

ActionSpec SwitchingActions(const DriveSettings& settings) {
  const Converter& converter = settings.converter;
  ActionSpec action;
  std::vector<Entry> entries;
  for (int k = 0; k < converter.num_bridges; ++k) {
    const int choices = Converter::Choices(converter.bridges[k]);
    action.choices.push_back(choices);
    entries.push_back({.name = converter.num_bridges == 1 ? "vector"
                               : k == 0                   ? "first"
                                                          : "second",
                       .size = 1,
                       .unit = "1",
                       .low = 0,
                       .high = choices - 1.0,
                       .doc = SwitchingDoc(converter.bridges[k])});
  }
  if (converter.num_bridges == 1) {
    action.kind = ActionSpec::Kind::kDiscrete;
    action.field = ScalarField("vector", DType::kInt64, "1", entries[0].doc, 0, entries[0].high);
  } else {
    action.kind = ActionSpec::Kind::kMultiDiscrete;
    action.field = VectorField("vector", DType::kInt64, entries);
  }
  return action;
}

}  // namespace

std::vector<std::string> OutputNames(const DriveSettings& settings, bool vectors) {
  const MachineKind machine = settings.task.machine;
  if (vectors) {
    if (machine == MachineKind::kEesm) return {"d", "q", "e"};
    if (machine == MachineKind::kDfim) return {"sd", "sq", "rd", "rq"};
    if (machine == MachineKind::kSixPmsm) return {"d", "q", "x", "y"};
    return {"d", "q"};
  }
  switch (machine) {
    case MachineKind::kExtExDc:
      return {"a", "e"};
    case MachineKind::kEesm:
      return {"a", "b", "c", "e"};
    case MachineKind::kDfim:
      return {"sa", "sb", "sc", "ra", "rb", "rc"};
    case MachineKind::kSixPmsm:
      return {"a1", "b1", "c1", "a2", "b2", "c2"};
    default:
      return settings.task.direct_current() ? std::vector<std::string>{"armature"}
                                            : std::vector<std::string>{"a", "b", "c"};
  }
}

namespace {

ActionSpec Duties(const DriveSettings& settings) {
  const Converter& converter = settings.converter;
  std::vector<Entry> entries;
  for (const std::string& name : OutputNames(settings, settings.rotor_actions)) {
    // Which bridge this output belongs to.
    int bridge = 0, end = Converter::Outputs(converter.bridges[0]);
    if (settings.rotor_actions) end = name == "e" ? 0 : kMaxActions;
    if (static_cast<int>(entries.size()) >= end) bridge = converter.num_bridges - 1;
    const Bridge kind = converter.bridges[bridge];
    const bool half = kind == Bridge::kB6;
    entries.push_back({.name = "duty_" + name,
                       .size = 1,
                       .unit = "1",
                       .low = half || kind == Bridge::k4Q ? -1.0 : 0.0,
                       .high = 1,
                       .doc = half ? "mean voltage over the step / half the supply voltage"
                                   : "mean voltage over the step / supply voltage"});
  }
  return {.kind = ActionSpec::Kind::kBox,
          // The peer takes double precision; what learns gives single.
          .field = VectorField("duty", settings.gem() ? DType::kFloat64 : DType::kFloat32,
                               std::move(entries))};
}

std::vector<Field> InfoFields(const DriveSettings& settings, const Field& action) {
  std::vector<Entry> errors;
  for (const Guide& guide : settings.reference.guides) {
    const std::string& name = settings.quantities[guide.state].name;
    errors.push_back({.name = name,
                      .size = 1,
                      .unit = "1",
                      .doc = "scaled " + name + " less the reference it had to reach"});
  }
  Field applied = action;
  applied.name = "applied_action";
  applied.doc = "what the converter was told, after clipping and dead time";
  if (!settings.task.finite) applied.dtype = DType::kFloat64;
  return {ScalarField("is_violation", DType::kBool, "1", "a constraint was violated"),
          ScalarField("cost", DType::kFloat64, "1",
                      "to what degree constraints were violated; 1 ends the episode", 0, 1),
          VectorField("tracking_error", DType::kFloat64, errors), applied};
}

EnvSpec Resolve(const Task& task, const Options& options) {
  const DriveSettings settings = ParseSettings(task, options);
  EnvSpec spec;
  spec.doc = Description(settings);
  const DType dtype = ObservationDType(options);
  std::vector<Entry> state, reference = ReferenceEntries(settings);
  for (const int k : settings.shown) state.push_back(ShownEntry(settings.quantities[k]));
  if (settings.dict_observation) {
    spec.observation = {VectorField("state", dtype, state),
                        VectorField("reference", dtype, reference)};
  } else {
    state.insert(state.end(), reference.begin(), reference.end());
    spec.observation = {VectorField("observation", dtype, state)};
  }
  spec.action = task.finite ? SwitchingActions(settings) : Duties(settings);
  spec.info = InfoFields(settings, spec.action.field);
  const Field ode = VectorField("ode", DType::kFloat64, OdeEntries(task));
  spec.state = {ode};
  if (settings.detail) {
    for (const Field& field : DetailInfo(settings)) spec.info.push_back(field);
    if (settings.detail->thermal) spec.state.push_back(TemperatureField());
  }
  spec.reset = {ode, VectorField("reference", DType::kFloat64, reference)};
  if (settings.detail && settings.detail->thermal) spec.reset.push_back(TemperatureField());
  spec.control_period = settings.tau;
  spec.max_episode_steps = settings.max_episode_steps;

  // Unbounded below: only the constrained states are sure to stay where an error can be 1 at most.
  spec.reward_high = std::max(settings.reward.bias, settings.reward.violation);
  const auto constrained = [&](int state) {
    if (settings.merge != Merge::kMax) return settings.constraints.size() == 1;
    for (const Constraint& constraint : settings.constraints) {
      const std::vector<int>& states = constraint.states;
      if (std::find(states.begin(), states.end(), state) != states.end()) return true;
    }
    return false;
  };
  double worst = settings.reward.bias;
  for (int j = 0; j < settings.reference.num_states(); ++j) {
    worst -=
        constrained(settings.reference.guides[j].state) ? settings.reward.weights[j] : kInfinity;
  }
  spec.reward_low = std::min(worst, settings.reward.violation);
  // Duties act smoothly unless the sign of a current decides what they do.
  spec.smooth = !task.finite && settings.converter.interlocking_time == 0 &&
                settings.converter.bridges[0] != Bridge::k1Q && !settings.detail;
  spec.options = CompleteOptions(settings, options);
  return spec;
}

// What ends an episode, by the names of what is shown.
std::vector<NamedArray> LimitArrays(const DriveSettings& settings) {
  std::vector<NamedArray> arrays;
  const auto name = [&](int state) { return settings.quantities[state].name; };
  const auto add = [&](const std::string& what, const std::string& doc) {
    const auto known = [&](const NamedArray& array) { return array.name == what + "_limit"; };
    if (std::any_of(arrays.begin(), arrays.end(), known)) return;
    arrays.push_back({what + "_limit", {}, {1.0}, doc});
  };
  for (const Constraint& constraint : settings.constraints) {
    for (const int state : constraint.states) {
      add(name(state), "|" + name(state) + "| beyond which an episode ends, as it is shown");
    }
    if (!constraint.squared || constraint.states.size() < 2) continue;
    const std::string a = name(constraint.states[0]), b = name(constraint.states[1]);
    add(a + "_" + b,
        "length of (" + a + ", " + b + ") beyond which an episode ends, as it is shown");
  }
  return arrays;
}

Registration Register(const Task& task) {
  return {
      .id = IdOf(task),
      .family = "motor",
      .options = DriveOptions(task),
      .max_episode_steps = task.max_episode_steps(),
      .resolve = [task](const Options& options) { return Resolve(task, options); },
      .make =
          [task](const BatchContext& context) {
            const DriveSetup setup(ParseSettings(task, context.spec.options));
            // Lanes would not help where every row has events of its own.
            const KernelBuilds detailed = {FLYBALL_KERNEL_ENTRY(motor_detailed, base), nullptr};
            return MakeKernelBatch(setup.settings.detail ? detailed : BuildsOf(task.machine),
                                   context, &setup);
          },
      .policies = Baselines(task),
      .plant =
          [task](const EnvSpec& spec) { return LimitArrays(ParseSettings(task, spec.options)); }};
}

std::vector<Registration> AllTasks() {
  std::vector<Registration> tasks;
  for (const bool finite : {false, true}) {
    for (const Control control : {Control::kCurrent, Control::kTorque, Control::kSpeed}) {
      for (int machine = 0; machine < static_cast<int>(kMachineTags.size()); ++machine) {
        tasks.push_back(Register({finite, control, static_cast<MachineKind>(machine)}));
      }
    }
  }
  return tasks;
}

FLYBALL_REGISTER(AllTasks());

}  // namespace
}  // namespace flyball::motor
