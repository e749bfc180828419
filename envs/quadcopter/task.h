// The quadcopter tasks as a kernel, over any of the three models. Included by *_kernel.cc only.
#ifndef FLYBALL_ENVS_QUADCOPTER_TASK_H_
#define FLYBALL_ENVS_QUADCOPTER_TASK_H_

#include <algorithm>
#include <type_traits>

#include "envs/core/kernel_batch.h"
#include "envs/policies/dsl_pid.h"
#include "envs/quadcopter/config.h"
#include "envs/quadcopter/models.h"
#include "envs/quadcopter/start.h"

namespace flyball::quadcopter {

// Lanes that are worked on at a time: one vector register of each instruction set, fewer than the
// kernel's, so that a drone stays in registers.
template <class T>
using PartLanes = std::conditional_t<kIsLanes<T>, Lanes<FLYBALL_ISA_WIDTH / 4>, double>;

// Some lanes of x, from `lane` on, and back. Lanes lie in order.
template <class P, class T>
FLYBALL_INLINE P GetPart(const T& x, int lane) {
  static_assert(sizeof(T) == sizeof(double) * kWidth<T>);
  return Load<P>(reinterpret_cast<const double*>(&x) + lane);
}
template <class P, class T>
FLYBALL_INLINE void SetPart(const P& part, int lane, T& x) {
  static_assert(sizeof(T) == sizeof(double) * kWidth<T>);
  Store(part, reinterpret_cast<double*>(&x) + lane);
}

template <class Model>
class QuadKernel {
 public:
  using Config = quadcopter::Config;
  explicit QuadKernel(const Config& config)
      : config_(config), model_(config), hover_rpm_(config.airframe.hover_rpm()),
        max_rpm_(config.airframe.max_rpm()),
        lead_(-1 / Expm1(-config.time_step() / config.airframe.rotor_time_constant)),
        pid_(config.uses_pid() ? config.airframe : rotorcraft::FindAirframe("cf2x"),
             // The peer flies the plus with the X's mixer.
             !config.gpd() && config.airframe.plus) {}

  int num_state() const { return history_slot() + config_.history() * action_size(); }
  int num_scratch() const { return 4; }
  bool interacts() const { return config_.downwash && config_.num_drones > 1; }
  int num_substeps() const { return config_.substeps(); }

  void Reset(Rng& rng, const ResetValues& values, std::span<double> state) const {
    std::fill(state.begin(), state.end(), 0.0);
    for (int drone = 0; drone < config_.num_drones; ++drone) {
      double* slots = state.data() + static_cast<size_t>(drone) * num_state();
      const StartState start = DrawStart(config_, drone, rng, values);
      WriteVec3(slots + kSlotP, start.p_W);
      WriteQuat(slots + kSlotQ, start.q_WB);
      WriteVec3(slots + kSlotV, start.v_W);
      WriteVec3(slots + kSlotGoal, start.goal);
      std::copy_n(start.rpm, 4, slots + kSlotRpm);
      model_.Start(slots, start.w_W, start.variation);
      // No kick from an attitude that the controller has not seen; the peer's has it.
      if (inner_loop()) WriteVec3(slots + pid_slot() + 6, rotorcraft::RollPitchYaw(start.q_WB));
    }
  }

  template <class T>
  void Step(KernelIo<T>& io) const {
    using P = PartLanes<T>;
    Remember(io);
    if constexpr (std::is_same_v<P, T>) {
      StepPart(io);
    } else {
      T terminated = T(0.0), truncated = T(0.0);
      P memory[4 + kMaxSlots + kMaxShown + kNumInfo + 4];
      for (int lane = 0; lane < kWidth<T>; lane += kWidth<P>) {
        KernelIo<P> part;
        P* action = memory;
        part.action = action;
        part.state = action + 4;
        part.observation = part.state + kMaxSlots;
        part.info = part.observation + kMaxShown;
        part.scratch = part.info + kNumInfo;
        part.terminated = part.truncated = Mask<P>(false);
        part.step = GetPart<P>(io.step, lane);
        for (int i = 0; i < action_size(); ++i) action[i] = GetPart<P>(io.action[i], lane);
        for (int i = 0; i < history_slot(); ++i) part.state[i] = GetPart<P>(io.state[i], lane);
        StepPart(part);
        for (int i = 0; i < history_slot(); ++i) SetPart(part.state[i], lane, io.state[i]);
        for (int i = 0; i < num_shown(); ++i) SetPart(part.observation[i], lane, io.observation[i]);
        for (int i = 0; i < kNumInfo; ++i) SetPart(part.info[i], lane, io.info[i]);
        SetPart(part.reward, lane, io.reward);
        SetPart(Select(part.terminated, P(1.0), P(0.0)), lane, terminated);
        SetPart(Select(part.truncated, P(1.0), P(0.0)), lane, truncated);
      }
      io.terminated = terminated > 0.5;
      io.truncated = truncated > 0.5;
    }
    ShowHistory(io);
  }

  template <class T>
  void Begin(KernelIo<T>& io) const {
    Remember(io);
    if (!inner_loop()) Command(io);
  }
  void Interact(int, AgentStates& agents) const { model_.Interact(agents); }
  template <class T>
  void Substep(int, KernelIo<T>& io) const {
    if (inner_loop()) Command(io);
    using P = PartLanes<T>;
    constexpr int kSlots = kSlotExtra + Model::kExtra;
    P slots[kSlots], command[4];
    for (int lane = 0; lane < kWidth<T>; lane += kWidth<P>) {
      for (int i = 0; i < kSlots; ++i) slots[i] = GetPart<P>(io.state[i], lane);
      for (int i = 0; i < 4; ++i) command[i] = GetPart<P>(io.scratch[i], lane);
      model_.Steps(1, slots, command);
      for (int i = 0; i < kSlots; ++i) SetPart(slots[i], lane, io.state[i]);
    }
  }
  template <class T>
  void Finish(KernelIo<T>& io) const {
    Judge(io, io.scratch);
    ShowHistory(io);
  }
  template <class T>
  void Observe(KernelIo<T>& io) const {
    Judge(io, io.state + kSlotRpm);
    ShowHistory(io);
  }

  // The peer rewards a step of raw control with -1, however many drones there are.
  void Reduce(RowResult& row, const AgentStates&) const {
    if (config_.gpd() && config_.task == Task::kControl) row.reward = -1.0;
  }

  void ReadState(std::span<const double> state, std::span<double> out) const {
    double* to = out.data();
    for (int drone = 0; drone < config_.num_drones; ++drone, to += 20) {
      const double* slots = state.data() + static_cast<size_t>(drone) * num_state();
      const Quat<double> q = model_.ShownQuat(slots);
      Kinematics(slots, q, rotorcraft::RollPitchYaw(q), to);
    }
    for (int drone = 0; drone < config_.num_drones; ++drone, to += 3) {
      std::copy_n(state.data() + static_cast<size_t>(drone) * num_state() + kSlotGoal, 3, to);
    }
  }

 private:
  static constexpr int kMaxSlots =
      kSlotExtra + Model::kExtra + policies::DslPidMemory<double>::kSize;
  static constexpr int kMaxShown = 20, kNumInfo = 9;

  // Numbers of an observation without the history of actions.
  int num_shown() const { return config_.task == Task::kControl ? 20 : config_.gpd() ? 12 : 16; }
  int action_size() const { return ActionSize(config_.action); }
  // The controller behind an action runs with the physics. The peer's runs once for each action.
  bool inner_loop() const { return config_.uses_pid() && !config_.gpd(); }
  double controller_period() const {
    return inner_loop() ? config_.time_step() : config_.control_period();
  }
  int pid_slot() const { return kSlotExtra + Model::kExtra; }
  int history_slot() const {
    return pid_slot() + (config_.uses_pid() ? policies::DslPidMemory<double>::kSize : 0);
  }

  // Shifts the action into the history that the observation shows.
  template <class T>
  void Remember(KernelIo<T>& io) const {
    const int k = action_size(), kept = (config_.history() - 1) * k;
    if (config_.history() == 0) return;
    T* history = io.state + history_slot();
    for (int i = 0; i < kept; ++i) history[i] = history[i + k];
    for (int i = 0; i < k; ++i) history[kept + i] = io.action[i];
  }

  template <class T>
  void ShowHistory(KernelIo<T>& io) const {
    const int count = config_.history() * action_size();
    for (int i = 0; i < count; ++i) io.observation[12 + i] = io.state[history_slot() + i];
  }

  // From the action to rotor speeds (scratch).
  template <class T>
  void Command(KernelIo<T>& io) const {
    T* rpm = io.scratch;
    const T* a = io.action;
    switch (config_.action) {
      case ActionKind::kRaw:
        for (int i = 0; i < 4; ++i) rpm[i] = Clamp(a[i], 0.0, max_rpm_);
        return;
      case ActionKind::kRpm:
        for (int i = 0; i < 4; ++i) rpm[i] = hover_rpm_ * (1.0 + config_.rpm_range * a[i]);
        break;
      case ActionKind::kOneDRpm:
        for (int i = 0; i < 4; ++i) rpm[i] = hover_rpm_ * (1.0 + config_.rpm_range * a[0]);
        break;
      default:
        Track(io);
    }
    if (config_.gpd()) return;
    for (int i = 0; i < 4; ++i) {
      // A controller that knows its rotors' lag tells them further than it wants them.
      if (inner_loop()) rpm[i] = io.state[kSlotRpm + i] + (rpm[i] - io.state[kSlotRpm + i]) * lead_;
      rpm[i] = Clamp(rpm[i], 0.0, max_rpm_);
    }
  }

  // Actions that a position controller carries out.
  template <class T>
  void Track(KernelIo<T>& io) const {
    const T* a = io.action;
    const Vec3<T> p = ReadVec3(io.state + kSlotP), v = ReadVec3(io.state + kSlotV);
    const Quat<T> q = model_.ShownQuat(io.state);
    const Vec3<T> rpy = rotorcraft::RollPitchYaw(q);
    Vec3<T> target_p = p, target_v = {T(0.0), T(0.0), T(0.0)};
    T target_yaw = T(0.0);
    if (config_.action == ActionKind::kPid) {
      // At most 1 m at a time.
      const Vec3<T> way = Vec3<T>{a[0], a[1], a[2]} - p;
      const T distance = Sqrt(T(Dot(way, way)));
      target_p = p + way * (1.0 / Max(distance, 1.0));
    } else if (config_.action == ActionKind::kOneDPid) {
      target_p.z = p.z + 0.1 * a[0];
    } else {
      const Vec3<T> direction = {a[0], a[1], a[2]};
      const T size2 = Dot(direction, direction);
      const T size = Select(size2 > 0.0, Sqrt(size2), T(1.0));
      target_v = direction * (0.03 * config_.airframe.max_speed * Abs(a[3]) / size);
      target_yaw = rpy.z;
    }
    T* slots = io.state + pid_slot();
    policies::DslPidMemory<T> memory = {ReadVec3(slots), ReadVec3(slots + 3), ReadVec3(slots + 6)};
    pid_.Step(memory, controller_period(), p, q, rpy, v, target_p, target_v, target_yaw,
              io.scratch);
    WriteVec3(slots, memory.position_integral);
    WriteVec3(slots + 3, memory.attitude_integral);
    WriteVec3(slots + 6, memory.last_rpy);
  }

  // All of a step but the history of actions.
  template <class T>
  FLYBALL_INLINE void StepPart(KernelIo<T>& io) const {
    if (inner_loop()) {
      for (int i = 0; i < config_.substeps(); ++i) {
        Command(io);
        model_.Steps(1, io.state, io.scratch);
      }
    } else {
      Command(io);
      model_.Steps(config_.substeps(), io.state, io.scratch);
    }
    Judge(io, io.scratch);
  }

  // The 20 numbers of a drone: position, quaternion xyzw, roll pitch yaw, velocity, angular
  // velocity (world), rpm.
  template <class T>
  void Kinematics(const T* slots, const Quat<T>& q, const Vec3<T>& rpy, T* out) const {
    WriteVec3(out, ReadVec3(slots + kSlotP));
    WriteQuat(out + 3, {Clamp(q.x, -1.0, 1.0), Clamp(q.y, -1.0, 1.0), Clamp(q.z, -1.0, 1.0),
                        Clamp(q.w, -1.0, 1.0)});
    WriteVec3(out + 7, rpy);
    WriteVec3(out + 10, ReadVec3(slots + kSlotV));
    WriteVec3(out + 13, model_.WorldRates(slots));
    for (int i = 0; i < 4; ++i) out[16 + i] = slots[kSlotRpm + i];
  }

  // Observation, reward, ends and info. `applied`: the rotor speeds commanded.
  template <class T>
  void Judge(KernelIo<T>& io, const T* applied) const {
    const T* s = io.state;
    const Vec3<T> p = ReadVec3(s + kSlotP), v = ReadVec3(s + kSlotV);
    const Vec3<T> error = ReadVec3(s + kSlotGoal) - p;
    const Quat<T> q = model_.ShownQuat(s);
    const Vec3<T> rpy = rotorcraft::RollPitchYaw(q);
    const T distance2 = Dot(error, error), speed2 = Dot(v, v);
    const T distance = Sqrt(distance2);

    if (config_.task == Task::kControl) {
      Kinematics(s, q, rpy, io.observation);
    } else {
      WriteVec3(io.observation, config_.gpd() ? p : error);
      WriteVec3(io.observation + 3, rpy);
      WriteVec3(io.observation + 6, v);
      WriteVec3(io.observation + 9, config_.gpd() ? model_.WorldRates(s) : ReadVec3(s + kSlotW));
      if (!config_.gpd()) {
        const double scale = 1 / (hover_rpm_ * config_.rpm_range);
        for (int i = 0; i < 4; ++i) io.observation[12 + i] = (s[kSlotRpm + i] - hover_rpm_) * scale;
      }
    }

    const T level = Max(Abs(error.x), Abs(error.y));
    const T tilt = Max(Abs(rpy.x), Abs(rpy.y));
    const T w2 = Dot(ReadVec3(s + kSlotW), ReadVec3(s + kSlotW));
    if (config_.gpd()) {
      const bool hover = config_.task == Task::kHover;
      io.reward = hover ? T(Max(2.0 - distance2 * distance2, 0.0)) : T(-1.0);
    } else {
      // 1 on the goal, a half at half a metre, less up to 0.15 for moving and turning.
      io.reward =
          1.0 / (1.0 + 4.0 * distance2) - 0.1 * Min(speed2, 1.0) - 0.05 * Min(0.04 * w2, 1.0);
    }
    if (config_.task == Task::kHover) {
      io.truncated = level > kHoverSide || p.z > kHoverCeiling || tilt > kHoverTilt;
      if (config_.gpd()) {
        io.terminated = distance < 1e-4;
        // The peer's clock shows the time before the step.
        io.truncated =
            io.truncated || io.step * config_.substeps() > kHoverSeconds * config_.physics_hz;
      } else {
        io.truncated = io.truncated || io.step + 1.0 >= config_.episode_steps();
      }
    }

    io.info[0] = Select(distance < kSuccessDistance && speed2 < kSuccessSpeed * kSuccessSpeed,
                        T(1.0), T(0.0));
    io.info[1] = distance;
    io.info[2] = Max(tilt - kHoverTilt, 0.0);
    io.info[3] = Max(Max(p.z - kHoverCeiling, 0.1 - p.z), 0.0);
    io.info[4] = Max(level - kHoverSide, 0.0);
    for (int i = 0; i < 4; ++i) io.info[5 + i] = applied[i];
  }

  Config config_;
  Model model_;
  double hover_rpm_, max_rpm_;
  double lead_;  // of commands over the rotor speeds wanted one physics step later
  policies::DslPid pid_;
};

}  // namespace flyball::quadcopter

#endif  // FLYBALL_ENVS_QUADCOPTER_TASK_H_
