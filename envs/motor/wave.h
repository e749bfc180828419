// The periodic signals of references, on lanes.
#ifndef FLYBALL_ENVS_MOTOR_WAVE_H_
#define FLYBALL_ENVS_MOTOR_WAVE_H_

#include "envs/motor/reference.h"
#include "physics/numeric/lanes.h"

namespace flyball::motor {

// A wave at `time` (s) after it began; `memory` as SignalMemory.
template <class T>
FLYBALL_INLINE T WaveAt(const Signal& signal, const T& time, const T* memory) {
  const T turns = memory[kFrequency] * time + memory[kPhase];
  const T turn = turns - Floor(turns);
  T wave(0.0);
  switch (signal.kind) {
    case Signal::Kind::kSinus:
      wave = Sin(turn * (2 * std::numbers::pi));
      break;
    case Signal::Kind::kSawtooth:
      wave = 2.0 * turn - 1.0;
      break;
    case Signal::Kind::kTriangle: {
      const T rising = Max(memory[kDuty], 1e-12), falling = Max(1.0 - memory[kDuty], 1e-12);
      wave = Select(turn < memory[kDuty], 2.0 * (turn / rising) - 1.0,
                    1.0 - 2.0 * ((turn - memory[kDuty]) / falling));
      break;
    }
    default:
      wave = Select(turn < memory[kDuty], T(1.0), T(-1.0));
  }
  return Clamp(memory[kOffset] + memory[kSize] * wave, signal.bounds.low, signal.bounds.high);
}

}  // namespace flyball::motor

#endif  // FLYBALL_ENVS_MOTOR_WAVE_H_
