// Forces on a drone for the engines, from the models that move it without one.
#include "envs/quadcopter/drone.h"

namespace flyball::quadcopter {

template <class T>
void Drone::Wrench(DroneIo<T>& io, Vec3<T>& force, Vec3<T>& torque) const {
  T* slots = io.state;
  const Vec3<T> p = ReadVec3(slots + kSlotP), v = ReadVec3(slots + kSlotV);
  const Quat<T> q = ReadQuat(slots + kSlotQ);
  const Rotation<T> R(q);
  if (config_.preset == Preset::kDefault) {
    rotorcraft::FlightState<T> s = {p, q, v, ReadVec3(slots + kSlotW), {}};
    for (int i = 0; i < 4; ++i) s.rpm[i] = slots[kSlotRpm + i];
    const rotorcraft::Variation<T> variation = {slots[kSlotExtra], slots[kSlotExtra + 1],
                                                slots[kSlotExtra + 2]};
    flight_.Wrench(s, variation, io.rpm, Around(slots), force, torque);
    for (int i = 0; i < 4; ++i) slots[kSlotRpm + i] = s.rpm[i];
    torque = R.ToWorld(torque);
    return;
  }
  if (config_.preset == Preset::kGpdDyn) {
    T thrust;
    dynamics_.Wrench(io.rpm, thrust, torque);
    force = R.BodyZ() * thrust;
  } else {
    bullet_.Wrench(p, q, ReadQuat(slots + kSlotExtra), v, bullet_.RotorsAt(io.rpm),
                   bullet_.RotorsAt(slots + kSlotRpm).speed, slots[kSlotPush], force, torque);
    WriteQuat(slots + kSlotExtra, q);
  }
  torque = R.ToWorld(torque);
  for (int i = 0; i < 4; ++i) slots[kSlotRpm + i] = io.rpm[i];
}

#if FLYBALL_ISA_WIDTH == 8
template void Drone::Wrench(DroneIo<double>&, Vec3<double>&, Vec3<double>&) const;
#endif

}  // namespace flyball::quadcopter
