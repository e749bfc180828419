// The motion of a drone as it should be.
#include "envs/quadcopter/drone.h"

namespace flyball::quadcopter {

template <class T>
void Drone::Fly(int count, DroneIo<T>& io) const {
  if (config_.gpd()) return FlyAsPeer(count, io);
  T* slots = io.state;
  rotorcraft::FlightState<T> s = {ReadVec3(slots + kSlotP),
                                  ReadQuat(slots + kSlotQ),
                                  ReadVec3(slots + kSlotV),
                                  ReadVec3(slots + kSlotW),
                                  {}};
  for (int i = 0; i < 4; ++i) s.rpm[i] = slots[kSlotRpm + i];
  const rotorcraft::Variation<T> variation = {slots[kSlotExtra], slots[kSlotExtra + 1],
                                              slots[kSlotExtra + 2]};
  flight_.Steps(count, s, variation, io.rpm, Around(slots));
  WriteVec3(slots + kSlotP, s.p_W);
  WriteQuat(slots + kSlotQ, s.q_WB);
  WriteVec3(slots + kSlotV, s.v_W);
  WriteVec3(slots + kSlotW, s.w_B);
  for (int i = 0; i < 4; ++i) slots[kSlotRpm + i] = s.rpm[i];
}

template void Drone::Fly(int, DroneIo<double>&) const;
template void Drone::Fly(int, DroneIo<DroneLanes>&) const;

}  // namespace flyball::quadcopter
