#include "envs/policies/field_oriented.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "physics/drive/b6.h"

namespace flyball {
namespace {

using Actions = FieldOrientedSettings::Actions;

// The plant and what it is to do, in SI units.
struct Situation {
  double omega, epsilon;
  Dq<double> current, reference;
};

Situation Read(const FieldOrientedSettings& settings, const PolicyInput& input) {
  const size_t last = input.observation.size();
  return {input.state[kOmega],
          input.state[kEpsilon],
          {input.state[kISd], input.state[kISq]},
          {settings.current_scale * input.observation[last - 2],
           settings.current_scale * input.observation[last - 1]}};
}

AlphaBeta<double> TurnToStator(const Dq<double>& u, double angle) {
  double sine, cosine;
  SinCos(angle, sine, cosine);
  return ToAlphaBeta(u, cosine, sine);
}

class DutyControl final : public Policy {
 public:
  explicit DutyControl(const FieldOrientedSettings& settings)
      : settings_(settings), loop_d_(ModulusOptimum(settings.machine.r_s, settings.machine.l_d,
                                                    settings.tau, settings.dead_time_steps)),
        loop_q_(ModulusOptimum(settings.machine.r_s, settings.machine.l_q, settings.tau,
                               settings.dead_time_steps)) {}

  void Resize(int num_rows) override { integral_.assign(num_rows, {0, 0}); }

  void VisitState(int row, StateVisitor& visitor) override { visitor("integral", integral_[row]); }

  void Act(int row, const PolicyInput& input, std::span<double> action) override {
    const Situation now = Read(settings_, input);
    const Pmsm& machine = settings_.machine;
    Dq<double>& integral = integral_[row];
    if (input.step == 0) integral = {0, 0};

    // Two PI controllers, and what the turning machine induces added to them.
    const Dq<double> error{now.reference.d - now.current.d, now.reference.q - now.current.q};
    const double speed = machine.p * now.omega;
    const Dq<double> wanted{
        loop_d_.proportional * error.d + integral.d - speed * machine.l_q * now.current.q,
        loop_q_.proportional * error.q + integral.q +
            speed * (machine.l_d * now.current.d + machine.psi_p)};

    // What the bridge can give in every direction: with the common part of the phases free, the
    // circle inside its hexagon; else half the supply.
    const bool rotor = settings_.actions == Actions::kRotorDuties;
    const double longest = settings_.u_sup * (rotor ? 0.5 : std::numbers::inv_sqrt3);
    const double length = Sqrt(wanted.d * wanted.d + wanted.q * wanted.q);
    const double cut = length > longest ? longest / length : 1.0;
    const Dq<double> given{cut * wanted.d, cut * wanted.q};

    // The integral sees the error that the given voltage would have been right for.
    const auto integrate = [&](double& sum, const CurrentLoop& loop, double e, double missing) {
      sum += settings_.tau * loop.integral * (e + missing / loop.proportional);
    };
    integrate(integral.d, loop_d_, error.d, given.d - wanted.d);
    integrate(integral.q, loop_q_, error.q, given.q - wanted.q);

    // A voltage held in the stator acts, on average, at the rotor's place half a step later.
    const double half = settings_.hold == VoltageHold::kStator ? 0.5 : 0.0;
    const double half_unit = 2 / settings_.u_sup;
    if (rotor) {
      const AlphaBeta<double> u = TurnToStator(given, half * speed * settings_.tau);
      action[0] = Clamp(u.alpha * half_unit, -1.0, 1.0);
      action[1] = Clamp(u.beta * half_unit, -1.0, 1.0);
      return;
    }
    const double ahead = (half + settings_.dead_time_steps) * speed * settings_.tau;
    const Phases<double> u = ToPhases(TurnToStator(given, now.epsilon + ahead));
    const double middle = 0.5 * (std::min({u.a, u.b, u.c}) + std::max({u.a, u.b, u.c}));
    action[0] = Clamp((u.a - middle) * half_unit, -1.0, 1.0);
    action[1] = Clamp((u.b - middle) * half_unit, -1.0, 1.0);
    action[2] = Clamp((u.c - middle) * half_unit, -1.0, 1.0);
  }

 private:
  FieldOrientedSettings settings_;
  CurrentLoop loop_d_, loop_q_;
  std::vector<Dq<double>> integral_;  // V, per row
};

class VectorControl final : public Policy {
 public:
  explicit VectorControl(const FieldOrientedSettings& settings) : settings_(settings) {}

  // The last actions, oldest first: those on their way, and the one in force.
  void Resize(int num_rows) override {
    memory_ = settings_.dead_time_steps + 1;
    past_.assign(static_cast<size_t>(num_rows) * memory_, 0.0);
  }

  void VisitState(int row, StateVisitor& visitor) override { visitor("past", Past(row)); }

  void Act(int row, const PolicyInput& input, std::span<double> action) override {
    Situation now = Read(settings_, input);
    const std::span<double> past = Past(row);
    if (input.step == 0) std::fill(past.begin(), past.end(), 0.0);

    // Where the currents will be when this action takes effect.
    for (int k = 1; k < memory_; ++k) Predict(past[k], now);

    // The nearest end; between equals (the two zero vectors) the fewest legs that switch.
    int best = 0, fewest = 0;
    double least = std::numeric_limits<double>::infinity();
    for (int vector = 0; vector < 8; ++vector) {
      Situation then = now;
      Predict(vector, then);
      const double d = then.current.d - now.reference.d, q = then.current.q - now.reference.q;
      const double cost = d * d + q * q;
      const int switched = __builtin_popcount(vector ^ static_cast<int>(past.back()));
      if (cost < least || (cost == least && switched < fewest)) {
        best = vector;
        least = cost;
        fewest = switched;
      }
    }
    std::copy(past.begin() + 1, past.end(), past.begin());
    past.back() = action[0] = best;
  }

 private:
  std::span<double> Past(int row) {
    return std::span<double>(past_).subspan(static_cast<size_t>(row) * memory_, memory_);
  }

  // One step on: the midpoint rule, which is exact enough for periods far below the winding's.
  void Predict(double vector, Situation& now) const {
    const Pmsm& machine = settings_.machine;
    const double tau = settings_.tau, turn = machine.p * now.omega * tau;
    const Phases<double> legs = SwitchedB6(LegsOfVector(vector), Phases<double>{0, 0, 0});
    const double half = settings_.hold == VoltageHold::kStator ? 0.5 : 0.0;
    double sine, cosine;
    SinCos(now.epsilon + half * turn, sine, cosine);
    Dq<double> u = ToDq(ToAlphaBeta(legs), cosine, sine);
    u = {u.d * settings_.u_sup, u.q * settings_.u_sup};
    const Dq<double> first = machine.CurrentDerivative(now.current, u, now.omega);
    const Dq<double> middle{now.current.d + 0.5 * tau * first.d,
                            now.current.q + 0.5 * tau * first.q};
    const Dq<double> rate = machine.CurrentDerivative(middle, u, now.omega);
    now.current = {now.current.d + tau * rate.d, now.current.q + tau * rate.q};
    now.epsilon += turn;
  }

  FieldOrientedSettings settings_;
  int memory_ = 1;
  std::vector<double> past_;  // (rows, memory_)
};

}  // namespace

CurrentLoop ModulusOptimum(double resistance, double inductance, double tau, int dead_time_steps) {
  // Half a period of sampling, one of holding, and the dead time.
  const double delays = (1.5 + dead_time_steps) * tau;
  const double proportional = inductance / (2 * delays);
  return {proportional, proportional * resistance / inductance};
}

std::unique_ptr<Policy> MakeFieldOrientedControl(const FieldOrientedSettings& settings) {
  if (settings.actions == Actions::kVectors) return std::make_unique<VectorControl>(settings);
  return std::make_unique<DutyControl>(settings);
}

}  // namespace flyball
