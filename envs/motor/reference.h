// References: what the controlled states are to follow, in scaled units, one number per state.
#ifndef FLYBALL_ENVS_MOTOR_REFERENCE_H_
#define FLYBALL_ENVS_MOTOR_REFERENCE_H_

#include <array>
#include <span>
#include <string>
#include <vector>

#include "envs/motor/quantity.h"
#include "physics/numeric/lanes.h"
#include "physics/numeric/philox.h"
#include "physics/numeric/random.h"

namespace flyball::motor {

// From low to high; equal ends are a constant.
struct Range {
  double low = 0.0, high = 0.0;
};

struct ReferenceSettings {
  enum class Kind {
    kWiener,    // a random walk between the bounds; its step size is drawn for each episode
    kConstant,  // the same number at all times
    kRecorded,  // rows of a table, one a step, the first shown at reset; the last stays
    kSinus,     // offset + amplitude sin(2 pi frequency t + phase)
    kStep,      // offset + amplitude for the first `duty` of each period, offset - amplitude after
  };
  Kind kind = Kind::kWiener;
  std::vector<Quantity> states;  // what is referenced
  std::vector<Range> bounds;     // per state: references stay inside
  // kWiener
  Range sigma = {1e-3, 1e-1};  // standard deviation of one step, log-uniform per episode and state
  std::vector<Range> start;    // per state: where an episode begins, uniform
  // kConstant: one row. kRecorded: (rows, states), row by row.
  std::vector<double> values;
  // kSinus, kStep: each uniform per episode and state.
  Range amplitude = {0.0, 0.3};
  Range frequency = {1.0, 10.0};  // Hz
  Range offset = {-0.3, 0.3};
  Range phase = {-0.5, 0.5};  // of a period
  Range duty = {0.2, 0.8};    // kStep, of a period

  int num_states() const { return static_cast<int>(states.size()); }
  int num_rows() const { return static_cast<int>(values.size()) / num_states(); }
  // Numbers a row keeps for each referenced state, besides the present value.
  int num_parameters() const {
    switch (kind) {
      case Kind::kWiener:
        return 1;
      case Kind::kSinus:
        return 4;
      case Kind::kStep:
        return 5;
      default:
        return 0;
    }
  }
};

// Reference of a row: `value` (num_states) and `parameters` (num_states * num_parameters).
// Starts an episode; `forced` (num_states), or empty. Throws InputError for a forced value that
// cannot be.
void ResetReference(const ReferenceSettings& settings, Rng& rng, std::span<const double> forced,
                    std::span<double> value, std::span<double> parameters);

// One period of the two waves, `turn` in periods.
template <class T>
FLYBALL_INLINE T Wave(ReferenceSettings::Kind kind, const T& turn, const T* parameters) {
  const T amplitude = parameters[0], offset = parameters[2];
  if (kind == ReferenceSettings::Kind::kSinus) {
    return offset + amplitude * Sin((turn - Floor(turn)) * (2 * std::numbers::pi));
  }
  return Select(turn - Floor(turn) < parameters[4], offset + amplitude, offset - amplitude);
}

// The value of state j at step `step` of the episode, clipped to the bounds.
template <class T>
FLYBALL_INLINE T WaveAt(const ReferenceSettings& settings, int j, const T& time,
                        const T* parameters) {
  const T value = Wave(settings.kind, parameters[1] * time + parameters[3], parameters);
  return Clamp(value, settings.bounds[j].low, settings.bounds[j].high);
}

// Moves `value` to step `step` (1 for the first) of the episode.
template <class T>
FLYBALL_INLINE void AdvanceReference(const ReferenceSettings& settings, double tau, const T& step,
                                     const NoiseKey<T>& noise, uint32_t stream, T* value,
                                     const T* parameters) {
  using Kind = ReferenceSettings::Kind;
  const int k = settings.num_states();
  switch (settings.kind) {
    case Kind::kConstant:
      return;
    case Kind::kWiener:
      // One pair of normals serves two states.
      for (int j = 0; j < k; j += 2) {
        T normal[2];
        noise.NormalPair(stream, j / 2, normal[0], normal[1]);
        for (int m = j; m < j + 2 && m < k; ++m) {
          value[m] = Clamp(value[m] + parameters[m] * normal[m - j], settings.bounds[m].low,
                           settings.bounds[m].high);
        }
      }
      return;
    case Kind::kRecorded:
      for (int lane = 0; lane < kWidth<T>; ++lane) {
        const int row = static_cast<int>(GetLane(Min(step, settings.num_rows() - 1.0), lane));
        for (int j = 0; j < k; ++j) SetLane(value[j], lane, settings.values[row * k + j]);
      }
      return;
    case Kind::kSinus:
    case Kind::kStep: {
      const T time = step * tau;
      for (int j = 0; j < k; ++j) {
        value[j] = WaveAt(settings, j, time, parameters + j * settings.num_parameters());
      }
    }
  }
}

}  // namespace flyball::motor

#endif  // FLYBALL_ENVS_MOTOR_REFERENCE_H_
