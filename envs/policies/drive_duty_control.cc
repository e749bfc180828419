#include <algorithm>
#include <cmath>

#include "envs/policies/drive_control.h"
#include "envs/policies/drive_loops.h"

namespace flyball {
namespace {

using Actions = DriveControlSettings::Actions;
using Goal = DriveControlSettings::Goal;
using Memory = LoopMemory;

// PI controllers along the axes.
template <class M>
class DutyControl final : public Policy {
 public:
  explicit DutyControl(const DriveControlSettings& settings)
      : settings_(settings), outer_(settings) {}

  void Resize(int num_rows) override { memory_.assign(num_rows, Memory{}); }
  void VisitState(int row, StateVisitor& visitor) override { visitor("memory", memory_[row]); }

  void Act(int row, const PolicyInput& input, std::span<double> action) override {
    Memory& memory = memory_[row];
    if (input.step == 0) memory = Memory{};
    const Axes now = outer_.Read(input);
    double target[kMaxAxes] = {}, wanted[kMaxAxes] = {}, given[kMaxAxes] = {};
    outer_.Targets(input, now, memory, target);
    if constexpr (std::is_same_v<M, Dfim>) SpareRotor(input, target);
    double slope[kMaxAxes], gain[kMaxAxes], error[kMaxAxes];
    for (int k = 0; k < now.n; ++k) {
      const CurrentLoop loop = Loop(now, k);
      error[k] = target[k] - now.i[k];
      gain[k] = loop.proportional;
      slope[k] = loop.proportional * error[k] + memory.integral[k];
    }
    Decouple(now, slope, wanted);
    double rotor_voltage[2] = {};
    if constexpr (std::is_same_v<M, Dfim>) FeedRotor(input, target, rotor_voltage, wanted);
    Limit(wanted, now.n, given);
    if constexpr (std::is_same_v<M, Eesm>) Excite(now, slope, wanted, given);
    for (int k = 0; k < now.n; ++k) {
      // The integral sees the error that the given voltage would have been right for.
      const double missing = std::clamp((given[k] - wanted[k]) / gain[k], -4 * settings_.i_limit,
                                        4 * settings_.i_limit);
      memory.integral[k] += settings_.tau * Loop(now, k).integral * (error[k] + missing);
    }
    Weaken(wanted, memory);
    Write(now, given, rotor_voltage, action);
  }

 private:
  CurrentLoop Loop(const Axes& now, int k) const {
    // An exciting winding is given time: through it d would be driven against its voltage.
    if (std::is_same_v<M, Eesm> && k == 2) {
      return ModulusOptimum(now.resistance[k], now.inductance[k], 8 * settings_.tau,
                            settings_.dead_time_steps);
    }
    return ModulusOptimum(now.resistance[k], now.inductance[k], settings_.tau,
                          settings_.dead_time_steps);
  }

  // Voltages that make up for motion and for what the axes induce in each other.
  void Decouple(const Axes& now, const double* slope, double* u) const {
    for (int k = 0; k < now.n; ++k) u[k] = slope[k] + now.motion[k];
    if constexpr (std::is_same_v<M, Eesm>) {
      const M& m = outer_.machine();
      // slope / inductance is the current's wanted change; the other winding's induces the rest.
      const double d = slope[0] / now.inductance[0];
      u[2] = std::clamp(1.5 * m.l_m * d + m.l_e * slope[2] / now.inductance[2], -settings_.u_sup,
                        settings_.u_sup);
      const double e = (u[2] - 1.5 * m.l_m * d) / m.l_e;
      u[0] = m.l_d * d + m.l_m * e + now.motion[0];
    }
  }

  // The exciting winding sees what the stator is given along d, not what it wanted.
  void Excite(const Axes& now, const double* slope, double* wanted, double* given) const {
    if constexpr (std::is_same_v<M, Eesm>) {
      const M& m = outer_.machine();
      const double left = given[0] - now.motion[0] - m.r_s * now.i[0];
      wanted[2] = slope[2] + 1.5 * m.l_m / m.l_d * left;
      given[2] = std::clamp(wanted[2], -settings_.u_sup, settings_.u_sup);
    }
  }

  // A wound rotor: until its flux has followed, a stator current along it is made up for by the
  // rotor's own, which has a limit too.
  void SpareRotor(const PolicyInput& input, double* target) const {
    if constexpr (std::is_same_v<M, Dfim>) {
      const M& m = outer_.machine();
      const double* x = input.state.data() + 1;
      const double flux = std::sqrt(x[2] * x[2] + x[3] * x[3]);
      const double most = 0.85 * settings_.i_limit, across = m.l_m / m.l_r() * target[1];
      const double room = m.l_r() * std::sqrt(std::max(most * most - across * across, 0.0));
      target[0] = std::clamp(target[0], (flux - room) / m.l_m, (flux + room) / m.l_m);
    }
  }

  // A wound rotor: its voltage holds the flux where the stator's current along it puts it, and the
  // stator makes up for what that induces.
  void FeedRotor(const PolicyInput& input, const double* target, double* rotor_voltage,
                 double* u) const {
    if constexpr (std::is_same_v<M, Dfim>) {
      const M& m = outer_.machine();
      const double* x = input.state.data() + 1;
      const double flux = std::sqrt(x[2] * x[2] + x[3] * x[3]);
      const double goal = m.l_m * std::max(target[0], 0.1 * settings_.i_nominal);
      const double decay = m.r_r / m.l_r();
      const double most = 0.5 * settings_.u_sup;
      rotor_voltage[0] = std::clamp(
          (goal - flux) / (100 * settings_.tau) + decay * (goal - m.l_m * target[0]), -most, most);
      u[0] += m.l_m / m.l_r() * rotor_voltage[0];
    }
  }

  // What the converter can give. With the common part of the phases free, the circle inside the
  // hexagon of a bridge; else half the supply.
  void Limit(const double* wanted, int n, double* given) const {
    for (int k = 0; k < n; ++k) given[k] = wanted[k];
    if constexpr (!M::kHasAngle) {
      const bool both = settings_.converter.bridges[0] == Bridge::k4Q;
      for (int k = 0; k < n; ++k) {
        given[k] = std::clamp(given[k], both ? -settings_.u_sup : 0.0, settings_.u_sup);
      }
      return;
    }
    const bool vector = settings_.actions == Actions::kVectorDuties;
    const double longest = settings_.u_sup * (vector ? 0.5 : std::numbers::inv_sqrt3);
    double length = Sqrt(wanted[0] * wanted[0] + wanted[1] * wanted[1]);
    // Phases of a six-phase machine bear the voltages of both planes.
    if (n == 4) length += Sqrt(wanted[2] * wanted[2] + wanted[3] * wanted[3]);
    if (length > longest && n == 4) {
      for (int k = 0; k < n; ++k) given[k] *= longest / length;
    } else if (length > longest) {
      // The flux first: without it there is no hold on the rest.
      given[0] = std::clamp(given[0], -0.9 * longest, 0.9 * longest);
      const double rest = Sqrt(longest * longest - given[0] * given[0]);
      given[1] = std::clamp(given[1], -rest, rest);
    }
    if (n == 3) given[2] = std::clamp(given[2], -settings_.u_sup, settings_.u_sup);
  }

  // Less flux where the wanted voltage is beyond what there is, slowly.
  void Weaken(const double* wanted, Memory& memory) const {
    if constexpr (M::kHasAngle) {
      if (settings_.goal == Goal::kCurrents) return;
      const double most = 0.95 * settings_.u_sup * std::numbers::inv_sqrt3;
      const double length = Sqrt(wanted[0] * wanted[0] + wanted[1] * wanted[1]);
      const double rate = settings_.i_nominal / (100 * settings_.tau);  // A / s
      const double reserve = std::clamp((most - length) / most, -1.0, 1.0);
      memory.weakening = std::clamp(memory.weakening + settings_.tau * rate * reserve,
                                    -0.9 * settings_.i_nominal, 0.0);
    }
  }

  void Write(const Axes& now, const double* u, const double* rotor_voltage,
             std::span<double> action) const {
    // A voltage held in the stator acts, on average, at the axes' place half a step later.
    const bool stands =
        settings_.hold == VoltageHold::kConverter || std::is_base_of_v<InductionMachine, M>;
    const double ahead = (stands ? 0.5 : 0.0) + settings_.dead_time_steps;
    const double half_unit = 2 / settings_.u_sup;
    if constexpr (!M::kHasAngle) {
      for (int k = 0; k < M::kTerminals; ++k) action[k] = u[k] / settings_.u_sup;
      return;
    }
    double axis[6] = {u[0], u[1], u[2], u[3], 0, 0};
    if constexpr (std::is_same_v<M, Dfim>) {
      axis[2] = rotor_voltage[0];
      axis[3] = rotor_voltage[1];
    }
    if (settings_.actions == Actions::kVectorDuties) {
      // Those are turned by the angle of the step's start already.
      const Frame<double> lead = FrameAt((stands ? 0.5 : 0.0) * now.speed * settings_.tau);
      const AlphaBeta<double> main =
          ToAlphaBeta(Dq<double>{axis[0], axis[1]}, lead.cosine, lead.sine);
      const double duty[4] = {main.alpha, main.beta, axis[2], axis[3]};
      for (size_t k = 0; k < action.size(); ++k) {
        const bool exciting = std::is_same_v<M, Eesm> && k == 2;
        action[k] = Clamp(duty[k] * (exciting ? 1 / settings_.u_sup : half_unit), -1.0, 1.0);
      }
      return;
    }
    double terminal[6];
    const double rotor_speed = std::is_base_of_v<InductionMachine, M> ? 0.0 : now.speed;
    TerminalVoltages(outer_.machine(), axis, Turned(now.rotor, ahead * rotor_speed * settings_.tau),
                     Turned(now.frame, ahead * now.speed * settings_.tau), terminal);
    for (int k = 0; k < M::kTerminals; k += 3) {
      if (M::kTerminals - k < 3) {
        for (; k < M::kTerminals; ++k) action[k] = terminal[k] / settings_.u_sup;
        break;
      }
      // The common part that keeps all three as far from their ends as can be.
      const auto [low, high] = std::minmax({terminal[k], terminal[k + 1], terminal[k + 2]});
      for (int j = k; j < k + 3; ++j) {
        action[j] = Clamp((terminal[j] - 0.5 * (low + high)) * half_unit, -1.0, 1.0);
      }
    }
  }

  DriveControlSettings settings_;
  OuterLoops<M> outer_;
  std::vector<Memory> memory_;
};

}  // namespace

CurrentLoop ModulusOptimum(double resistance, double inductance, double tau, int dead_time_steps) {
  // Half a period of sampling, one of holding, and the dead time.
  const double delays = (1.5 + dead_time_steps) * tau;
  const double proportional = inductance / (2 * delays);
  return {proportional, proportional * resistance / inductance};
}

std::unique_ptr<Policy> MakeDutyControl(const DriveControlSettings& settings) {
  return std::visit(
      [&]<class M>(const M&) -> std::unique_ptr<Policy> {
        return std::make_unique<DutyControl<M>>(settings);
      },
      settings.machine);
}

}  // namespace flyball
