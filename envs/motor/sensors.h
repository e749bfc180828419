// What a drive's sensors make of its currents and its angle.
#ifndef FLYBALL_ENVS_MOTOR_SENSORS_H_
#define FLYBALL_ENVS_MOTOR_SENSORS_H_

#include "envs/motor/detail.h"

namespace flyball::motor {

// The currents that are read: of all phases, or of a DC machine's windings.
template <class M>
void ReadChannels(const M& machine, const double* ode, const Frame<double>& rotor,
                  double* channel) {
  if constexpr (M::kHasAngle) {
    machine.Currents(ode + 1, rotor, channel);
  } else {
    for (int k = 0; k < M::kStates; ++k) channel[k] = ode[1 + k];
  }
}

// The machine's state as those readings have it, at the angle that was read. The flux of a cage
// cannot be read: it stays what it is.
template <class M>
void WriteChannels(const M& machine, const double* channel, const Frame<double>& rotor,
                   double* ode) {
  if constexpr (!M::kHasAngle) {
    for (int k = 0; k < M::kStates; ++k) ode[1 + k] = channel[k];
  } else if constexpr (std::is_base_of_v<InductionMachine, M>) {
    // Voltages and currents are turned alike.
    double i[M::kInputs];
    machine.Inputs(channel, rotor, i);
    for (int k = 0; k < 2; ++k) {
      ode[1 + k] = i[k];
      if constexpr (M::kInputs == 4) ode[3 + k] = machine.l_r() * i[2 + k] + machine.l_m * i[k];
    }
  } else {
    machine.Inputs(channel, rotor, ode + 1);
  }
}

// The angle read (electrical, rad): what an encoder's lines or Hall switches say of `epsilon`.
inline double ReadAngle(const SensorSettings& sensors, double pole_pairs, double error,
                        double epsilon) {
  const double angle = epsilon + pole_pairs * error;
  constexpr double kSixth = std::numbers::pi / 3;
  if (sensors.hall) return (Floor(angle / kSixth) + 0.5) * kSixth;
  if (sensors.lines == 0) return angle;
  const double line = 2 * std::numbers::pi * pole_pairs / sensors.lines;
  return Floor(angle / line) * line;
}

}  // namespace flyball::motor

#endif  // FLYBALL_ENVS_MOTOR_SENSORS_H_
