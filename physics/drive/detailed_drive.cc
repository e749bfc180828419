#include "physics/drive/detailed_drive.h"

#include <type_traits>

#include "physics/drive/detailed_motion.h"

namespace flyball {
namespace {

static_assert(std::is_trivially_copyable_v<DetailedState>);
static_assert(sizeof(DetailedState) == kDetailedStateSize * sizeof(double));

// One row during one control step.
template <class M>
class DetailedRun {
  using Motion = DetailedMotion<M>;
  using Vector = typename Motion::Vector;

 public:
  DetailedRun(const DetailedDrive& drive, const M& machine, DetailedState& state,
              DetailedStep& step)
      : drive_(drive), machine_(machine), state_(state), step_(step),
        motion_(drive, machine, step.ramp), try_(drive.tau) {}

  void Advance(double* ode) {
    Load(ode);
    const double magnetic = motion_.MagneticEnergy(y_), kinetic = motion_.KineticEnergy(y_);
    const double capacitor = motion_.CapacitorEnergy(y_);
    if (drive_.exact || drive_.switched) {
      FollowEdges();
    } else {
      OutputLaw leg[Converter::kMaxLegs];
      const double lost = std::min(
          1.0, drive_.converter.interlocking_time * drive_.modulation.periods / drive_.tau);
      for (int k = 0; k < drive_.converter.num_legs(); ++k) {
        leg[k] = AveragedLegLaw(drive_.devices, step_.command[k], lost, IsSingle(k));
      }
      SetLaws(leg);
      Follow(drive_.tau);
    }
    step_.torque = motion_.Torque(y_);
    step_.energy[kMagnetic] = motion_.MagneticEnergy(y_) - magnetic;
    step_.energy[kKinetic] = motion_.KineticEnergy(y_) - kinetic;
    step_.energy[kCapacitor] = motion_.CapacitorEnergy(y_) - capacitor;
    Store(ode);
  }

 private:
  void Load(const double* ode) {
    y_.fill(0.0);
    std::copy(ode, ode + Motion::kOde, y_.begin());
    y_[Motion::kSupply] = state_.u_sup;
    y_[Motion::kSupply + 1] = state_.u_slow;
    y_[Motion::kSupply + 2] = state_.charge;
    for (int k = 0; k < Motion::kOut; ++k) {
      motion_.flowing[k] = state_.held[k] != 0 ? Flowing::kHeld : Flowing::kFree;
    }
  }
  void Store(double* ode) {
    if (failed_) y_.fill(std::numeric_limits<double>::quiet_NaN());
    std::copy(y_.begin(), y_.begin() + Motion::kOde, ode);
    state_.u_sup = y_[Motion::kSupply];
    state_.u_slow = y_[Motion::kSupply + 1];
    state_.charge = y_[Motion::kSupply + 2];
    for (int k = 0; k < Motion::kOut; ++k) {
      state_.held[k] = motion_.flowing[k] == Flowing::kHeld ? 1.0 : 0.0;
      step_.voltage[k] = y_[Motion::kVoltages + k] / drive_.tau;
    }
    std::copy_n(y_.begin() + Motion::kFlows, static_cast<int>(kNumFlows), step_.energy);
  }

  bool IsSingle(int leg) const {
    const Converter& converter = drive_.converter;
    const int first = Converter::Legs(converter.bridges[0]);
    return converter.bridges[leg < first ? 0 : 1] == Bridge::k1Q;
  }

  // From one instant at which legs are told something, or may obey, to the next.
  void FollowEdges() {
    const int num_legs = drive_.converter.num_legs();
    Edges edges;
    if (drive_.switched) {
      HeldEdges(num_legs, step_.command, edges);
    } else {
      double duty[Converter::kMaxLegs];
      std::copy_n(step_.command, num_legs, duty);
      if (drive_.modulation.kind == Modulation::Kind::kSpaceVector) {
        CentreDuties(drive_.converter, duty);
      }
      PulseEdges(drive_.modulation, num_legs, duty, drive_.tau, edges);
    }
    double time = 0;
    for (int next = 0; time < drive_.tau && !failed_;) {
      Leg leg[Converter::kMaxLegs];
      std::copy_n(state_.leg, num_legs, leg);
      for (; next < edges.count && edges.edge[next].time <= time; ++next) {
        const Edge& edge = edges.edge[next];
        // A leg without a lower transistor can only be let go.
        const bool open = edge.gate == kLegLow && IsSingle(edge.leg);
        leg[edge.leg].Tell(open ? kLegOpen : edge.gate, drive_.converter.interlocking_time);
      }
      Switch(leg);
      double end = next < edges.count ? std::min(edges.edge[next].time, drive_.tau) : drive_.tau;
      for (int k = 0; k < num_legs; ++k) {
        if (state_.leg[k].wait > 0) end = std::min(end, time + state_.leg[k].wait);
      }
      Follow(end - time);
      std::copy_n(state_.leg, num_legs, leg);
      for (int k = 0; k < num_legs; ++k) leg[k].Wait(end - time);
      Switch(leg);
      time = end;
    }
  }

  // Legs as they are now, and what changing them costs.
  void Switch(const Leg* leg) {
    double output[Motion::kOut], current[Converter::kMaxLegs];
    double padded[6] = {};
    motion_.Currents(y_, output);
    std::copy_n(output, Motion::kOut, padded);
    Converter converter = drive_.converter;
    converter.same_current_in_both_legs = false;
    LegCurrents(converter, padded, current);
    const Devices& devices = drive_.devices;
    OutputLaw law[Converter::kMaxLegs];
    for (int k = 0; k < converter.num_legs(); ++k) {
      const double before = state_.leg[k].gate, after = leg[k].gate;
      // The transistor that carries a current out of the leg is the upper one.
      const double carrier = current[k] >= 0 ? kLegHigh : kLegLow;
      if (before != after) {
        const double each = before == carrier ? devices.e_off : after == carrier ? devices.e_on : 0;
        Pay(each * Abs(current[k]) / devices.i_rated * Abs(y_[Motion::kSupply]) / devices.u_rated);
      }
      state_.leg[k] = leg[k];
      law[k] = HeldLeg(devices, leg[k].gate);
    }
    SetLaws(law);
  }
  void Pay(double energy) {
    if (energy == 0) return;
    double& u = y_[Motion::kSupply];
    if (drive_.supply.has_capacitor()) {
      energy = std::min(energy, 0.5 * drive_.supply.c * u * u);
      u = Sqrt(std::max(0.0, u * u - 2 * energy / drive_.supply.c));
    } else {
      y_[Motion::kFlows + kSource] += energy;
    }
    y_[Motion::kFlows + kSwitching] += energy;
  }

  void SetLaws(const OutputLaw* leg) {
    OutputLaws(drive_.converter, leg, motion_.law.data());
    for (int k = 0; k < Motion::kOut; ++k) {
      if (!step_.broken[k]) continue;
      motion_.law[k].broken = true;
      for (int s = 0; s < 2; ++s) motion_.law[k].offset[s] += drive_.arc_voltage;
    }
    motion_.Decide(y_);
  }

  // `duration` under the present laws; events are met on the way.
  void Follow(double duration) {
    double left = duration;
    Vector trial;
    while (left > 0) {
      if (++pieces_ > drive_.tolerance.max_steps) failed_ = true;
      if (failed_) return;
      double h = try_ > 0.99 * left ? left : try_;
      const double error = TryStep(h, trial);
      // As AdvanceAdaptive; not-a-number shrinks the step.
      const double factor = error > 0 ? 0.9 * Pow(error, -0.2) : 5.0;
      if (!(error <= 1)) {
        try_ = h * (factor >= 0.2 && factor < 1 ? factor : 0.2);
        continue;
      }
      if (h == try_ || factor < 1) try_ = h * std::min(factor, 5.0);
      if (motion_.Margin(trial) < 0) {
        h = Locate(h, trial);
        ++step_.events;
        y_ = trial;
        motion_.Decide(y_);
      } else {
        y_ = trial;
      }
      left -= h;
    }
  }

  // One step of length h; its error in units of what is allowed.
  double TryStep(double h, Vector& end) const {
    constexpr ButcherTableau kTableau = kDormandPrince54;
    Vector slope[7], probe, error;
    for (int s = 0; s < kTableau.stages; ++s) {
      probe = y_;
      for (int j = 0; j < s; ++j) {
        if (kTableau.a[s][j] == 0) continue;
        for (int i = 0; i < Motion::kSize; ++i) probe[i] += kTableau.a[s][j] * h * slope[j][i];
      }
      motion_.Rates(probe, slope[s]);
    }
    end = y_;
    error.fill(0.0);
    for (int j = 0; j < kTableau.stages; ++j) {
      for (int i = 0; i < Motion::kSize; ++i) {
        end[i] += kTableau.b[j] * h * slope[j][i];
        error[i] += kTableau.error[j] * h * slope[j][i];
      }
    }
    double sum = 0;
    const double energy = drive_.u_scale * drive_.i_scale * drive_.tau;
    for (int i = 0; i < Motion::kSize; ++i) {
      const double typical = i < Motion::kOde ? drive_.scale[i]
                             : i < Motion::kFlows
                                 ? (i == Motion::kSupply + 2 ? 1.0 : drive_.u_scale)
                             : i < Motion::kVoltages ? energy
                                                     : drive_.u_scale * drive_.tau;
      const double allowed = drive_.tolerance.absolute * typical +
                             drive_.tolerance.relative * std::max(Abs(y_[i]), Abs(end[i]));
      const double part = error[i] / allowed;
      sum += part * part;
    }
    return Sqrt(sum / Motion::kSize);
  }

  // The step in (0, h] after which the margin has just gone; `end` is the state there. By the
  // secant, with the end that stays behind halved (Illinois).
  double Locate(double h, Vector& end) const {
    double before = 0, after = h;
    double f_before = motion_.Margin(y_), f_after = motion_.Margin(end);
    if (!(f_before >= 0)) f_before = 0;
    Vector trial;
    int side = 0;
    for (int k = 0; k < 60 && after - before > 1e-12 * drive_.tau; ++k) {
      double middle = before + (after - before) * f_before / (f_before - f_after);
      if (!(middle > before && middle < after) || k % 8 == 7) middle = 0.5 * (before + after);
      TryStep(middle, trial);
      const double f = motion_.Margin(trial);
      if (f < 0) {
        after = middle;
        f_after = f;
        end = trial;
        if (side == -1) f_before *= 0.5;
        side = -1;
      } else {
        before = middle;
        f_before = f;
        if (side == 1) f_after *= 0.5;
        side = 1;
      }
    }
    return after;
  }

  const DetailedDrive& drive_;
  const M& machine_;
  DetailedState& state_;
  DetailedStep& step_;
  Motion motion_;
  Vector y_;
  double try_;
  int pieces_ = 0;
  bool failed_ = false;
};

}  // namespace

void AdvanceDetailed(const DetailedDrive& drive, const Machine& machine, DetailedState& state,
                     DetailedStep& step, double* ode) {
  std::visit(
      [&](const auto& m) {
        DetailedRun<std::decay_t<decltype(m)>>(drive, m, state, step).Advance(ode);
      },
      machine);
}

}  // namespace flyball
