#define FLYBALL_MOTOR_TASK_KERNEL_DEFINED
#include "envs/motor/task_kernel.h"

#include <algorithm>

#include "envs/motor/noise_draw.h"
#include "envs/motor/wave.h"

namespace flyball::motor {
namespace {

// Draws of a state's own, beyond those that serve two.
inline constexpr uint32_t kOwnDraws = 64;

// One pair of normals serves two states.
template <class T>
FLYBALL_INLINE void AddNoise(const NoiseSettings& settings, const NoiseKey<T>& key, T* q) {
  for (size_t j = 0; j < settings.size(); j += 2) {
    T normal[2] = {T(0.0), T(0.0)};
    key.NormalPair(kNoiseStream, static_cast<uint32_t>(j / 2), normal[0], normal[1]);
    for (size_t m = j; m < std::min(j + 2, settings.size()); ++m) {
      const StateNoise& noise = settings[m];
      if (noise.distribution == Distribution::kNormal) {
        q[noise.state] += noise.parameters[1] + noise.parameters[0] * normal[m - j];
      } else {
        const uint32_t own = kOwnDraws + 2 * static_cast<uint32_t>(m);
        q[noise.state] += DrawNoise(noise, key, kNoiseStream, own);
      }
    }
  }
}

template <class T>
FLYBALL_INLINE Mask<T> Violated(const std::vector<Constraint>& constraints, const T* q) {
  Mask<T> violated(false);
  for (const Constraint& constraint : constraints) {
    T sum(0.0);
    for (const int state : constraint.states) {
      const T x = q[state];
      if (constraint.squared) {
        sum += x * x;
      } else {
        violated = violated | (Abs(x) > 1.0);
      }
    }
    violated = violated | (sum > 1.0);
  }
  return violated;
}

// To what degree, from 0 to 1, where it may be something between.
template <class T>
__attribute__((noinline)) T Degree(const DriveSettings& settings, const T* q) {
  const double count = static_cast<double>(settings.constraints.size());
  if (count == 0) return T(0.0);
  T most(0.0), product(1.0), sum(0.0);
  for (const Constraint& constraint : settings.constraints) {
    T size(0.0);
    for (const int state : constraint.states) {
      size = constraint.squared ? size + q[state] * q[state] : Max(size, Abs(q[state]));
    }
    T degree = Select(size > 1.0, T(1.0), T(0.0));
    if (constraint.from < 1) {
      degree = Clamp((size - constraint.from) / (1 - constraint.from), 0.0, 1.0);
    }
    most = Max(most, degree);
    product *= degree;
    sum += degree;
  }
  return settings.merge == Merge::kMax       ? most
         : settings.merge == Merge::kProduct ? product
                                             : sum / count;
}

template <class T>
FLYBALL_INLINE T Reward(const DriveSetup& setup, const T* error) {
  const RewardSettings& settings = setup.settings.reward;
  T sum(0.0);
  for (size_t j = 0; j < setup.range.size(); ++j) {
    T x = (1 / setup.range[j]) * Abs(error[j]);
    if (!settings.power.empty() && settings.power[j] != 1) x = Pow(x, settings.power[j]);
    sum += settings.weights[j] * x;
  }
  return settings.bias - sum;
}

template <class T>
FLYBALL_INLINE void Show(const DriveSettings& settings, const T* q, const T* reference,
                         T* observation) {
  for (const int state : settings.shown) {
    const Quantity& quantity = settings.quantities[state];
    const T x = q[state];
    *observation++ = settings.quirks.unclipped ? x : Clamp(x, quantity.low, quantity.high);
  }
  for (int j = 0; j < settings.reference.num_states(); ++j) *observation++ = reference[j];
}

// The errors seen from the stator: what the phases have to make up for.
template <class T>
FLYBALL_INLINE void MeasureErrors(const DriveSetup& setup, const Frame<T>& frame,
                                  const T* reference, T* q) {
  for (const ErrorVector& vector : setup.errors) {
    const auto error = [&](int position, int state) {
      return position < 0 ? T(0.0) : reference[position] - q[state];
    };
    const Dq<T> own{error(vector.first, vector.first_state),
                    error(vector.second, vector.second_state)};
    const AlphaBeta<T> seen = ToAlphaBeta(own, frame.cosine, vector.sign * frame.sine);
    q[vector.shown] = seen.alpha;
    q[vector.shown + 1] = seen.beta;
  }
}

// Rows whose signal has come to its end draw a new one; they are few.
template <class T>
__attribute__((noinline)) void Redraw(const ReferenceSettings& settings, const KernelIo<T>& io,
                                      int j, T& value, T* memory) {
  memory[kLeft] -= 1.0;
  memory[kSuperLeft] -= 1.0;
  const Mask<T> over = (memory[kLeft] <= 0.0) | (memory[kSuperLeft] <= 0.0);
  if (!AnyOf(over)) return;
  T uniform[kNumDraws];
  for (int k = 0; k < kNumDraws; k += 2) {
    io.noise.UniformPair(kRedrawStream, j * kNumDraws + k, uniform[k], uniform[k + 1]);
  }
  for (int lane = 0; lane < kWidth<T>; ++lane) {
    if (!GetLane(over, lane)) continue;
    double draw[kNumDraws], own[kNumSignalMemory], now = GetLane(value, lane);
    for (int k = 0; k < kNumDraws; ++k) draw[k] = GetLane(uniform[k], lane);
    for (int k = 0; k < kNumSignalMemory; ++k) own[k] = GetLane(memory[k], lane);
    DrawSignal(settings, j, draw, GetLane(io.step, lane) + 1, false, now, own);
    for (int k = 0; k < kNumSignalMemory; ++k) SetLane(memory[k], lane, own[k]);
    SetLane(value, lane, now);
  }
}

// Whether any signal is a walk of normal steps.
FLYBALL_INLINE bool Wanders(const ReferenceSettings& settings) {
  for (const Guide& guide : settings.guides) {
    for (const Signal& signal : guide.signals) {
      if (signal.kind == Signal::Kind::kWiener) return true;
    }
  }
  return false;
}

// The first normal numbers of draws 0 to count - 1 of the references' stream. A single row makes them
// two at a time: logarithm and sine of a pair take no longer than of one number.
template <class T>
FLYBALL_INLINE void DrawNormals(const NoiseKey<T>& noise, int count, T* normal) {
  if constexpr (kIsLanes<T>) {
    for (int j = 0; j < count; ++j) normal[j] = noise.Normal(kReferenceStream, j);
  } else {
    using Two = Lanes<2>;
    for (int j = 0; j < count; j += 2) {
      double a[2] = {}, b[2] = {}, cosine[2];
      for (int m = 0; m < 2 && j + m < count; ++m) {
        noise.UniformPair(kReferenceStream, j + m, a[m], b[m]);
      }
      // As NoiseKey::NormalPair has it.
      Two sine, other;
      SinCos(Load<Two>(b) * (2 * std::numbers::pi), sine, other);
      Store(Sqrt(-2.0 * Log(1.0 - Load<Two>(a))) * other, cosine);
      for (int m = 0; m < 2 && j + m < count; ++m) normal[j + m] = cosine[m];
    }
  }
}

// Any signals, one state after the other.
template <class T>
__attribute__((noinline)) void AdvanceSignals(const DriveSettings& drive, const KernelIo<T>& io,
                                              T* value, T* memory) {
  const ReferenceSettings& settings = drive.reference;
  T normal[kMaxReferences];
  if (Wanders(settings)) DrawNormals(io.noise, settings.num_states(), normal);
  for (int j = 0; j < settings.num_states(); ++j, memory += kNumSignalMemory) {
    const std::vector<Signal>& signals = settings.guides[j].signals;
    T next = value[j];
    for (size_t k = 0; k < signals.size(); ++k) {
      const Signal& signal = signals[k];
      T own = value[j];
      if (signal.kind == Signal::Kind::kWiener) {
        own += memory[kSize] * normal[j];
      } else if (signal.kind == Signal::Kind::kLaplace) {
        own += memory[kSize] * LaplaceAt(io.noise.Uniform(kReferenceStream, j));
      } else if (signal.kind != Signal::Kind::kConstant) {
        own = WaveAt(signal, (io.step + 1.0 - memory[kBegin]) * drive.tau, memory);
      }
      own = Clamp(own, signal.bounds.low, signal.bounds.high);
      next =
          signals.size() == 1 ? own : Select(memory[kActive] == static_cast<double>(k), own, next);
    }
    value[j] = next;
    if (settings.redraws()) Redraw(settings, io, j, value[j], memory);
  }
}

template <class T>
FLYBALL_INLINE void AdvanceReference(const DriveSettings& drive, const KernelIo<T>& io, T* value,
                                     T* memory) {
  const ReferenceSettings& settings = drive.reference;
  const int k = settings.num_states();
  if (!settings.table.empty()) {
    for (int lane = 0; lane < kWidth<T>; ++lane) {
      const int row =
          static_cast<int>(GetLane(Min(io.step + 1.0, settings.num_rows() - 1.0), lane));
      for (int j = 0; j < k; ++j) SetLane(value[j], lane, settings.table[row * k + j]);
    }
    return;
  }
  if (!settings.simple()) return AdvanceSignals(drive, io, value, memory);
  // One pair of normals serves two states.
  for (int j = 0; j < k; j += 2) {
    T normal[2];
    io.noise.NormalPair(kReferenceStream, j / 2, normal[0], normal[1]);
    for (int m = j; m < j + 2 && m < k; ++m) {
      const Range& bounds = settings.guides[m].signals[0].bounds;
      value[m] = Clamp(value[m] + memory[m] * normal[m - j], bounds.low, bounds.high);
    }
  }
}

template <class T>
FLYBALL_INLINE void Scale(const DriveSetup& setup, T* q) {
  const size_t count = setup.settings.quantities.size();
  for (size_t k = 0; k < count; ++k) q[k] *= setup.inverse_scale[k];
}

}  // namespace

template <class T>
void FinishStep(const DriveSetup& setup, KernelIo<T>& io, const Frame<T>& frame, const T* applied,
                T* q, const T* seen) {
  const DriveSettings& settings = setup.settings;
  Scale(setup, q);

  // Rewards and constraints go by what is, not by what a noisy sensor shows.
  const bool noisy = !settings.noise.empty();
  if (noisy && settings.quirks.noise_is_real) AddNoise(settings.noise, io.noise, q);
  T* reference = io.state + setup.reference;
  const int num_references = settings.reference.num_states();
  T error[kMaxActions];
  for (int j = 0; j < num_references; ++j) {
    error[j] = q[settings.reference.guides[j].state] - reference[j];
  }
  T cost;
  io.reward = Reward(setup, error);
  if (setup.graded) {
    cost = Degree(settings, q);
    io.terminated = cost >= 1.0;
    io.reward = (1.0 - cost) * io.reward + cost * settings.reward.violation;
  } else {
    io.terminated = Violated(settings.constraints, q);
    cost = Select(io.terminated, T(1.0), T(0.0));
  }
  io.reward = Select(io.terminated, T(settings.reward.violation), io.reward);
  for (size_t k = 0; seen != nullptr && k < settings.quantities.size(); ++k) {
    q[k] = seen[k] * setup.inverse_scale[k];
  }
  if (noisy && !settings.quirks.noise_is_real) AddNoise(settings.noise, io.noise, q);

  // The reference just rewarded was shown before; what is shown now counts in the next step.
  AdvanceReference(settings, io, reference, io.state + setup.memory);
  MeasureErrors(setup, frame, reference, q);
  Show(settings, q, reference, io.observation);

  T* info = io.info;
  *info++ = Select(io.terminated, T(1.0), T(0.0));
  *info++ = cost;
  for (int j = 0; j < num_references; ++j) *info++ = error[j];
  for (int k = 0, size = settings.action_size(); k < size; ++k) *info++ = applied[k];
}

template <class T>
void FinishReset(const DriveSetup& setup, KernelIo<T>& io, const Frame<T>& frame, T* q) {
  const DriveSettings& settings = setup.settings;
  Scale(setup, q);
  if (!settings.noise.empty()) AddNoise(settings.noise, io.noise, q);
  const T* reference = io.state + setup.reference;
  MeasureErrors(setup, frame, reference, q);
  Show(settings, q, reference, io.observation);
  T* info = io.info;
  *info++ = T(0.0);
  *info++ = T(0.0);
  for (int j = 0; j < settings.reference.num_states(); ++j) {
    *info++ = q[settings.reference.guides[j].state] - reference[j];
  }
  for (int k = 0, size = settings.action_size(); k < size; ++k) *info++ = T(0.0);
}

template <class T>
T NextSpeed(const DriveSetup& setup, const KernelIo<T>& io, const T& omega) {
  const MechanicalLoad& load = setup.settings.load;
  const double tau = setup.settings.tau;
  if (load.kind == MechanicalLoad::Kind::kOrnsteinUhlenbeck) {
    // The process a step on, exactly.
    const double kept = Exp(-load.theta * tau);
    const double spread = load.sigma * Sqrt((1 - kept * kept) / (2 * load.theta));
    const T next = load.mu + kept * (omega - load.mu) + spread * io.noise.Normal(kLoadStream, 0);
    return Clamp(next, load.low, load.high);
  }
  T next = omega;
  const int last = static_cast<int>(load.profile.size()) - 1;
  for (int lane = 0; lane < kWidth<T>; ++lane) {
    const int k = static_cast<int>(Min(GetLane(io.step, lane) + 1, last));
    SetLane(next, lane, load.profile[k]);
  }
  return next;
}

template <class T>
T SupplyVoltage(const DriveSetup& setup, const KernelIo<T>& io) {
  const Supply& supply = setup.settings.supply;
  if (supply.kind == Supply::Kind::kIdeal) return T(supply.u_nominal);
  const T own = io.state[setup.supply];
  if (supply.has_capacitor()) return own;
  // Held during the step: the peer at what it is at its start, else in its middle.
  const double ahead = setup.settings.quirks.late_supply ? 0.0 : 0.5;
  return supply.Alternating((io.step + ahead) * setup.settings.tau, own);
}

FLYBALL_MOTOR_TASK_KERNEL(, double);
FLYBALL_MOTOR_TASK_KERNEL(, Lanes<FLYBALL_ISA_WIDTH>);

}  // namespace flyball::motor
