// The three ways a drone of these tasks moves, behind one interface for the task kernel. Each keeps
// its numbers in the kernel's state slots.
#ifndef FLYBALL_ENVS_QUADCOPTER_MODELS_H_
#define FLYBALL_ENVS_QUADCOPTER_MODELS_H_

#include "envs/core/kernel.h"
#include "envs/quadcopter/config.h"
#include "envs/quadcopter/gpd.h"
#include "physics/rotorcraft/downwash.h"
#include "physics/rotorcraft/flight.h"

namespace flyball::quadcopter {

// State slots of one drone that every model has.
enum Slot {
  kSlotP = 0,      // 3: position, m, world
  kSlotQ = 3,      // 4: attitude, xyzw
  kSlotV = 7,      // 3: velocity, m/s, world
  kSlotW = 10,     // 3: angular velocity, rad/s, in the model's frame
  kSlotRpm = 13,   // 4: rotor speeds; the peer's models: those last commanded
  kSlotPush = 17,  // 3: downwash of this substep
  kSlotGoal = 20,  // 3: m, world
  kSlotExtra = 23  // the model's own
};

template <class T>
FLYBALL_INLINE Vec3<T> ReadVec3(const T* slots) {
  return {slots[0], slots[1], slots[2]};
}
template <class T>
FLYBALL_INLINE void WriteVec3(T* slots, const Vec3<T>& v) {
  slots[0] = v.x, slots[1] = v.y, slots[2] = v.z;
}
template <class T>
FLYBALL_INLINE Quat<T> ReadQuat(const T* slots) {
  return {slots[0], slots[1], slots[2], slots[3]};
}
template <class T>
FLYBALL_INLINE void WriteQuat(T* slots, const Quat<T>& q) {
  slots[0] = q.x, slots[1] = q.y, slots[2] = q.z, slots[3] = q.w;
}

// The plant as it should be. Slots: angular velocity in the body; extra: Variation.
class DefaultModel {
 public:
  static constexpr int kExtra = 3;
  explicit DefaultModel(const Config& config)
      : downwash_on_(config.downwash), downwash_(config.airframe),
        thrust_factor_(config.airframe.thrust_factor),
        flight_(config.airframe, {.time_step = config.time_step(),
                                  .ground_effect = config.ground,
                                  .drag = config.drag,
                                  .wind = {config.wind[0], config.wind[1], config.wind[2]}}) {}

  template <class T>
  FLYBALL_INLINE void Steps(int count, T* slots, const T* command) const {
    rotorcraft::FlightState<T> s = {ReadVec3(slots + kSlotP),
                                    ReadQuat(slots + kSlotQ),
                                    ReadVec3(slots + kSlotV),
                                    ReadVec3(slots + kSlotW),
                                    {}};
    for (int i = 0; i < 4; ++i) s.rpm[i] = slots[kSlotRpm + i];
    const rotorcraft::Variation<T> variation = {slots[kSlotExtra], slots[kSlotExtra + 1],
                                                slots[kSlotExtra + 2]};
    const Vec3<T> push = ReadVec3(slots + kSlotPush);
    flight_.Steps(count, s, variation, command, push);
    WriteVec3(slots + kSlotP, s.p_W);
    WriteQuat(slots + kSlotQ, s.q_WB);
    WriteVec3(slots + kSlotV, s.v_W);
    WriteVec3(slots + kSlotW, s.w_B);
    for (int i = 0; i < 4; ++i) slots[kSlotRpm + i] = s.rpm[i];
  }

  template <class T>
  FLYBALL_INLINE Vec3<T> WorldRates(const T* slots) const {
    return Rotation<T>(ReadQuat(slots + kSlotQ)).ToWorld(ReadVec3(slots + kSlotW));
  }
  template <class T>
  FLYBALL_INLINE Quat<T> ShownQuat(const T* slots) const {
    return ReadQuat(slots + kSlotQ);
  }
  // Sets angular velocity from the world's and the model's own slots at reset.
  void Start(double* slots, const Vec3<double>& w_W, const Vec3<double>& variation) const {
    WriteVec3(slots + kSlotW, Rotation<double>(ReadQuat(slots + kSlotQ)).ToBody(w_W));
    WriteVec3(slots + kSlotExtra, variation);
  }

  void Interact(AgentStates& agents) const {
    if (!downwash_on_) return;
    for (int n = 0; n < agents.num_agents(); ++n) {
      Vec3<double> total = {0.0, 0.0, 0.0};
      for (int i = 0; i < agents.num_agents(); ++i) {
        if (i == n || agents.Get(i, kSlotP + 2) <= agents.Get(n, kSlotP + 2)) continue;
        double squares = 0.0;
        for (int r = 0; r < 4; ++r) {
          const double rpm = agents.Get(i, kSlotRpm + r);
          squares += rpm * rpm;
        }
        const double thrust = thrust_factor_ * agents.Get(i, kSlotExtra + 2) * squares;
        const Vec3<double> offset = {agents.Get(n, kSlotP) - agents.Get(i, kSlotP),
                                     agents.Get(n, kSlotP + 1) - agents.Get(i, kSlotP + 1),
                                     agents.Get(n, kSlotP + 2) - agents.Get(i, kSlotP + 2)};
        total = total + downwash_.Force(offset, thrust);
      }
      agents.Set(n, kSlotPush, total.x);
      agents.Set(n, kSlotPush + 1, total.y);
      agents.Set(n, kSlotPush + 2, total.z);
    }
  }

 private:
  bool downwash_on_;
  rotorcraft::Downwash downwash_;
  double thrust_factor_;
  rotorcraft::Flight flight_;
};

// The peer's explicit dynamics. Slots: body rates; extra: the angular velocity it shows.
class GpdDynModel {
 public:
  static constexpr int kExtra = 3;
  explicit GpdDynModel(const Config& config) : dynamics_(config.airframe, config.time_step()) {}

  template <class T>
  FLYBALL_INLINE void Steps(int count, T* slots, const T* command) const {
    Vec3<T> p = ReadVec3(slots + kSlotP), v = ReadVec3(slots + kSlotV);
    Vec3<T> w_B = ReadVec3(slots + kSlotW), w_W = ReadVec3(slots + kSlotExtra);
    Quat<T> q = ReadQuat(slots + kSlotQ);
    for (int i = 0; i < count; ++i) dynamics_.Step(p, q, v, w_B, w_W, command);
    WriteVec3(slots + kSlotP, p);
    WriteQuat(slots + kSlotQ, q);
    WriteVec3(slots + kSlotV, v);
    WriteVec3(slots + kSlotW, w_B);
    WriteVec3(slots + kSlotExtra, w_W);
    for (int i = 0; i < 4; ++i) slots[kSlotRpm + i] = command[i];
  }
  template <class T>
  FLYBALL_INLINE Vec3<T> WorldRates(const T* slots) const {
    return ReadVec3(slots + kSlotExtra);
  }
  template <class T>
  FLYBALL_INLINE Quat<T> ShownQuat(const T* slots) const {
    return AsBulletReports(ReadQuat(slots + kSlotQ));
  }
  void Start(double* slots, const Vec3<double>& w_W, const Vec3<double>&) const {
    WriteVec3(slots + kSlotW, Rotation<double>(ReadQuat(slots + kSlotQ)).ToBody(w_W));
    WriteVec3(slots + kSlotExtra, w_W);
  }
  void Interact(AgentStates&) const {}

 private:
  GpdDynamics dynamics_;
};

// The peer's flight in Bullet. Slots: angular velocity in the world; extra: attitude one step ago.
class GpdPybModel {
 public:
  static constexpr int kExtra = 4;
  explicit GpdPybModel(const Config& config)
      : downwash_on_(config.downwash),
        bullet_(config.airframe, {config.ground, config.drag, config.downwash},
                config.time_step()) {}

  template <class T>
  FLYBALL_INLINE void Steps(int count, T* slots, const T* command) const {
    Vec3<T> p = ReadVec3(slots + kSlotP), v = ReadVec3(slots + kSlotV),
            w = ReadVec3(slots + kSlotW);
    Quat<T> q = ReadQuat(slots + kSlotQ), q_before = ReadQuat(slots + kSlotExtra);
    const T push = slots[kSlotPush];
    for (int i = 0; i < count; ++i) {
      bullet_.Step(p, q, q_before, v, w, command, i == 0 ? slots + kSlotRpm : command, push);
    }
    WriteVec3(slots + kSlotP, p);
    WriteQuat(slots + kSlotQ, q);
    WriteQuat(slots + kSlotExtra, q_before);
    WriteVec3(slots + kSlotV, v);
    WriteVec3(slots + kSlotW, w);
    for (int i = 0; i < 4; ++i) slots[kSlotRpm + i] = command[i];
  }
  template <class T>
  FLYBALL_INLINE Vec3<T> WorldRates(const T* slots) const {
    return ReadVec3(slots + kSlotW);
  }
  template <class T>
  FLYBALL_INLINE Quat<T> ShownQuat(const T* slots) const {
    return AsBulletReports(ReadQuat(slots + kSlotQ));
  }
  void Start(double* slots, const Vec3<double>& w_W, const Vec3<double>&) const {
    WriteVec3(slots + kSlotW, w_W);
    WriteQuat(slots + kSlotExtra, ReadQuat(slots + kSlotQ));
  }

  void Interact(AgentStates& agents) const {
    if (!downwash_on_) return;
    for (int n = 0; n < agents.num_agents(); ++n) {
      double total = 0.0;
      for (int i = 0; i < agents.num_agents(); ++i) {
        if (i == n) continue;
        total += bullet_.DownwashForce({agents.Get(n, kSlotP) - agents.Get(i, kSlotP),
                                        agents.Get(n, kSlotP + 1) - agents.Get(i, kSlotP + 1),
                                        agents.Get(n, kSlotP + 2) - agents.Get(i, kSlotP + 2)});
      }
      agents.Set(n, kSlotPush, total);
    }
  }

 private:
  bool downwash_on_;
  GpdBullet bullet_;
};

}  // namespace flyball::quadcopter

#endif  // FLYBALL_ENVS_QUADCOPTER_MODELS_H_
