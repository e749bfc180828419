#include "envs/motor/setup.h"

#include <algorithm>
#include <cmath>

#include "envs/motor/detail.h"
#include "physics/drive/check.h"
#include "physics/numeric/error.h"

namespace flyball::motor {
namespace {

std::vector<ErrorVector> ErrorVectors(const DriveSettings& settings) {
  std::vector<ErrorVector> errors;
  const auto add = [&](const char* first, const char* second, const char* shown, double sign) {
    if (!settings.Shows(shown)) return;
    const auto position = [&](const char* name) {
      const int state = settings.Named(name, "");
      for (int j = 0; j < settings.reference.num_states(); ++j) {
        if (settings.reference.guides[j].state == state) return j;
      }
      return -1;
    };
    errors.push_back({position(first), position(second), settings.Named(first, ""),
                      settings.Named(second, ""), settings.Named(shown, ""), sign});
  };
  if (settings.task.direct_current()) return errors;
  add("i_sd", "i_sq", "error_alpha", 1);
  if (settings.task.machine == MachineKind::kSixPmsm) add("i_sx", "i_sy", "error_x", -1);
  return errors;
}

// Whether a quantity is shown, judged or followed.
bool Uses(const DriveSettings& settings, std::string_view name) {
  const auto is = [&](int state) { return settings.quantities[state].name == name; };
  for (const Constraint& constraint : settings.constraints) {
    if (std::any_of(constraint.states.begin(), constraint.states.end(), is)) return true;
  }
  for (const Guide& guide : settings.reference.guides) {
    if (is(guide.state)) return true;
  }
  return settings.Shows(name);
}

}  // namespace

DriveSetup::DriveSetup(DriveSettings given) : settings(std::move(given)) {
  Prepare(settings.reference);
  inverse_scale.fill(0.0);
  for (size_t k = 0; k < settings.quantities.size(); ++k) {
    inverse_scale[k] = 1 / settings.quantities[k].scale;
  }
  for (const Guide& guide : settings.reference.guides) {
    const Quantity& state = settings.quantities[guide.state];
    range.push_back(state.one_sided && settings.gem() ? 1.0 : 2.0);
    reference_names.push_back(state.name);
  }
  errors = ErrorVectors(settings);
  bool walks = false;
  for (const Guide& guide : settings.reference.guides) {
    for (const Signal& signal : guide.signals) walks |= signal.walks();
  }
  uses_noise = (walks && settings.reference.table.empty()) || settings.reference.redraws() ||
               !settings.noise.empty() ||
               settings.load.kind == MechanicalLoad::Kind::kOrnsteinUhlenbeck;
  graded = settings.merge != Merge::kMax;
  for (const Constraint& constraint : settings.constraints) graded |= constraint.from < 1;
  observer = Uses(settings, "psi_abs") || Uses(settings, "psi_angle");
  switches_inside = settings.task.finite && settings.converter.interlocking_time > 0;
  keeps_legs = switches_inside || (settings.task.finite && settings.quirks.late_supply &&
                                   settings.supply.kind == Supply::Kind::kRc);
  keeps_supply = settings.supply.kind != Supply::Kind::kIdeal;
  reads_currents = settings.task.finite || settings.converter.interlocking_time > 0 ||
                   settings.converter.has_single() || settings.supply.has_capacitor();
  reads_start_field = settings.quirks.stale_angle || settings.rotor_actions;
  // A cage's equations stand in the stator, and its currents are controlled along its flux.
  reads_rotor = settings.task.machine != MachineKind::kScim || settings.detail ||
                Uses(settings, "cos_epsilon") || Uses(settings, "sin_epsilon");

  scale = OdeAt(settings.machine, settings.limits);
  const SolverSettings& solver = settings.solver;
  exact = solver.kind == SolverSettings::Kind::kExact && settings.load.constant_speed();
  std::visit(
      [&](const auto& m) {
        for (const PieceKind piece : {kWhole, kBefore, kAfter}) {
          if (!exact || (piece != kWhole && !switches_inside)) continue;
          // An interlocking time of the whole step leaves nothing after it; a piece of no length is
          // as good as one of a millionth of a step.
          const double duration = std::max(Duration(piece), 1e-300);
          exact_step[piece] = MakeExactStep(m, settings.load.omega, duration, settings.hold());
        }
        substeps = solver.substeps;
        if (substeps == 0 && solver.kind == SolverSettings::Kind::kEuler) substeps = 1;
        if (substeps == 0) {
          double rate = FastestRate(m, settings.load, scale);
          if (settings.load.a > 0) rate = std::max(rate, 1 / settings.load.tau_decay);
          substeps = Rk4Substeps(rate, settings.tau, solver.accuracy);
        }
      },
      settings.machine);

  const ReferenceSettings& references = settings.reference;
  ode_size = static_cast<int>(scale.size());
  cosine = ode_size;
  supply = cosine + (PolePairs(settings.machine) > 0 ? 2 : 0);
  flux = supply + (keeps_supply ? 1 : 0);
  reference = flux + (observer ? 2 : 0);
  memory = reference + references.num_states();
  queue = memory + references.num_states() * (references.simple() ? 1 : kNumSignalMemory);
  legs = queue + settings.dead_time_steps * settings.action_size();
  detail = legs + (keeps_legs ? settings.converter.num_legs() : 0);
  num_state = detail + (settings.detail ? DetailLayout(settings).size : 0);
}

void ResetDrive(const DriveSetup& setup, Rng& rng, const ResetValues& values,
                std::span<double> state) {
  const DriveSettings& settings = setup.settings;
  const std::span<double> ode = state.first(setup.ode_size);
  DrawStart(settings, rng, ode);
  const double near = 2 * rng.Random() - 1, phase = rng.Random();
  const std::span<double> reference =
      state.subspan(setup.reference, settings.reference.num_states());
  ResetReference(settings.reference, setup.reference_names, rng,
                 values.has(1) ? values[1] : std::span<const double>{}, reference,
                 state.subspan(setup.memory, setup.queue - setup.memory));
  if (settings.start.speed > 0 && settings.task.control == Control::kSpeed) {
    const Guide& guide = settings.reference.guides[0];
    const Quantity& omega = settings.quantities[guide.state];
    const double low = omega.one_sided ? 0.0 : -settings.limits.omega;
    ode[0] = std::clamp(reference[0] * omega.scale + settings.start.speed * near, low,
                        settings.limits.omega);
  }
  if (settings.load.kind == MechanicalLoad::Kind::kExternalSpeed) ode[0] = settings.load.profile[0];

  DrawStates(settings.start, rng, ode);
  if (values.has(0)) {
    std::copy(values[0].begin(), values[0].end(), state.begin());
    CheckStart(settings, "reset ode", ode);
  }
  if (setup.supply > setup.cosine) {
    double &cosine = state[setup.cosine], &sine = state[setup.cosine + 1];
    cosine = 1;
    sine = 0;
    if (setup.reads_rotor) SinCos(ode[setup.ode_size - 1], sine, cosine);
  }
  if (setup.keeps_supply) {
    state[setup.supply] =
        settings.supply.alternating()
            ? (settings.supply.random_phase ? 2 * std::numbers::pi * phase : settings.supply.phase)
            : settings.supply.u_nominal;
  }
}

}  // namespace flyball::motor
