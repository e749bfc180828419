#include "physics/drive/datasheet.h"

#include <array>
#include <cmath>
#include <vector>

#include "physics/drive/check.h"
#include "physics/numeric/describe.h"
#include "physics/numeric/error.h"

namespace flyball {
namespace {

constexpr double kPi = std::numbers::pi;
const double kRoot2 = std::sqrt(2.0), kRoot3 = std::sqrt(3.0);
constexpr double kRpm = kPi / 30;  // rad/s

bool Given(double value) { return !std::isnan(value); }

[[noreturn]] void Refuse(const std::string& reason) { throw InputError("datasheet: " + reason); }

void Need(const char* name, double value, const char* unit) {
  if (!Given(value)) Refuse(std::string(name) + " is needed");
  RequirePositive(std::string("datasheet ") + name, value, unit);
}
void Allow(const char* name, double value, const char* unit) {
  if (Given(value)) RequirePositive(std::string("datasheet ") + name, value, unit);
}

// K per figure, by its meaning.
double FromVoltage(VoltageMeaning meaning) {
  const std::array factors = {1.0, kRoot2, kRoot3, kRoot2 * kRoot3, kPi / 3};
  return factors[static_cast<int>(meaning)];
}
double FromTorque(CurrentMeaning meaning) {
  const std::array factors = {2 / kRoot3, kRoot2 / kRoot3, kPi / 3};
  return factors[static_cast<int>(meaning)];
}
constexpr const char* kVoltageNames[] = {"line_peak", "line_rms", "phase_peak", "phase_rms",
                                         "block"};
constexpr const char* kCurrentNames[] = {"peak", "rms", "block"};

bool Near(double a, double b, double tolerance) {
  return std::fabs(a - b) <= tolerance * std::fabs(b);
}

// One figure for K, and where it is from.
struct Estimate {
  double value;
  std::string from;
};

void CheckSigns(const Datasheet& s) {
  Allow("kv", s.kv, "rpm/V");
  Allow("ke", s.ke, "V s/rad");
  Allow("kt", s.kt, "N m/A");
  Need("resistance", s.resistance, "Ohm");
  Need("inductance", s.inductance_d, "H");
  Need("inductance", s.inductance_q, "H");
  Need("inertia", s.inertia, "kg m^2");
  Need("voltage", s.voltage, "V");
  Need("current", s.current, "A");
  Allow("torque", s.torque, "N m");
  Allow("speed", s.speed, "rad/s");
  Allow("power", s.power, "W");
  Allow("max_current", s.max_current, "A");
  Allow("max_speed", s.max_speed, "rad/s");
  Allow("no_load_speed", s.no_load_speed, "rad/s");
  Allow("no_load_current", s.no_load_current, "A");
  Allow("stall_current", s.stall_current, "A");
  Allow("stall_torque", s.stall_torque, "N m");
  RequireBetween("datasheet tolerance", s.tolerance, 0, 0.5, "1");
  if (!Given(s.kv) && !Given(s.ke) && !Given(s.kt)) Refuse("one of kv, ke, kt is needed");
  if (s.inductance_d > s.inductance_q) {
    Refuse("inductance: the first of [least, most] must not be above the second");
  }
  if (Given(s.max_current) && s.max_current < s.current) {
    Refuse("max_current = " + Describe(s.max_current) +
           " A is below current = " + Describe(s.current) + " A");
  }
  if (Given(s.max_speed) && Given(s.speed) && s.max_speed < s.speed) {
    Refuse("max_speed = " + Describe(s.max_speed) + " rad/s is below speed = " + Describe(s.speed) +
           " rad/s");
  }
}

// The mean of the estimates, if they agree.
double Agreed(const Datasheet& s, const std::vector<Estimate>& estimates, bool brushless) {
  const Estimate& first = estimates[0];
  double sum = first.value;
  for (size_t k = 1; k < estimates.size(); ++k) {
    const Estimate& other = estimates[k];
    sum += other.value;
    if (Near(other.value, first.value, s.tolerance)) continue;
    std::string reason = first.from + " gives " + Describe(first.value) +
                         " V s/rad between terminals, " + other.from + " gives " +
                         Describe(other.value);
    // Does another meaning of currents or voltages make them agree?
    if (brushless && other.from == "kt") {
      for (int m = 0; m < 3; ++m) {
        const double meant = s.kt * FromTorque(static_cast<CurrentMeaning>(m));
        if (Near(meant, first.value, 0.04)) {
          reason += std::string("; with current_of '") + kCurrentNames[m] + "' they agree";
          break;
        }
      }
    }
    if (brushless && first.from == "kv" && other.from == "ke") {
      for (int m = 0; m < 5; ++m) {
        const double meant = s.ke * FromVoltage(static_cast<VoltageMeaning>(m));
        if (Near(meant, first.value, 0.04)) {
          reason += std::string("; with ke_of '") + kVoltageNames[m] + "' they agree";
          break;
        }
      }
    }
    Refuse(reason);
  }
  return sum / static_cast<double>(estimates.size());
}

// What both kinds of machine must satisfy, seen from two terminals: `constant` in V s/rad and N m/A,
// resistance between terminals, and currents as the sheet means them.
void CheckPoints(const Datasheet& s, double constant, double resistance) {
  const double slack = s.tolerance;
  if (Given(s.no_load_current) && s.no_load_current >= s.current) {
    Refuse("no_load_current = " + Describe(s.no_load_current) +
           " A leaves nothing of current = " + Describe(s.current) + " A for a torque");
  }
  if (Given(s.torque)) {
    // Friction and iron may take some; nothing can add to it.
    const double made = constant * s.current;
    if (s.torque > made * (1 + slack)) {
      Refuse("torque = " + Describe(s.torque) + " N m needs " + Describe(s.torque / s.current) +
             " N m/A at current = " + Describe(s.current) + " A, but kt is " + Describe(constant));
    }
    if (s.torque < 0.5 * made) {
      Refuse("torque = " + Describe(s.torque) +
             " N m is less than half of kt * current = " + Describe(made) + " N m");
    }
  }
  if (Given(s.power) && Given(s.torque) && Given(s.speed) &&
      !Near(s.power, s.torque * s.speed, slack)) {
    Refuse("power = " + Describe(s.power) +
           " W is not torque * speed = " + Describe(s.torque * s.speed) + " W");
  }
  const double fastest = s.voltage / constant;
  if (Given(s.no_load_speed) && !Near(s.no_load_speed, fastest, slack)) {
    Refuse("no_load_speed = " + Describe(s.no_load_speed) + " rad/s, but at voltage = " +
           Describe(s.voltage) + " V the back-EMF is reached at " + Describe(fastest));
  }
  if (Given(s.speed)) {
    const double needed = constant * s.speed + resistance * s.current;
    if (needed > s.voltage * (1 + slack)) {
      Refuse("speed = " + Describe(s.speed) + " rad/s at current = " + Describe(s.current) +
             " A needs " + Describe(needed) + " V, more than voltage = " + Describe(s.voltage));
    }
  }
  if (Given(s.stall_current) && !Near(s.stall_current, s.voltage / resistance, slack)) {
    Refuse("stall_current = " + Describe(s.stall_current) +
           " A is not voltage / resistance = " + Describe(s.voltage / resistance) + " A");
  }
  if (Given(s.stall_torque) &&
      !Near(s.stall_torque, constant * s.voltage / resistance, 2 * slack)) {
    Refuse("stall_torque = " + Describe(s.stall_torque) +
           " N m is not kt * voltage / resistance = " +
           Describe(constant * s.voltage / resistance) + " N m");
  }
}

SheetRatings RatingsOf(const Datasheet& s, double constant, double resistance, double peak) {
  SheetRatings ratings;
  ratings.u = s.voltage;
  ratings.i = peak * s.current;
  ratings.i_limit = peak * (Given(s.max_current) ? s.max_current : 2 * s.current);
  const double free = Given(s.no_load_speed) ? s.no_load_speed : s.voltage / constant;
  ratings.omega =
      Given(s.speed) ? s.speed : std::max(0.1 * free, free - resistance * s.current / constant);
  ratings.omega_limit = std::max(Given(s.max_speed) ? s.max_speed : 1.2 * free, ratings.omega);
  return ratings;
}

}  // namespace

Pmsm BrushlessFromDatasheet(const Datasheet& s, SheetRatings& ratings) {
  CheckSigns(s);
  if (!Given(s.pole_pairs)) Refuse("pole_pairs (or poles, twice as many) is needed");
  RequireWhole("datasheet pole_pairs", s.pole_pairs, 1, 1000);

  std::vector<Estimate> estimates;
  if (Given(s.kv)) estimates.push_back({FromVoltage(s.kv_of) / (s.kv * kRpm), "kv"});
  if (Given(s.ke)) estimates.push_back({FromVoltage(s.ke_of) * s.ke, "ke"});
  if (Given(s.kt)) estimates.push_back({FromTorque(s.current_of) * s.kt, "kt"});
  const double line = Agreed(s, estimates, true);

  Pmsm m;
  const double per_phase = s.winding == WindingMeaning::kTerminals ? 0.5
                           : s.winding == WindingMeaning::kStar    ? 1.0
                                                                   : 1.0 / 3;
  m.r_s = per_phase * s.resistance;
  m.l_d = per_phase * s.inductance_d;
  m.l_q = per_phase * s.inductance_q;
  m.p = s.pole_pairs;
  m.psi_p = line / (kRoot3 * s.pole_pairs);
  m.j_rotor = s.inertia;

  // The points of the sheet, in its own meaning of currents: two phases in series carry a block's
  // current; a sinusoidal one meets a phase's resistance and sqrt 3 / 2 of its line voltage's peak.
  const double kt = line / FromTorque(s.current_of);
  // Peak of a phase's current of the same torque.
  const double peak = kt / (1.5 * m.p * m.psi_p);
  if (s.current_of == CurrentMeaning::kBlock) {
    CheckPoints(s, kt, 2 * m.r_s);
  } else {
    Datasheet rest = s;
    rest.stall_current = rest.stall_torque = rest.no_load_speed = Datasheet::kNone;
    // The voltage that a bridge gives is voltage / sqrt 3, peak of a phase; as seen from kt * i.
    rest.voltage = s.voltage * kt / line;
    CheckPoints(rest, kt, m.r_s * kRoot3 * kt / line * peak);
    if (Given(s.no_load_speed) && !Near(s.no_load_speed, s.voltage / line, s.tolerance)) {
      Refuse("no_load_speed = " + Describe(s.no_load_speed) + " rad/s, but at voltage = " +
             Describe(s.voltage) + " V the back-EMF is reached at " + Describe(s.voltage / line));
    }
  }
  ratings = RatingsOf(s, line, 2 * m.r_s, peak);
  CheckMachine(m);
  return m;
}

PermExDc BrushedFromDatasheet(const Datasheet& s, SheetRatings& ratings) {
  CheckSigns(s);
  if (Given(s.pole_pairs)) Refuse("pole_pairs: a brushed machine's do not matter; leave it out");
  if (s.inductance_d != s.inductance_q) Refuse("inductance: one number for a brushed machine");
  std::vector<Estimate> estimates;
  if (Given(s.kv)) estimates.push_back({1 / (s.kv * kRpm), "kv"});
  if (Given(s.ke)) estimates.push_back({s.ke, "ke"});
  if (Given(s.kt)) estimates.push_back({s.kt, "kt"});
  PermExDc m;
  m.psi_e = Agreed(s, estimates, false);
  m.r_a = s.resistance;
  m.l_a = s.inductance_d;
  m.j_rotor = s.inertia;
  CheckPoints(s, m.psi_e, m.r_a);
  ratings = RatingsOf(s, m.psi_e, m.r_a, 1.0);
  CheckMachine(m);
  return m;
}

}  // namespace flyball
