// A drive as a lane kernel: converter, machine, load and supply, on any machine of physics/drive.
// Everything but the machine is decided by branches that all rows take alike. Included by
// <machine>_kernel.cc only.
#ifndef FLYBALL_ENVS_MOTOR_DRIVE_KERNEL_H_
#define FLYBALL_ENVS_MOTOR_DRIVE_KERNEL_H_

#include <algorithm>

#include "envs/core/kernel_batch.h"
#include "envs/motor/measure.h"
#include "envs/motor/task_kernel.h"

namespace flyball::motor {

template <class M>
class DriveKernel {
 public:
  using Config = DriveSetup;
  explicit DriveKernel(const Config& config)
      : setup_(config), machine_(std::get<M>(config.settings.machine)) {}

  int num_state() const { return setup_.num_state; }
  bool uses_noise() const { return setup_.uses_noise; }

  void Reset(Rng& rng, const ResetValues& values, std::span<double> state) const {
    ResetDrive(setup_, rng, values, state);
  }
  void ReadState(std::span<const double> state, std::span<double> out) const {
    std::copy(state.begin(), state.begin() + kOde, out.begin());
  }

  template <class T>
  void Observe(KernelIo<T>& io) const {
    const DriveSettings& settings = setup_.settings;
    const T u_sup = SupplyVoltage(setup_, io);
    T terminal[M::kTerminals];
    for (int k = 0; k < M::kTerminals; ++k) {
      const bool leg = settings.converter.bridges[0] == Bridge::kB6 && k < NumLegOutputs();
      terminal[k] = settings.quirks.midpoint_voltages && leg ? -0.5 * u_sup : T(0.0);
    }
    const Frame<T> rotor = Rotor(io.state), field = Field(io.state);
    T quantity[kMaxQuantities];
    Measure(machine_, MakeSituation(io, terminal, rotor, field, u_sup), quantity);
    FinishReset(setup_, io, kInduction ? field : rotor, quantity);
  }

  template <class T>
  void Step(KernelIo<T>& io) const {
    const DriveSettings& settings = setup_.settings;
    T applied[kMaxActions];
    ShiftActions(settings, io.action, io.state + setup_.queue, applied);
    T ramp(0.0);
    if (settings.load.imposed()) {
      ramp = NextSpeed(setup_, io, io.state[0]);
      if (settings.load.lag == 0) ramp = (ramp - io.state[0]) * (1 / settings.tau);
    }

    // The frames in which the last piece of the step began are what stale measurements use.
    Frame<T> rotor = Rotor(io.state), field{T(1.0), T(0.0)};
    if (setup_.reads_start_field) field = Field(io.state);
    Outputs<T> terminal, current;
    T u_sup;
    if (setup_.reads_currents) {
      machine_.Currents(io.state + 1, LegFrame(rotor), current.data());
    } else {
      for (int k = 0; k < M::kTerminals; ++k) current[k] = T(0.0);
    }
    if (settings.task.finite) {
      AdvanceSwitched(io, applied, current.data(), ramp, rotor, field, u_sup, terminal.data());
    } else {
      AdvanceAveraged(io, applied, current.data(), ramp, rotor, field, u_sup, terminal.data());
    }
    if constexpr (M::kHasAngle) {
      if (setup_.reads_rotor) SinCos(io.state[kOde - 1], io.state[kOde + 1], io.state[kOde]);
    }
    if (settings.supply.kind == Supply::Kind::kRc && !settings.quirks.late_supply) {
      Discharge(io, terminal.data(), current.data(), u_sup);
    }
    if constexpr (kInduction) {
      if (setup_.observer) ObserveFlux(machine_, settings.tau, io.state, io.state + setup_.flux);
    }

    const Frame<T> end_rotor = Rotor(io.state), end_field = Field(io.state);
    const bool stale = settings.quirks.stale_angle;
    T quantity[kMaxQuantities];
    Measure(machine_,
            MakeSituation(io, terminal.data(), stale ? rotor : end_rotor, stale ? field : end_field,
                          u_sup),
            quantity);
    FinishStep(setup_, io, kInduction ? end_field : end_rotor, applied, quantity);
  }

 private:
  static constexpr int kOde = kOdeSize<M>;
  // One number per output of the converter, with zeros where this machine has none: loops over legs
  // are the converter's.
  template <class T>
  struct Outputs : std::array<T, kMaxActions> {
    FLYBALL_INLINE Outputs() {
      for (int k = M::kTerminals; k < kMaxActions; ++k) (*this)[k] = T(0.0);
    }
  };
  static constexpr bool kInduction = std::is_base_of_v<InductionMachine, M>;

  // The rotor's frame as the converter is told it.
  template <class T>
  FLYBALL_INLINE Frame<T> LegFrame(const Frame<T>& rotor) const {
    if constexpr (std::is_same_v<M, Dfim>) {
      if (setup_.settings.quirks.rotor_legs_in_stator) return {T(1.0), T(0.0)};
    }
    return rotor;
  }

  // Outputs that are legs against the midpoint; the rest are bridges of their own.
  int NumLegOutputs() const {
    const Converter& converter = setup_.settings.converter;
    const bool both = converter.num_bridges == 2 && converter.bridges[1] == Bridge::kB6;
    return both ? 6 : 3;
  }

  template <class T>
  static FLYBALL_INLINE Frame<T> Rotor(const T* state) {
    if constexpr (M::kHasAngle) return {state[kOde], state[kOde + 1]};
    return {T(1.0), T(0.0)};
  }
  template <class T>
  static FLYBALL_INLINE Frame<T> Field(const T* state) {
    if constexpr (kInduction) return InductionMachine::Field(state + 1);
    return {T(1.0), T(0.0)};
  }
  template <class T>
  FLYBALL_INLINE Situation<T> MakeSituation(const KernelIo<T>& io, const T* terminal,
                                            const Frame<T>& shown, const Frame<T>& field,
                                            const T& u_sup) const {
    return {io.state,        terminal,
            Rotor(io.state), shown,
            field,           setup_.observer ? io.state + setup_.flux : nullptr,
            u_sup,           setup_.settings.quirks.midpoint_voltages};
  }

  template <class T>
  FLYBALL_INLINE void AdvanceAveraged(KernelIo<T>& io, const T* applied, const T* current,
                                      const T& ramp, const Frame<T>& rotor, const Frame<T>& field,
                                      T& u_sup, T* terminal) const {
    const DriveSettings& settings = setup_.settings;
    Outputs<T> duty;
    if (settings.rotor_actions) {
      PhaseDuties(machine_, applied, rotor, field, duty.data());
    } else {
      for (int k = 0; k < M::kTerminals; ++k) duty[k] = applied[k];
    }
    AveragedOutputs(settings.converter, duty.data(), current,
                    settings.converter.interlocking_time / settings.tau, terminal);
    if (LateCapacitor()) {
      T leg[Converter::kMaxLegs];
      LegDuties(settings.converter, duty.data(), leg);
      DischargeLate(io, DrawnByLegs(settings.converter, leg, current,
                                    settings.converter.interlocking_time / settings.tau));
    }
    u_sup = SupplyVoltage(setup_, io);
    for (int k = 0; k < M::kTerminals; ++k) terminal[k] *= u_sup;
    T u[M::kInputs];
    machine_.Inputs(terminal, rotor, u);
    Integrate(DriveSetup::kWhole, u, ramp, io.state);
  }

  template <class T>
  FLYBALL_INLINE void AdvanceSwitched(KernelIo<T>& io, const T* applied, const T* current,
                                      const T& ramp, Frame<T>& rotor, Frame<T>& field, T& u_sup,
                                      T* terminal) const {
    const Converter& converter = setup_.settings.converter;
    T wanted[Converter::kMaxLegs];
    LegsOfActions(converter, applied, wanted);
    SwitchedOutputs(converter, wanted, current, terminal);
    if (LateCapacitor()) {
      DischargeLate(io, DrawnBySwitches(converter, io.state + setup_.legs, current));
    }
    u_sup = SupplyVoltage(setup_, io);
    for (int k = 0; k < M::kTerminals; ++k) terminal[k] *= u_sup;
    T u[M::kInputs], start[kOde];
    machine_.Inputs(terminal, rotor, u);
    for (int k = 0; k < kOde; ++k) start[k] = io.state[k];
    Integrate(DriveSetup::kWhole, u, ramp, io.state);
    if (setup_.switches_inside) {
      AdvanceInterlocked(io, wanted, current, ramp, start, rotor, field, u_sup, terminal);
    } else if (setup_.keeps_legs) {
      std::copy(wanted, wanted + converter.num_legs(), io.state + setup_.legs);
    }
  }

  // Rows of which a leg changes transistors go another way from `start`: first the legs that change
  // are open, then all are where they should be.
  template <class T>
  __attribute__((noinline)) void AdvanceInterlocked(KernelIo<T>& io, const T* wanted,
                                                    const T* current, const T& ramp, T* split,
                                                    Frame<T>& rotor, Frame<T>& field,
                                                    const T& u_sup, T* terminal) const {
    const DriveSettings& settings = setup_.settings;
    const Converter& converter = settings.converter;
    T* legs = io.state + setup_.legs;
    const int num_legs = converter.num_legs();
    T open[Converter::kMaxLegs], after[Converter::kMaxLegs];
    Mask<T> changes(false);
    for (int k = 0; k < num_legs; ++k) {
      open[k] = InterlockedLeg(legs[k], wanted[k]);
      changes = changes | (open[k] != wanted[k]);
    }
    Outputs<T> first, second, now;
    T u[M::kInputs];
    SwitchedOutputs(converter, open, current, first.data());
    for (int k = 0; k < M::kTerminals; ++k) first[k] *= u_sup;
    machine_.Inputs(first.data(), rotor, u);
    Integrate(DriveSetup::kBefore, u, ramp, split);

    Frame<T> middle_rotor{T(1.0), T(0.0)}, middle_field = Field(split);
    if constexpr (M::kHasAngle) SinCos(split[kOde - 1], middle_rotor.sine, middle_rotor.cosine);
    machine_.Currents(split + 1, LegFrame(middle_rotor), now.data());
    for (int k = 0; k < num_legs; ++k) {
      after[k] = settings.quirks.open_for_whole_step ? open[k] : wanted[k];
    }
    SwitchedOutputs(converter, after, now.data(), second.data());
    for (int k = 0; k < M::kTerminals; ++k) second[k] *= u_sup;
    machine_.Inputs(second.data(), middle_rotor, u);
    Integrate(DriveSetup::kAfter, u, ramp, split);

    for (int k = 0; k < kOde; ++k) io.state[k] = Select(changes, split[k], io.state[k]);
    for (int k = 0; k < M::kTerminals; ++k) terminal[k] = Select(changes, second[k], terminal[k]);
    for (int k = 0; k < num_legs; ++k) legs[k] = Select(changes, after[k], wanted[k]);
    const auto choose = [&](const Frame<T>& middle, Frame<T>& frame) {
      frame.cosine = Select(changes, middle.cosine, frame.cosine);
      frame.sine = Select(changes, middle.sine, frame.sine);
    };
    choose(middle_rotor, rotor);
    choose(middle_field, field);
  }

  template <class T>
  __attribute__((noinline)) void Integrate(DriveSetup::PieceKind kind, const T* u, const T& ramp,
                                           T* ode) const {
    const DriveSettings& settings = setup_.settings;
    const double duration = setup_.Duration(kind);
    if (setup_.exact) {
      const Mask<T> usual = ode[0] == settings.load.omega;
      if (AllOf(usual)) {
        AdvanceExactly<M>(setup_.exact_step[kind].data(), u, ode + 1);
        if constexpr (M::kHasAngle) ode[kOde - 1] += (machine_.p * duration) * ode[0];
        return;
      }
      // Rows that were put at another speed are integrated.
      T exact[kOde];
      for (int k = 0; k < kOde; ++k) exact[k] = ode[k];
      AdvanceExactly<M>(setup_.exact_step[kind].data(), u, exact + 1);
      if constexpr (M::kHasAngle) exact[kOde - 1] += (machine_.p * duration) * ode[0];
      AdvanceNumerically(duration, u, ramp, ode);
      for (int k = 0; k < kOde; ++k) ode[k] = Select(usual, exact[k], ode[k]);
      return;
    }
    AdvanceNumerically(duration, u, ramp, ode);
  }

  template <class T>
  __attribute__((noinline)) void AdvanceNumerically(double duration, const T* u, const T& ramp,
                                                    T* ode) const {
    const DriveSettings& settings = setup_.settings;
    double turning = 0.0;
    if constexpr (M::kHasAngle) {
      turning = settings.hold() == VoltageHold::kConverter ? machine_.p : 0.0;
    }
    const Piece<M, T> piece{machine_, settings.load, turning, ramp, u};
    if (settings.solver.kind == SolverSettings::Kind::kDormandPrince) {
      AdvanceAdaptive(settings.solver.tolerance, setup_.scale.data(), piece, duration, ode);
    } else {
      const bool euler = settings.solver.kind == SolverSettings::Kind::kEuler;
      AdvanceFixed(euler ? kEulerMethod : kRungeKutta4, piece, duration, setup_.substeps, ode);
    }
  }

  // What the converter draws from the supply: outputs (fractions) times currents, A.
  template <class T>
  static FLYBALL_INLINE T Drawn(const T* output, const T* current) {
    T drawn = output[0] * current[0];
    for (int k = 1; k < M::kTerminals; ++k) drawn += output[k] * current[k];
    return drawn;
  }
  // The peer's capacitor sees the step that begins.
  bool LateCapacitor() const {
    return setup_.settings.supply.kind == Supply::Kind::kRc && setup_.settings.quirks.late_supply;
  }
  template <class T>
  FLYBALL_INLINE void DischargeLate(KernelIo<T>& io, const T& drawn) const {
    T& u = io.state[setup_.supply];
    const T next = setup_.settings.supply.DischargeByEuler(u, drawn, setup_.settings.tau);
    u = Select(io.step > 0.0, next, u);
  }
  // The capacitor after a step, by the mean of the currents at its ends.
  template <class T>
  FLYBALL_INLINE void Discharge(KernelIo<T>& io, const T* terminal, const T* before,
                                const T& u_sup) const {
    T after[M::kTerminals], output[M::kTerminals];
    machine_.Currents(io.state + 1, Rotor(io.state), after);
    const T safe = Select(u_sup == 0.0, T(1.0), u_sup);
    for (int k = 0; k < M::kTerminals; ++k) {
      output[k] = terminal[k] / safe;
      after[k] = 0.5 * (after[k] + before[k]);
    }
    T& u = io.state[setup_.supply];
    u = setup_.settings.supply.Discharge(u, Drawn(output, after), setup_.settings.tau);
  }

  Config setup_;
  M machine_;
};

}  // namespace flyball::motor

#endif  // FLYBALL_ENVS_MOTOR_DRIVE_KERNEL_H_
