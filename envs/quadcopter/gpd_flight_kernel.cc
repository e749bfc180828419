// The motion of a drone as the peer computes it.
#include "envs/quadcopter/drone.h"

namespace flyball::quadcopter {

template <class T>
void Drone::FlyAsPeer(int count, DroneIo<T>& io) const {
  T* slots = io.state;
  const T* command = io.rpm;
  Vec3<T> p = ReadVec3(slots + kSlotP), v = ReadVec3(slots + kSlotV), w = ReadVec3(slots + kSlotW);
  Quat<T> q = ReadQuat(slots + kSlotQ);
  if (config_.preset == Preset::kGpdDyn) {
    Vec3<T> shown = ReadVec3(slots + kSlotExtra), torque;
    T thrust;
    dynamics_.Wrench(command, thrust, torque);
    for (int i = 0; i < count; ++i) dynamics_.Step(p, q, v, w, shown, thrust, torque);
    WriteVec3(slots + kSlotExtra, shown);
  } else {
    Quat<T> q_before = ReadQuat(slots + kSlotExtra);
    const T push = slots[kSlotPush];
    const GpdBullet::Rotors<T> rotors = bullet_.RotorsAt(command);
    T previous_speed = bullet_.RotorsAt(slots + kSlotRpm).speed;
    for (int i = 0; i < count; ++i) {
      bullet_.Step(p, q, q_before, v, w, rotors, previous_speed, push);
      previous_speed = rotors.speed;
    }
    WriteQuat(slots + kSlotExtra, q_before);
  }
  WriteVec3(slots + kSlotP, p);
  WriteQuat(slots + kSlotQ, q);
  WriteVec3(slots + kSlotV, v);
  WriteVec3(slots + kSlotW, w);
  for (int i = 0; i < 4; ++i) slots[kSlotRpm + i] = command[i];
}

template void Drone::FlyAsPeer(int, DroneIo<double>&) const;
template void Drone::FlyAsPeer(int, DroneIo<DroneLanes>&) const;

}  // namespace flyball::quadcopter
