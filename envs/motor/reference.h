// References: what the controlled states are to follow, in scaled units, one number per state.
#ifndef FLYBALL_ENVS_MOTOR_REFERENCE_H_
#define FLYBALL_ENVS_MOTOR_REFERENCE_H_

#include <span>
#include <string>
#include <vector>

#include "physics/numeric/random.h"

namespace flyball::motor {

// From low to high; equal ends are a constant.
struct Range {
  double low = 0.0, high = 0.0;
};

// One kind of signal for one state. Ranges are drawn from, uniform but for sigma, at the start of
// each sub-episode.
struct Signal {
  enum class Kind {
    kWiener,    // a random walk with normal steps
    kLaplace,   // a random walk with steps of a Laplace distribution
    kConstant,  // the same number at all times
    kSinus,     // offset + amplitude sin(2 pi (frequency t + phase))
    kSawtooth,  // offset + amplitude, rising from -1 to 1 in each period
    kTriangle,  // offset + amplitude, rising for `duty` of each period and falling after
    kStep,      // offset + amplitude for the first `duty` of each period, offset - amplitude after
  };
  Kind kind = Kind::kWiener;
  Range bounds = {-1, 1};         // the signal stays inside
  Range sigma = {1e-3, 1e-1};     // walks: size of a step, log-uniform
  Range log_sigma;                // of its ends, by Prepare
  Range start = {-1, 1};          // walks: where an episode begins
  double constant = 0.0;          // kConstant
  Range amplitude = {0.0, 0.3};   // waves
  Range frequency = {1.0, 10.0};  // waves, Hz
  Range offset = {-0.3, 0.3};     // waves
  Range phase = {-0.5, 0.5};      // waves, of a period
  Range duty = {0.2, 0.8};        // kTriangle, kStep, of a period

  bool walks() const { return kind == Kind::kWiener || kind == Kind::kLaplace; }
};

// What is shown of one referenced state: one signal, or one of several after the other.
struct Guide {
  int state = 0;  // index of the quantity
  std::vector<Signal> signals;
  std::vector<double> weights;  // how often each is chosen
};

struct ReferenceSettings {
  std::vector<Guide> guides;
  // Steps after which parameters are drawn anew, uniform; 0: once per episode.
  Range episode_lengths = {0, 0};
  // Steps after which another signal is chosen, uniform.
  Range super_lengths = {100, 10000};
  // Not empty: rows of a table, (rows, states), one a step, the first shown at reset; the last
  // stays. Guides then only tell the states and the bounds.
  std::vector<double> table;

  int num_states() const { return static_cast<int>(guides.size()); }
  int num_rows() const { return static_cast<int>(table.size()) / num_states(); }
  // One walk of normal steps per state, drawn once an episode: the common case, with little memory.
  bool simple() const;
  bool redraws() const;  // sub-episodes, or several signals for a state
};

// A row's memory of one state's signal, besides the present value. A simple reference keeps the
// first number only.
enum SignalMemory : int {
  kSize,  // walks: sigma; waves: amplitude
  kFrequency,
  kOffset,
  kPhase,
  kDuty,
  kBegin,      // step at which it began
  kActive,     // which of the guide's signals
  kLeft,       // steps until parameters are drawn anew
  kSuperLeft,  // steps until another signal is chosen
  kNumSignalMemory,
};
inline constexpr int kMaxReferences = 6;
inline constexpr double kInfinityOfSteps = 1e18;
inline constexpr int kNumDraws = 8;  // uniforms in [0, 1) that one (re)draw takes

// Works out once what draws need of the signals.
void Prepare(ReferenceSettings& settings);
// Starts or goes on with the signal of one state. `memory` (kNumSignalMemory). `first`: also the
// walk's value is drawn, and the signal chosen.
void DrawSignal(const ReferenceSettings& settings, int j, const double* uniform, double step,
                bool first, double& value, double* memory);

// Starts an episode: `value` (num_states), `memory` (num_states, kNumSignalMemory or 1 if simple).
// `forced` (num_states), or empty. Throws InputError for a forced value that cannot be.
void ResetReference(const ReferenceSettings& settings, std::span<const std::string> names, Rng& rng,
                    std::span<const double> forced, std::span<double> value,
                    std::span<double> memory);

}  // namespace flyball::motor

#endif  // FLYBALL_ENVS_MOTOR_REFERENCE_H_
