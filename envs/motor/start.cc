#include "envs/motor/start.h"

#include <cmath>

#include "envs/motor/settings.h"
#include "physics/drive/check.h"
#include "physics/numeric/describe.h"
#include "physics/numeric/error.h"

namespace flyball::motor {

std::vector<Entry> OdeEntries(const Task& task) {
  std::vector<Entry> entries = {
      {.name = "omega", .unit = "rad/s", .doc = "mechanical speed; kept where the load keeps it"}};
  const auto add = [&](const char* name, const char* unit, const char* doc) {
    entries.push_back({.name = name, .unit = unit, .doc = doc});
  };
  if (task.induction()) {
    add("i_salpha", "A", "stator current on phase a");
    add("i_sbeta", "A", "stator current across phase a");
    add("psi_ralpha", "Wb", "rotor flux on stator phase a");
    add("psi_rbeta", "Wb", "rotor flux across stator phase a");
  } else if (task.direct_current()) {
    const bool two = task.machine == MachineKind::kExtExDc || task.machine == MachineKind::kShuntDc;
    add(two ? "i_a" : "i", "A", "armature current");
    if (two) add("i_e", "A", "exciting current");
  } else {
    add("i_sd", "A", "stator current along the magnet or the exciting winding");
    add("i_sq", "A", "stator current across it");
    if (task.machine == MachineKind::kEesm) add("i_e", "A", "exciting current");
    if (task.machine == MachineKind::kSixPmsm) {
      add("i_sx", "A", "stator current in the second plane, first component");
      add("i_sy", "A", "stator current in the second plane, second component");
    }
  }
  if (!task.direct_current()) add("epsilon", "rad", "electrical angle, not wrapped");
  return entries;
}

std::vector<double> OdeAt(const Machine& machine, const Ratings& ratings) {
  std::vector<double> ode = {ratings.omega};
  std::visit(
      [&](const auto& m) {
        using M = std::decay_t<decltype(m)>;
        if constexpr (std::is_base_of_v<InductionMachine, M>) {
          ode.insert(ode.end(), {ratings.i, ratings.i, m.l_m * ratings.i, m.l_m * ratings.i});
        } else if constexpr (M::kStates == 1) {
          ode.push_back(ratings.i);
        } else {
          const bool excited = ratings.i_e > 0;
          for (int k = 0; k < M::kStates; ++k) {
            ode.push_back(excited && k == M::kStates - 1 ? ratings.i_e : ratings.i);
          }
        }
        if (M::kHasAngle) ode.push_back(std::numbers::pi);
      },
      machine);
  return ode;
}

void DrawStart(const DriveSettings& settings, Rng& rng, std::span<double> ode) {
  double draw[6];
  rng.Random(draw);
  const auto symmetric = [&](int k) { return 2 * draw[k] - 1; };
  const StartSettings& start = settings.start;
  const double reach = start.current * settings.limits.i;
  ode[0] = settings.load.omega;
  const double turn = start.any_angle ? std::numbers::pi * symmetric(4) : 0.0;
  if (settings.task.induction()) {
    // As long after the stator's current was set: only it makes the flux.
    const double i = start.flux * settings.nominal.i;
    double sine, cosine;
    SinCos(start.any_angle ? std::numbers::pi * symmetric(2) : 0.0, sine, cosine);
    const double l_m = settings.task.machine == MachineKind::kScim
                           ? std::get<Scim>(settings.machine).l_m
                           : std::get<Dfim>(settings.machine).l_m;
    ode[1] = i * cosine;
    ode[2] = i * sine;
    ode[3] = l_m * i * cosine;
    ode[4] = l_m * i * sine;
    ode[5] = turn;
    return;
  }
  ode[1] = reach * symmetric(0);
  if (settings.task.machine == MachineKind::kSeriesDc) ode[1] = std::fabs(ode[1]);
  if (settings.task.direct_current()) {
    if (ode.size() > 2) ode[2] = start.exciting * settings.limits.i_e * draw[1];
    return;
  }
  ode[2] = reach * symmetric(1);
  if (settings.task.machine == MachineKind::kEesm) {
    ode[3] = start.exciting * settings.limits.i_e * draw[2];
  }
  ode[ode.size() - 1] = turn;
}

void DrawStates(const StartSettings& start, Rng& rng, std::span<double> ode) {
  for (const StateDraw& state : start.states) {
    const double u = rng.Random();
    const auto [low, high] = state.interval;
    ode[state.slot] = state.normal ? state.normal->Quantile(u) : low + (high - low) * u;
  }
}

void CheckStart(const DriveSettings& settings, const std::string& where,
                std::span<const double> ode) {
  const Ratings& limits = settings.limits;
  RequireBetween(where + " omega", ode[0], -limits.omega, limits.omega, "rad/s");
  if (settings.constraints.empty()) return;
  const auto too_much = [&](const std::string& what, double limit) {
    return InputError(where + " " + what + ": must not exceed the limit of " + Describe(limit) +
                      " A (constraints=[] lifts it)");
  };
  if (settings.task.direct_current()) {
    const bool two = ode.size() == 3;
    if (std::fabs(ode[1]) > limits.i) {
      throw too_much((two ? "i_a = " : "i = ") + Describe(ode[1]), limits.i);
    }
    if (two && std::fabs(ode[2]) > limits.i_e)
      throw too_much("i_e = " + Describe(ode[2]), limits.i_e);
    return;
  }
  const bool induction = settings.task.induction();
  if (Sqrt(ode[1] * ode[1] + ode[2] * ode[2]) > limits.i) {
    throw too_much(std::string(induction ? "i_salpha = " : "i_sd = ") + Describe(ode[1]) +
                       (induction ? ", i_sbeta = " : ", i_sq = ") + Describe(ode[2]) +
                       " A: together",
                   limits.i);
  }
  if (settings.task.machine == MachineKind::kEesm && std::fabs(ode[3]) > limits.i_e) {
    throw too_much("i_e = " + Describe(ode[3]), limits.i_e);
  }
}

}  // namespace flyball::motor
