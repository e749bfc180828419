// The current-control tasks of the permanent-magnet machine: what they take, give and are called.
#include <utility>

#include "envs/core/kernel.h"
#include "envs/core/registry.h"
#include "envs/motor/settings.h"
#include "envs/policies/field_oriented.h"
#include "physics/drive/check.h"

FLYBALL_DECLARE_KERNEL(motor_pmsm);

namespace flyball::motor {
namespace {

Entry ShownEntry(const DriveSettings& settings, Quantity quantity) {
  const int k = static_cast<int>(quantity);
  const QuantityInfo& info = kQuantities[k];
  std::string doc(info.doc);
  if (info.unit != "1") {
    doc += ", divided by " + Describe(settings.scale[k]) + " " + std::string(info.unit);
  }
  return {.name = std::string(info.name),
          .size = 1,
          .unit = "1",
          .low = settings.low[k],
          .high = settings.high[k],
          .doc = doc};
}

std::vector<Entry> ReferenceEntries(const DriveSettings& settings) {
  std::vector<Entry> entries;
  for (int j = 0; j < settings.reference.num_states(); ++j) {
    const int k = static_cast<int>(settings.reference.states[j]);
    const std::string name(kQuantities[k].name);
    const Range& bounds = settings.reference.bounds[j];
    entries.push_back({.name = name + "_reference",
                       .size = 1,
                       .unit = "1",
                       .low = bounds.low,
                       .high = bounds.high,
                       .doc = "where " + name + " should be after the next step, as scaled there"});
  }
  return entries;
}

ActionSpec Actions(const DriveSettings& settings) {
  if (settings.finite) {
    return {.kind = ActionSpec::Kind::kDiscrete,
            .field = ScalarField("vector", DType::kInt64, "1",
                                 "switching vector: leg a high + 4, leg b + 2, leg c + 1", 0, 7),
            .choices = {8}};
  }
  std::vector<Entry> entries;
  for (const char* name : settings.rotor_actions ? std::vector<const char*>{"d", "q"}
                                                 : std::vector<const char*>{"a", "b", "c"}) {
    entries.push_back({.name = std::string("duty_") + name,
                       .size = 1,
                       .unit = "1",
                       .low = -1,
                       .high = 1,
                       .doc = "mean voltage over the step / half the supply voltage"});
  }
  return {
      .kind = ActionSpec::Kind::kBox,
      // The peer takes double precision; what learns gives single.
      .field = VectorField("duty", settings.quirks.unclipped ? DType::kFloat64 : DType::kFloat32,
                           std::move(entries))};
}

EnvSpec Resolve(bool finite, const Options& options) {
  const DriveSettings settings = ParseSettings(finite, options);
  EnvSpec spec;
  spec.doc =
      "Current control of a permanent-magnet synchronous machine: make the currents i_sd and i_sq, "
      "seen from the rotor, follow their references, with the three legs of a bridge as actuators. "
      "Each step gives bias - sum of weight * (|error| / 2)^power over the scaled states; a step "
      "that violates a constraint ends the episode and gives " +
      Describe(settings.reward.violation) + " instead.";
  const DType dtype = ObservationDType(options);
  std::vector<Entry> state, reference = ReferenceEntries(settings);
  for (const Quantity quantity : settings.shown) state.push_back(ShownEntry(settings, quantity));
  if (settings.dict_observation) {
    spec.observation = {VectorField("state", dtype, state),
                        VectorField("reference", dtype, reference)};
  } else {
    state.insert(state.end(), reference.begin(), reference.end());
    spec.observation = {VectorField("observation", dtype, state)};
  }
  spec.action = Actions(settings);

  std::vector<Entry> errors;
  for (const Quantity quantity : settings.reference.states) {
    const std::string name(kQuantities[static_cast<int>(quantity)].name);
    errors.push_back({.name = name,
                      .size = 1,
                      .unit = "1",
                      .doc = "scaled " + name + " less the reference it had to reach"});
  }
  Field applied = spec.action.field;
  applied.name = "applied_action";
  applied.doc = "what the bridge was told, after clipping and dead time";
  if (!finite) applied.dtype = DType::kFloat64;
  spec.info = {ScalarField("is_violation", DType::kBool, "1", "a constraint was violated"),
               ScalarField("cost", DType::kFloat64, "1", "1 if a constraint was violated", 0, 1),
               VectorField("tracking_error", DType::kFloat64, errors), applied};

  const Field ode = VectorField(
      "ode", DType::kFloat64,
      {{.name = "omega", .unit = "rad/s", .doc = "mechanical speed; kept where the load keeps it"},
       {.name = "i_sd", .unit = "A", .doc = "stator current along the magnet"},
       {.name = "i_sq", .unit = "A", .doc = "stator current across the magnet"},
       {.name = "epsilon", .unit = "rad", .doc = "electrical angle, not wrapped"}});
  spec.state = {ode};
  spec.reset = {ode, VectorField("reference", DType::kFloat64, reference)};
  spec.control_period = settings.tau;
  spec.max_episode_steps = settings.max_episode_steps;

  // Errors of allowed states are at most 2 each, if the currents cannot leave their limits.
  double worst = settings.reward.bias;
  for (const double weight : settings.reward.weights) worst -= weight;
  spec.reward_low =
      settings.constraints.empty() ? -kInfinity : std::min(worst, settings.reward.violation);
  spec.reward_high = std::max(settings.reward.bias, settings.reward.violation);
  // Duties act smoothly unless the sign of a current decides what they do.
  spec.smooth = !finite && settings.interlocking_time == 0;
  spec.options = CompleteOptions(settings, options);
  return spec;
}

std::unique_ptr<Policy> FieldOriented(const DriveSettings& settings) {
  using Actions = FieldOrientedSettings::Actions;
  return MakeFieldOrientedControl({.machine = settings.machine,
                                   .tau = settings.tau,
                                   .u_sup = settings.supply.u_nominal,
                                   .current_scale = settings.limits.i,
                                   .dead_time_steps = settings.dead_time_steps,
                                   .hold = settings.hold(),
                                   .actions = settings.finite          ? Actions::kVectors
                                              : settings.rotor_actions ? Actions::kRotorDuties
                                                                       : Actions::kPhaseDuties});
}

Registration Task(const std::string& id, bool finite) {
  return {.id = id,
          .family = "motor",
          .options = DriveOptions(finite),
          .max_episode_steps = kMaxEpisodeSteps,
          .resolve = [finite](const Options& options) { return Resolve(finite, options); },
          .make =
              [finite](const BatchContext& context) {
                const DriveSettings settings = ParseSettings(finite, context.spec.options);
                return MakeKernelBatch(FLYBALL_KERNEL_BUILDS(motor_pmsm), context, &settings);
              },
          .policies = {{.name = "foc",
                        .doc = "field-oriented current control tuned from the machine's data",
                        .make = [finite](const EnvSpec& spec) {
                          return FieldOriented(ParseSettings(finite, spec.options));
                        }}}};
}

FLYBALL_REGISTER({Task("Motor-Cont-CC-PMSM-v1", false), Task("Motor-Finite-CC-PMSM-v1", true)});

}  // namespace
}  // namespace flyball::motor
