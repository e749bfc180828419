// Drone: what the kernels do to one drone in a step, in functions that are compiled once for lanes
// and once for scalars (flight_kernel.cc, command_kernel.cc, judge_kernel.cc).
#ifndef FLYBALL_ENVS_QUADCOPTER_DRONE_H_
#define FLYBALL_ENVS_QUADCOPTER_DRONE_H_

#include "envs/policies/dsl_pid.h"
#include "envs/policies/geometric.h"
#include "envs/quadcopter/config.h"
#include "envs/quadcopter/gpd.h"
#include "envs/quadcopter/layout.h"
#include "physics/rotorcraft/downwash.h"
#include "physics/rotorcraft/flight.h"

namespace flyball::quadcopter {

// A drone in each lane.
template <class T>
struct DroneIo {
  T* action;
  T* state;
  T* observation;
  T* info;
  T* rpm;          // (4) commanded
  const T* noise;  // (Config::num_noise) standard normal
  T step;          // as in KernelIo
  T reward;
  T terminated, truncated;  // 0 or 1
};

// What a goal did in a step.
template <class T>
struct Events {
  T bonus = T(0.0);  // added to the reward
  T crash = T(0.0);  // 1: the drone hit something
  T done = T(0.0);   // 1: the task is fulfilled, or its last goal is the present one
};

#ifdef FLYBALL_ISA_WIDTH
// Lanes that are worked on at a time: fewer than the kernel's, so that a drone stays in registers.
// AVX-512 has registers enough, and two of them side by side hide that one waits.
#ifdef __AVX512F__
using DroneLanes = Lanes<FLYBALL_ISA_WIDTH>;
#else
using DroneLanes = Lanes<FLYBALL_ISA_WIDTH / 2>;
#endif
#endif

class Drone {
 public:
  explicit Drone(const Config& config);

  const Config& config() const { return config_; }
  const Layout& layout() const { return layout_; }

  // Once in a control step, before anything moves: delayed actions, wind, battery, residual.
  template <class T>
  void Begin(DroneIo<T>& io) const;
  // Rotor speeds from the action: once in a control step, or in every substep if inner_loop().
  template <class T>
  void Command(DroneIo<T>& io) const;
  // `count` physics steps with the rotor speeds commanded.
  template <class T>
  void Fly(int count, DroneIo<T>& io) const;
  // For an engine that moves the drone: advances the rotors by a physics step, and the force (N,
  // world) and torque (N m, world) on it meanwhile, without gravity and without the damping that
  // the peer's engine adds.
  template <class T>
  void Wrench(DroneIo<T>& io, Vec3<T>& force, Vec3<T>& torque) const;
  // Observation (without history), reward, ends and info; moves goals on. `starts`: at reset, when
  // no step was taken.
  template <class T>
  void Judge(DroneIo<T>& io, bool starts) const;

  // All of a step, where drones do not act on each other while it lasts.
  template <class T>
  void Step(DroneIo<T>& io) const {
    Begin(io);
    if (config_.inner_loop()) {
      for (int i = 0; i < config_.substeps(); ++i) {
        Command(io);
        Fly(1, io);
      }
    } else {
      Command(io);
      Fly(config_.substeps(), io);
    }
    Judge(io, false);
  }

  // The attitude and the angular velocity (world) that are shown.
  template <class T>
  FLYBALL_INLINE Quat<T> ShownQuat(const T* slots) const {
    const Quat<T> q = ReadQuat(slots + kSlotQ);
    return config_.gpd() ? AsBulletReports(q) : q;
  }
  template <class T>
  FLYBALL_INLINE Vec3<T> WorldRates(const T* slots) const {
    if (config_.preset == Preset::kGpdDyn) return ReadVec3(slots + kSlotExtra);
    const Vec3<T> w = ReadVec3(slots + kSlotW);
    return config_.preset == Preset::kGpdPyb ? w : Rotation<T>(ReadQuat(slots + kSlotQ)).ToWorld(w);
  }
  template <class T>
  FLYBALL_INLINE Vec3<T> BodyRates(const T* slots) const {
    const Vec3<T> w = ReadVec3(slots + kSlotW);
    return config_.preset == Preset::kGpdPyb ? Rotation<T>(ReadQuat(slots + kSlotQ)).ToBody(w) : w;
  }
  // The 20 numbers of a drone: position, quaternion xyzw, roll pitch yaw, velocity, angular
  // velocity (world), rpm.
  template <class T>
  FLYBALL_INLINE void Kinematics(const T* slots, const Quat<T>& q, const Vec3<T>& rpy,
                                 T* out) const {
    WriteVec3(out, ReadVec3(slots + kSlotP));
    WriteQuat(out + 3, {Clamp(q.x, -1.0, 1.0), Clamp(q.y, -1.0, 1.0), Clamp(q.z, -1.0, 1.0),
                        Clamp(q.w, -1.0, 1.0)});
    WriteVec3(out + 7, rpy);
    WriteVec3(out + 10, ReadVec3(slots + kSlotV));
    WriteVec3(out + 13, WorldRates(slots));
    for (int i = 0; i < 4; ++i) out[16 + i] = slots[kSlotRpm + i];
  }

  // What the drones of a row do to each other (row.cc): downwash before a substep, and after the
  // last what they know of each other.
  const rotorcraft::Downwash& downwash() const { return downwash_; }
  const GpdBullet& bullet() const { return bullet_; }

 private:
  template <class T>
  void FlyAsPeer(int count, DroneIo<T>& io) const;
  template <class T>
  void Track(DroneIo<T>& io) const;
  template <class T>
  void Cascade(DroneIo<T>& io) const;
  template <class T>
  void PassGates(DroneIo<T>& io, Events<T>& events) const;
  template <class T>
  void ReachWaypoint(DroneIo<T>& io, Events<T>& events) const;
  template <class T>
  void MoveGoal(const T& time, T* state) const;
  template <class T>
  void Show(DroneIo<T>& io, const Quat<T>& q, const Vec3<T>& rpy, const T& steps) const;
  template <class T>
  void ShowSensors(DroneIo<T>& io, T* out) const;
  template <class T>
  void JudgeAsPeer(DroneIo<T>& io, const Vec3<T>& rpy) const;
  template <class T>
  void FillInfo(DroneIo<T>& io, const T& success, const T& distance, const T& level,
                const T& tilt) const;
  template <class T>
  FLYBALL_INLINE T Effort(const T* rpm) const;
  template <class T>
  FLYBALL_INLINE T Bounds(const T* state, const T& level, const T& tilt) const;
  template <class T>
  void BlowWind(DroneIo<T>& io) const;
  template <class T>
  void DrainBattery(T* state) const;
  template <class T>
  void AddResidual(DroneIo<T>& io) const;
  // What comes from outside over the next physics steps.
  template <class T>
  FLYBALL_INLINE rotorcraft::Surroundings<T> Around(const T* s) const {
    rotorcraft::Surroundings<T> around = {.force = ReadVec3(s + kSlotPush)};
    if (layout_.wind >= 0) around.wind = s + layout_.wind;
    around.pad = s + TargetSlot();
    if (layout_.residual >= 0) {
      around.force = around.force + ReadVec3(s + layout_.residual);
      around.torque = s + layout_.residual + 3;
    }
    return around;
  }
  int TargetSlot() const {
    return layout_.target >= 0 ? layout_.target : static_cast<int>(kSlotGoal);
  }
  template <class T>
  FLYBALL_INLINE Vec3<T> TargetNow(const T* state) const {
    return ReadVec3(state + TargetSlot());
  }

  Config config_;
  Layout layout_;
  const Task& task_;
  Path path_;
  double episode_steps_;
  double hover_rpm_, max_rpm_;
  double lead_;  // of commands over the rotor speeds wanted one physics step later
  rotorcraft::Flight flight_;
  GpdDynamics dynamics_;
  GpdBullet bullet_;
  rotorcraft::Downwash downwash_;
  int gust_noise_, sensor_noise_;  // where in DroneIo::noise
  bool dsl_;  // the peer's controller stands behind the peer's actions, not the cascade
  policies::DslPid pid_;
  policies::Geometric cascade_;
};

}  // namespace flyball::quadcopter

#endif  // FLYBALL_ENVS_QUADCOPTER_DRONE_H_
