// A drive with all its details (physics/drive/detailed_drive.h) as a kernel of one row at a time, on
// any machine: events come at times of their own in each row, so that lanes would wait for each
// other.
#include <algorithm>
#include <cstring>

#include "envs/core/kernel_batch.h"
#include "envs/motor/detail.h"
#include "envs/motor/measure.h"
#include "envs/motor/sensors.h"
#include "envs/motor/task_kernel.h"

// Only the base build has it: the other would be the same.
#if FLYBALL_ISA_WIDTH == 8

namespace flyball::motor {
namespace {

constexpr uint32_t kSensorStream = 4;

class DetailedKernel {
 public:
  using Config = DriveSetup;
  explicit DetailedKernel(const Config& config)
      : setup_(config), detail_(*setup_.settings.detail), layout_(setup_.settings),
        drive_(MakeDetailedDrive(setup_)),
        heat_(detail_.thermal ? *detail_.thermal : Thermal::For(1.0), setup_.settings.tau),
        info_(2 + setup_.settings.reference.num_states() + setup_.settings.action_size()) {}

  int num_state() const { return setup_.num_state; }
  bool uses_noise() const { return setup_.uses_noise || detail_.sensors.noise > 0; }

  void Reset(Rng& rng, const ResetValues& values, std::span<double> state) const {
    ResetDrive(setup_, rng, values, state);
    ResetDetail(setup_, layout_, rng, values.has(2) ? values[2] : std::span<const double>{}, state);
  }
  void ReadState(std::span<const double> state, std::span<double> out) const {
    std::copy_n(state.begin(), setup_.ode_size, out.begin());
    if (!detail_.thermal) return;
    std::copy_n(state.begin() + setup_.detail + layout_.temperature, 2,
                out.begin() + setup_.ode_size);
  }

  template <class T>
  void Observe(KernelIo<T>& io) const {
    const Machine machine = RowMachine(setup_.settings, layout_, io.state + setup_.detail);
    const double terminal[kMaxActions] = {};
    std::visit([&](const auto& m) { Begin(m, io, terminal); }, machine);
    DetailedStep nothing{.command = nullptr};
    WriteInfo(io, nothing, io.step);
  }

  template <class T>
  void Step(KernelIo<T>& io) const {
    double* own = io.state + setup_.detail;
    const Machine machine = RowMachine(setup_.settings, layout_, own);
    std::visit([&](const auto& m) { StepMachine(m, machine, io); }, machine);
  }

 private:
  template <class M>
  static Frame<double> Rotor(const double* state) {
    if constexpr (M::kHasAngle) return {state[kOdeSize<M>], state[kOdeSize<M> + 1]};
    return {1.0, 0.0};
  }
  template <class M>
  static Frame<double> Field(const double* ode) {
    if constexpr (std::is_base_of_v<InductionMachine, M>) return InductionMachine::Field(ode + 1);
    return {1.0, 0.0};
  }
  template <class M>
  static constexpr bool kInduction = std::is_base_of_v<InductionMachine, M>;

  template <class M>
  void StepMachine(const M& m, const Machine& machine, KernelIo<double>& io) const {
    const DriveSettings& settings = setup_.settings;
    double* own = io.state + setup_.detail;
    DetailedState state;
    std::memcpy(static_cast<void*>(&state), own + layout_.drive, sizeof(state));
    double applied[kMaxActions], command[Converter::kMaxLegs];
    ShiftActions(settings, io.action, io.state + setup_.queue, applied);
    Command(m, io.state, applied, command);

    DetailedStep step{.command = command};
    if (settings.load.imposed()) {
      step.ramp = NextSpeed(setup_, io, io.state[0]);
      if (settings.load.lag == 0) step.ramp = (step.ramp - io.state[0]) * (1 / settings.tau);
    }
    for (size_t k = 0; k < detail_.faults.size(); ++k) {
      const Fault& fault = detail_.faults[k];
      if (fault.kind != Fault::Kind::kOpenPhase || !Active(own, k, io.step)) continue;
      step.broken[fault.output] = true;
    }
    state.u_sup = SupplyVoltage(setup_, io);
    const double u_sup = state.u_sup;
    AdvanceDetailed(drive_, machine, state, step, io.state);
    std::memcpy(own + layout_.drive, &state, sizeof(state));
    if (settings.supply.has_capacitor()) io.state[setup_.supply] = state.u_sup;
    if constexpr (M::kHasAngle) {
      SinCos(io.state[setup_.ode_size - 1], io.state[setup_.cosine + 1], io.state[setup_.cosine]);
    }
    if constexpr (kInduction<M>) {
      if (setup_.observer) ObserveFlux(m, settings.tau, io.state, io.state + setup_.flux);
    }
    if (detail_.thermal) {
      const double* energy = step.energy;
      heat_.Advance(energy[kCopper] / settings.tau,
                    (energy[kIron] + energy[kFriction]) / settings.tau, own + layout_.temperature);
    }

    double quantity[kMaxQuantities], seen[kMaxQuantities];
    const Frame<double> rotor = Rotor<M>(io.state);
    Measure(m, See<M>(io, io.state, step.voltage, rotor, u_sup), quantity);
    quantity[1] = step.torque;
    Frame<double> frame = kInduction<M> ? Field<M>(io.state) : rotor;
    if (detail_.sensors.on) frame = Sense(m, io, step.voltage, u_sup, false, seen);
    FinishStep(setup_, io, frame, applied, quantity, detail_.sensors.on ? seen : nullptr);
    WriteInfo(io, step, io.step + 1);
  }

  template <class M>
  void Begin(const M& m, KernelIo<double>& io, const double* terminal) const {
    const double u_sup = SupplyVoltage(setup_, io);
    double quantity[kMaxQuantities];
    const Frame<double> rotor = Rotor<M>(io.state);
    Frame<double> frame = kInduction<M> ? Field<M>(io.state) : rotor;
    if (detail_.sensors.on) {
      frame = Sense(m, io, terminal, u_sup, true, quantity);
    } else {
      Measure(m, See<M>(io, io.state, terminal, rotor, u_sup), quantity);
    }
    FinishReset(setup_, io, frame, quantity);
  }

  template <class M>
  Situation<double> See(const KernelIo<double>& io, const double* ode, const double* terminal,
                        const Frame<double>& rotor, double u_sup) const {
    const double* flux = setup_.observer ? io.state + setup_.flux : nullptr;
    return {ode, terminal, rotor, rotor, Field<M>(ode), flux, u_sup, false};
  }

  // What the converter's legs are told.
  template <class M>
  void Command(const M& m, const double* state, const double* applied, double* command) const {
    const DriveSettings& settings = setup_.settings;
    if (settings.task.finite) return LegsOfActions(settings.converter, applied, command);
    double duty[kMaxActions];
    if (settings.rotor_actions) {
      PhaseDuties(m, applied, Rotor<M>(state), Field<M>(state), duty);
    } else {
      std::copy_n(applied, M::kTerminals, duty);
    }
    LegDuties(settings.converter, duty, command);
  }

  bool Active(const double* own, size_t fault, double step) const {
    return step * setup_.settings.tau >= own[layout_.faults + fault];
  }

  // The quantities as sensors see them; returns the frame in which currents are then controlled.
  template <class M>
  Frame<double> Sense(const M& m, KernelIo<double>& io, const double* terminal, double u_sup,
                      bool first, double* quantity) const {
    const SensorSettings& sensors = detail_.sensors;
    double* own = io.state + setup_.detail;
    double channel[kMaxActions];
    ReadChannels(m, io.state, Rotor<M>(io.state), channel);
    const int n = layout_.channels;
    for (int k = 0; k < n; ++k) {
      double& i = channel[k];
      i = own[layout_.gains + k] * i + own[layout_.offsets + k];
      if (sensors.noise > 0) i += sensors.noise * io.noise.Normal(kSensorStream, k);
      if (sensors.resolution > 0) i = sensors.resolution * Round(i / sensors.resolution);
    }
    bool lost_angle = false;
    for (size_t k = 0; k < detail_.faults.size(); ++k) {
      if (!Active(own, k, first ? 0 : io.step + 1)) continue;
      if (detail_.faults[k].kind == Fault::Kind::kCurrentSensor) {
        channel[detail_.faults[k].output] = 0;
      }
      lost_angle |= detail_.faults[k].kind == Fault::Kind::kEncoder;
    }
    double* queue = own + layout_.delayed;
    for (int k = 0; k < sensors.delay * n && first; ++k) queue[k] = channel[k % n];
    if (sensors.delay > 0) {
      double read[kMaxActions];
      std::copy_n(queue, n, read);
      std::copy(queue + n, queue + sensors.delay * n, queue);
      std::copy_n(channel, n, queue + (sensors.delay - 1) * n);
      std::copy_n(read, n, channel);
    }

    double ode[8];
    std::copy_n(io.state, setup_.ode_size, ode);
    Frame<double> rotor = Rotor<M>(io.state);
    if constexpr (M::kHasAngle) {
      double& last = own[layout_.angle + 1];
      double& speed = own[layout_.angle + 2];
      double angle = ReadAngle(sensors, m.p, own[layout_.angle], ode[setup_.ode_size - 1]);
      if (lost_angle && !first) angle = last;
      if (sensors.reads_angle() && !first) {
        const double tau = setup_.settings.tau;
        const double keep = Exp(-tau / sensors.speed_filter);
        speed = keep * speed + (1 - keep) * (angle - last) / (m.p * tau);
        ode[0] = speed;
      }
      last = angle;
      ode[setup_.ode_size - 1] = angle;
      SinCos(angle, rotor.sine, rotor.cosine);
    }
    WriteChannels(m, channel, rotor, ode);
    Measure(m, See<M>(io, ode, terminal, rotor, u_sup), quantity);
    return kInduction<M> ? Field<M>(ode) : rotor;
  }

  void WriteInfo(KernelIo<double>& io, const DetailedStep& step, double now) const {
    const double* own = io.state + setup_.detail;
    double* info = io.info + info_;
    if (detail_.audit) info = std::copy_n(step.energy, static_cast<int>(kNumEnergies), info);
    if (detail_.thermal) info = std::copy_n(own + layout_.temperature, 2, info);
    for (size_t k = 0; k < detail_.faults.size(); ++k) *info++ = Active(own, k, now) ? 1.0 : 0.0;
    if (!detail_.randomises()) return;
    int k = 0;
    std::visit(
        [&](const auto& m) {
          for (const auto& parameter : std::decay_t<decltype(m)>::Parameters()) {
            *info++ = m.*parameter.value * own[layout_.factors + k++];
          }
        },
        setup_.settings.machine);
  }

  Config setup_;
  DetailSettings detail_;
  DetailLayout layout_;
  DetailedDrive drive_;
  ThermalStep heat_;
  int info_;  // where the detailed kernel's own info begins
};

}  // namespace
}  // namespace flyball::motor

extern "C" ::flyball::Batch* FLYBALL_KERNEL_ENTRY(motor_detailed, FLYBALL_ISA)(
    const ::flyball::BatchContext& context, const void* config, int) {
  using flyball::motor::DetailedKernel;
  return new flyball::KernelBatch<DetailedKernel, double>(
      context, *static_cast<const DetailedKernel::Config*>(config));
}

#endif
