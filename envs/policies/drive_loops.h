// What drives' controllers have in common: speed to torque to currents, and what they keep.
#ifndef FLYBALL_ENVS_POLICIES_DRIVE_LOOPS_H_
#define FLYBALL_ENVS_POLICIES_DRIVE_LOOPS_H_

#include <algorithm>

#include "envs/policies/operating_point.h"

namespace flyball {

inline Frame<double> Turned(const Frame<double>& frame, double angle) {
  double sine, cosine;
  SinCos(angle, sine, cosine);
  return {frame.cosine * cosine - frame.sine * sine, frame.sine * cosine + frame.cosine * sine};
}

inline Frame<double> FrameAt(double angle) { return Turned({1, 0}, angle); }

// What a controller keeps of one row between steps.
struct LoopMemory {
  double integral[kMaxAxes];  // V
  double torque;              // N m, integral of the speed's error
  double demand;              // N m, what the speed's controller asked for
  double weakening;           // A along d, <= 0
};

// Speed to torque to currents, the same for all inner loops.
template <class M>
class OuterLoops {
 public:
  explicit OuterLoops(const DriveControlSettings& settings)
      : settings_(settings), machine_(std::get<M>(settings.machine)) {
    // Symmetrical optimum about the closed current loop, no faster than a millisecond: the speed
    // needs no more, and its walk is not to be chased.
    const double inner = std::max(1e-3, 4 * (1.5 + settings.dead_time_steps) * settings.tau);
    proportional_ = settings.inertia / (2 * inner);
    integral_ = proportional_ / (4 * inner);
  }

  const M& machine() const { return machine_; }

  Axes Read(const PolicyInput& input) const {
    Frame<double> rotor = {1, 0};
    if constexpr (M::kHasAngle) rotor = FrameAt(input.state[1 + M::kStates]);
    return AxesOf(machine_, input.state.data() + 1, input.state[0], rotor);
  }

  // Fills the currents to have along the axes.
  void Targets(const PolicyInput& input, const Axes& now, LoopMemory& memory,
               double* target) const {
    const size_t count = settings_.reference_scale.size();
    const double* reference = input.observation.data() + input.observation.size() - count;
    if (settings_.goal == DriveControlSettings::Goal::kCurrents) {
      for (size_t k = 0; k < count; ++k) target[k] = settings_.reference_scale[k] * reference[k];
      return;
    }
    double torque = settings_.reference_scale[0] * reference[0];
    if (settings_.goal == DriveControlSettings::Goal::kSpeed) {
      const double error = torque - input.state[0];
      const double wanted =
          proportional_ * error + memory.torque + settings_.friction * input.state[0];
      torque = std::clamp(wanted, -settings_.torque, settings_.torque);
      // Currents that jump overshoot: the torque takes two milliseconds from none to all.
      const double pace = settings_.torque * settings_.tau / 2e-3;
      torque = std::clamp(torque, memory.demand - pace, memory.demand + pace);
      memory.demand = torque;
      // The integral stops where the torque is at its limit and would go further.
      if (torque == wanted || (wanted - torque) * error < 0) {
        memory.torque += settings_.tau * integral_ * error;
      }
    }
    CurrentsFor(machine_, settings_, now, torque, memory.weakening, target);
  }

 private:
  DriveControlSettings settings_;
  M machine_;
  double proportional_, integral_;
};

}  // namespace flyball

#endif  // FLYBALL_ENVS_POLICIES_DRIVE_LOOPS_H_
