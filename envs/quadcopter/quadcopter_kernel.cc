// The quadcopter tasks as a kernel. What it does to a drone is in drone.h, a few lanes at a time.
#include <algorithm>
#include <span>
#include <type_traits>

#include "envs/core/kernel_batch.h"
#include "envs/quadcopter/drone.h"
#include "envs/quadcopter/ended.h"
#include "envs/quadcopter/row.h"
#include "envs/quadcopter/scalar_drone.h"

namespace flyball::quadcopter {
namespace {

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

template <class T>
using PartOf = std::conditional_t<kIsLanes<T>, DroneLanes, double>;

class QuadKernel {
 public:
  using Config = quadcopter::Config;
  explicit QuadKernel(const Config& config) : config_(config), drone_(config) {}

  int num_state() const { return layout().size; }
  int num_scratch() const { return 4 + layout().num_noise; }
  bool uses_noise() const { return layout().num_noise > 0; }
  bool interacts() const { return config_.num_drones > 1; }
  // After the last drones look around once more.
  int num_substeps() const { return config_.substeps() + 1; }

  void Reset(Rng& rng, const ResetValues& values, std::span<double> state) const {
    StartRow(drone_, rng, values, state);
  }

  template <class T>
  void Step(KernelIo<T>& io) const {
    Prepare(io);
    ForParts(
        io, true, [this](auto& part) __attribute__((always_inline)) { drone_.Step(part); });
  }

  template <class T>
  void Begin(KernelIo<T>& io) const {
    Prepare(io);
    ForParts(
        io, false, [this](auto& part) __attribute__((always_inline)) {
          drone_.Begin(part);
          if (!config_.inner_loop()) drone_.Command(part);
        });
  }
  void Interact(int substep, AgentStates& agents) const {
    if (substep < config_.substeps()) {
      BlowDown(drone_, agents);
    } else {
      MeetOthers(drone_, agents);
    }
  }
  template <class T>
  void Substep(int substep, KernelIo<T>& io) const {
    if (substep == config_.substeps()) return;
    ForParts(
        io, false, [this](auto& part) __attribute__((always_inline)) {
          if (config_.inner_loop()) drone_.Command(part);
          drone_.Fly(1, part);
        });
  }
  template <class T>
  void Finish(KernelIo<T>& io) const {
    ForParts(
        io, true, [this](auto& part) __attribute__((always_inline)) { drone_.Judge(part, false); });
  }

  template <class T>
  void Observe(KernelIo<T>& io) const {
    static_assert(std::is_same_v<T, double>);
    if (uses_noise()) Draw(io);
    DroneIo<double> one = {
        nullptr, io.state, io.observation, io.info, io.state + kSlotRpm, io.scratch + 4, io.step, 0,
        0,       0};
    drone_.Judge(one, true);
    if (layout().history < 0) return;
    std::copy_n(io.state + layout().history, config_.history() * layout().action_size,
                io.observation + layout().shown);
  }

  void Reduce(RowResult& row, const AgentStates& agents) const { ReduceRow(drone_, row, agents); }
  void ReadState(std::span<const double> state, std::span<double> out) const {
    ReadRow(drone_, state, out);
  }

 private:
  static constexpr int kMostAction = 8, kMostShown = 320, kMostInfo = 16, kMostNoise = 32;

  const Layout& layout() const { return drone_.layout(); }

  template <class T>
  void Draw(KernelIo<T>& io) const {
    constexpr uint32_t kStream = 1;
    io.noise.Normals(kStream, std::span<T>(io.scratch + 4, layout().num_noise));
  }

  // Draws the step's noise; shifts the action into the history, which the observation shows.
  template <class T>
  void Prepare(KernelIo<T>& io) const {
    if (uses_noise()) Draw(io);
    if (layout().history < 0) return;
    const int k = layout().action_size, kept = (config_.history() - 1) * k;
    T* history = io.state + layout().history;
    T* shown = io.observation + layout().shown;
    for (int i = 0; i < kept; ++i) shown[i] = history[i] = history[i + k];
    for (int i = 0; i < k; ++i) shown[kept + i] = history[kept + i] = io.action[i];
  }

  // Applies `work` to the lanes, a part at a time. `judged`: it fills in results, too.
  template <class T, class Work>
  FLYBALL_INLINE void ForParts(KernelIo<T>& io, bool judged, const Work& work) const {
    using P = PartOf<T>;
    P action[kMostAction], state[kMostSlots], before[kMostSlots], observation[kMostShown],
        info[kMostInfo], rpm[4], noise[kMostNoise];
    T terminated = T(0.0), truncated = T(0.0);
    const int slots = layout().worked_on, actions = layout().action_size, shown = layout().shown,
              num_info = layout().num_info, noises = layout().num_noise;
    for (int lane = 0; lane < kWidth<T>; lane += kWidth<P>) {
      DroneIo<P> part = {action, state,  observation, info, rpm, noise, GetPart<P>(io.step, lane),
                         P(0.0), P(0.0), P(0.0)};
      for (int i = 0; i < actions; ++i) action[i] = GetPart<P>(io.action[i], lane);
      for (int i = 0; i < slots; ++i) state[i] = GetPart<P>(io.state[i], lane);
      for (int i = 0; i < 4; ++i) rpm[i] = GetPart<P>(io.scratch[i], lane);
      for (int i = 0; i < noises; ++i) noise[i] = GetPart<P>(io.scratch[4 + i], lane);
      if (layout().ended >= 0) std::copy_n(state, slots, before);
      work(part);
      if (layout().ended >= 0) HoldEnded(layout(), before, part, judged);
      for (int i = 0; i < slots; ++i) SetPart(state[i], lane, io.state[i]);
      for (int i = 0; i < 4; ++i) SetPart(rpm[i], lane, io.scratch[i]);
      if (!judged) continue;
      for (int i = 0; i < shown; ++i) SetPart(observation[i], lane, io.observation[i]);
      for (int i = 0; i < num_info; ++i) SetPart(info[i], lane, io.info[i]);
      SetPart(part.reward, lane, io.reward);
      SetPart(part.terminated, lane, terminated);
      SetPart(part.truncated, lane, truncated);
    }
    if (!judged) return;
    io.terminated = terminated > 0.5;
    io.truncated = truncated > 0.5;
  }

  Config config_;
  Drone drone_;
};

}  // namespace
}  // namespace flyball::quadcopter

FLYBALL_KERNEL(quadcopter, ::flyball::quadcopter::QuadKernel);

#if FLYBALL_ISA_WIDTH == 8
namespace {
using flyball::quadcopter::Drone;
using flyball::quadcopter::DroneIo;
using flyball::quadcopter::Vec3;
constexpr flyball::quadcopter::ScalarDrone kScalarDrone = {
    [](const Drone& drone, DroneIo<double>& io) { drone.Begin(io); },
    [](const Drone& drone, DroneIo<double>& io) { drone.Command(io); },
    [](const Drone& drone, DroneIo<double>& io, bool starts) { drone.Judge(io, starts); },
    [](const Drone& drone, DroneIo<double>& io, Vec3<double>& force, Vec3<double>& torque) {
      drone.Wrench(io, force, torque);
    }};
}  // namespace

extern "C" const flyball::quadcopter::ScalarDrone* flyball_kernel_quadcopter_scalar() {
  return &kScalarDrone;
}
#endif
