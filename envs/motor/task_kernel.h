// What all drives share in a step, whatever the machine: references, rewards, constraints, noise and
// what is shown. Instantiated once per instruction set, in task_kernel.cc.
#ifndef FLYBALL_ENVS_MOTOR_TASK_KERNEL_H_
#define FLYBALL_ENVS_MOTOR_TASK_KERNEL_H_

#include "envs/core/kernel.h"
#include "envs/motor/setup.h"
#include "physics/drive/machine.h"

namespace flyball::motor {

// Streams of noise.
inline constexpr uint32_t kReferenceStream = 0, kNoiseStream = 1, kRedrawStream = 2,
                          kLoadStream = 3;

// Scales the quantities of a row's state, judges them, moves the reference on and shows them.
// `quantity` (kMaxQuantities) in SI units; `frame` that of the current references at the step's end;
// `applied` what the converter was told; `seen`: the quantities as sensors see them, or null.
template <class T>
void FinishStep(const DriveSetup& setup, KernelIo<T>& io, const Frame<T>& frame, const T* applied,
                T* quantity, const T* seen = nullptr);
// Shows a row's state after a reset.
template <class T>
void FinishReset(const DriveSetup& setup, KernelIo<T>& io, const Frame<T>& frame, T* quantity);
// The speed to have at the end of the step whose start is `omega`, where the load prescribes it.
template <class T>
T NextSpeed(const DriveSetup& setup, const KernelIo<T>& io, const T& omega);
// The supply's voltage during the step, V.
template <class T>
T SupplyVoltage(const DriveSetup& setup, const KernelIo<T>& io);

// Puts the action at the end of the queue of those under way and takes the one whose time has come.
template <class T>
FLYBALL_INLINE void ShiftActions(const DriveSettings& settings, const T* given, T* queue,
                                 T* applied) {
  const int size = settings.action_size(), steps = settings.dead_time_steps;
  for (int i = 0; i < size; ++i) applied[i] = steps == 0 ? given[i] : queue[i];
  if (steps == 0) return;
  for (int i = 0; i < (steps - 1) * size; ++i) queue[i] = queue[i + size];
  for (int i = 0; i < size; ++i) queue[(steps - 1) * size + i] = given[i];
}

#define FLYBALL_MOTOR_TASK_KERNEL(keyword, T)                                                     \
  keyword template void FinishStep<T>(const DriveSetup&, KernelIo<T>&, const Frame<T>&, const T*, \
                                      T*, const T*);                                              \
  keyword template void FinishReset<T>(const DriveSetup&, KernelIo<T>&, const Frame<T>&, T*);     \
  keyword template T NextSpeed<T>(const DriveSetup&, const KernelIo<T>&, const T&);               \
  keyword template T SupplyVoltage<T>(const DriveSetup&, const KernelIo<T>&)

#ifndef FLYBALL_MOTOR_TASK_KERNEL_DEFINED
FLYBALL_MOTOR_TASK_KERNEL(extern, double);
FLYBALL_MOTOR_TASK_KERNEL(extern, Lanes<FLYBALL_ISA_WIDTH>);
#endif

}  // namespace flyball::motor

#endif  // FLYBALL_ENVS_MOTOR_TASK_KERNEL_H_
