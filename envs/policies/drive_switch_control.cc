#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "envs/policies/drive_control.h"
#include "envs/policies/drive_loops.h"

namespace flyball {
namespace {

using Goal = DriveControlSettings::Goal;
using Memory = LoopMemory;

// The switching action whose predicted currents, or torque, come nearest.
template <class M>
class SwitchControl final : public Policy {
 public:
  explicit SwitchControl(const DriveControlSettings& settings)
      : settings_(settings), outer_(settings), kept_(settings.dead_time_steps + 1) {
    for (int k = 0; k < settings.converter.num_bridges; ++k) {
      choices_[k] = Converter::Choices(settings.converter.bridges[k]);
    }
  }

  void Resize(int num_rows) override {
    memory_.assign(num_rows, Memory{});
    past_.assign(static_cast<size_t>(num_rows) * kept_, {0, 0});
  }
  void VisitState(int row, StateVisitor& visitor) override {
    visitor("memory", memory_[row]);
    visitor("past", Past(row));
  }

  void Act(int row, const PolicyInput& input, std::span<double> action) override {
    Memory& memory = memory_[row];
    const std::span<Switches> past = Past(row);
    if (input.step == 0) {
      memory = Memory{};
      std::fill(past.begin(), past.end(), Switches{0, 0});
    }
    double target[kMaxAxes] = {};
    outer_.Targets(input, outer_.Read(input), memory, target);

    // Where the machine will be when this action takes effect.
    State now;
    std::copy(input.state.begin(), input.state.end(), now.begin());
    for (int k = 1; k < kept_; ++k) Predict(PeriodFrom(now), past[k], now);
    const Period period = PeriodFrom(now);

    Switches best = {0, 0};
    double least = std::numeric_limits<double>::infinity();
    int fewest = 0;
    for (int first = 0; first < choices_[0]; ++first) {
      for (int second = 0; second < choices_[1]; ++second) {
        const Switches one = {static_cast<double>(first), static_cast<double>(second)};
        State then = now;
        Predict(period, one, then);
        const double cost = Cost(period, then, target);
        // Between equals (the two zero vectors) the fewest legs that switch.
        const int switched = Changes(one, past.back());
        if (cost < least || (cost == least && switched < fewest)) {
          best = one;
          least = cost;
          fewest = switched;
        }
      }
    }
    std::copy(past.begin() + 1, past.end(), past.begin());
    past.back() = best;
    for (size_t k = 0; k < action.size(); ++k) action[k] = best[k];
  }

 private:
  using Switches = std::array<double, 2>;
  using State = std::array<double, 8>;
  // What is the same whatever the switches do.
  struct Period {
    Frame<double> middle = {1, 0}, end = {1, 0};  // of the rotor
    double turn = 0;                              // electrical rad
    double current[6] = {};                       // of the outputs, where it begins, A
  };

  std::span<Switches> Past(int row) {
    return std::span<Switches>(past_).subspan(static_cast<size_t>(row) * kept_, kept_);
  }

  static int Changes(const Switches& a, const Switches& b) {
    return __builtin_popcount(static_cast<int>(a[0]) ^ static_cast<int>(b[0])) +
           __builtin_popcount(static_cast<int>(a[1]) ^ static_cast<int>(b[1]));
  }

  // Squares of the currents' errors, each of its limit; far worse beyond the limits.
  double Cost(const Period& period, const State& state, const double* target) const {
    const Axes then = AxesOf(outer_.machine(), state.data() + 1, state[0], period.end);
    double cost = 0, length = 0;
    for (int k = 0; k < then.n; ++k) {
      const bool exciting =
          (std::is_same_v<M, Eesm> && k == 2) || (std::is_same_v<M, ExtExDc> && k == 1);
      const double limit = exciting ? settings_.i_e_limit : settings_.i_limit;
      const double error = (then.i[k] - target[k]) / limit, part = then.i[k] / limit;
      cost += error * error;
      if (exciting || !M::kHasAngle) {
        if (std::fabs(part) > 0.98) cost += 100 * (std::fabs(part) - 0.98);
      } else {
        length += part * part;
      }
    }
    if constexpr (std::is_same_v<M, Dfim>) cost += RotorCost(state, target, length);
    if constexpr (std::is_same_v<M, SixPhasePmsm>) {
      if (settings_.goal == Goal::kTorque) cost = TorqueCost(state, target, cost);
    }
    if (length > 0.96) cost += 100 * (length - 0.96);
    return cost;
  }

  // A wound rotor: the current that holds the flux where the stator's current puts it.
  double RotorCost(const State& state, const double* target, double) const {
    if constexpr (std::is_same_v<M, Dfim>) {
      const M& m = outer_.machine();
      const double* x = state.data() + 1;
      const double flux = std::sqrt(x[2] * x[2] + x[3] * x[3]);
      const double goal = m.l_m * std::max(target[0], 0.1 * settings_.i_nominal);
      const double error = (flux - goal) / (m.l_m * settings_.i_limit);
      AlphaBeta<double> i;
      m.RotorCurrent(x, i.alpha, i.beta);
      const double part =
          (i.alpha * i.alpha + i.beta * i.beta) / (settings_.i_limit * settings_.i_limit);
      return error * error + (part > 0.9 ? 100 * (part - 0.9) : 0.0);
    }
    return 0;
  }

  // Where a step moves currents by a large part of their limit, that they come near their targets
  // together leaves the torque far off. The torque first, then, and the currents as far as they
  // make no difference to it: at a five hundredth 0.015 of the limit is missed (1: 0.19, 1/50: 0.03).
  double TorqueCost(const State& state, const double* target, double currents) const {
    constexpr double kShare = 1.0 / 500;
    const M& m = outer_.machine();
    const double wanted[] = {target[0], target[1], 0, 0}, most[] = {0, settings_.i_limit, 0, 0};
    const double error = (m.Torque(state.data() + 1) - m.Torque(wanted)) / m.Torque(most);
    return error * error + kShare * currents;
  }

  Period PeriodFrom(const State& state) const {
    const M& machine = outer_.machine();
    Period period;
    if constexpr (M::kHasAngle) {
      period.turn = machine.p * state[0] * settings_.tau;
      const double half = settings_.hold == VoltageHold::kConverter ? 0.5 : 0.0;
      period.middle = FrameAt(state[1 + M::kStates] + half * period.turn);
      period.end = FrameAt(state[1 + M::kStates] + period.turn);
    }
    machine.Currents(state.data() + 1, period.middle, period.current);
    return period;
  }

  // One step on: the midpoint rule, which is exact enough for periods far below the winding's.
  void Predict(const Period& period, const Switches& switches, State& state) const {
    const M& machine = outer_.machine();
    const double tau = settings_.tau, omega = state[0];
    double legs[Converter::kMaxLegs], output[6], u[8], rate[M::kStates];
    LegsOfActions(settings_.converter, switches.data(), legs);
    SwitchedOutputs(settings_.converter, legs, period.current, output);
    for (double& x : output) x *= settings_.u_sup;
    machine.Inputs(output, period.middle, u);
    double middle[M::kStates];
    machine.Derivative(state.data() + 1, u, omega, rate);
    for (int k = 0; k < M::kStates; ++k) middle[k] = state[1 + k] + 0.5 * tau * rate[k];
    machine.Derivative(middle, u, omega, rate);
    for (int k = 0; k < M::kStates; ++k) state[1 + k] += tau * rate[k];
    if constexpr (M::kHasAngle) state[1 + M::kStates] += period.turn;
  }

  DriveControlSettings settings_;
  OuterLoops<M> outer_;
  int kept_;
  int choices_[2] = {1, 1};
  std::vector<Memory> memory_;
  std::vector<Switches> past_;  // (rows, kept_): those on their way, and the one in force
};

}  // namespace

std::unique_ptr<Policy> MakeSwitchControl(const DriveControlSettings& settings) {
  return std::visit(
      [&]<class M>(const M&) -> std::unique_ptr<Policy> {
        return std::make_unique<SwitchControl<M>>(settings);
      },
      settings.machine);
}

}  // namespace flyball
