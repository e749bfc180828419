#include "envs/motor/pmsm_kernel.h"

#include <algorithm>
#include <cmath>

#include "physics/drive/b6.h"
#include "physics/drive/check.h"
#include "physics/numeric/error.h"

namespace flyball::motor {
namespace {

constexpr uint32_t kReferenceStream = 0, kNoiseStream = 1;

constexpr int At(Quantity quantity) { return static_cast<int>(quantity); }

}  // namespace

PmsmKernel::PmsmKernel(const Config& config) : config_(config) {
  for (int k = 0; k < kNumQuantities; ++k) inverse_scale_[k] = 1 / config_.scale[k];
  switches_inside_ = config_.finite && config_.interlocking_time > 0;
  uses_noise_ =
      config_.reference.kind == ReferenceSettings::Kind::kWiener || !config_.noise.states.empty();
  num_pieces_ = switches_inside_ ? 3 : 1;
  if (config_.load.constant_speed()) {
    steps_ = MakeSteps(config_.load.omega);
  } else {
    substeps_ = Rk4Substeps(config_.machine, config_.load, config_.limits.omega, config_.tau);
  }
  const int num_references = config_.reference.num_states();
  reference_ = kSteps + static_cast<int>(steps_.size());
  parameters_ = reference_ + num_references;
  queue_ = parameters_ + num_references * config_.reference.num_parameters();
  legs_ = queue_ + config_.dead_time_steps * config_.action_size();
  num_state_ = legs_ + (switches_inside_ ? 3 : 0);
}

double PmsmKernel::Duration(Piece piece) const {
  return piece == kWhole    ? config_.tau
         : piece == kBefore ? config_.interlocking_time
                            : config_.tau - config_.interlocking_time;
}

std::vector<double> PmsmKernel::MakeSteps(double omega) const {
  std::vector<double> steps;
  for (int piece = 0; piece < num_pieces_; ++piece) {
    const double duration = Duration(static_cast<Piece>(piece));
    // An interlocking time of the whole step leaves nothing after it: the identity.
    PmsmExactStep step = {{1, 0, 0, 1, 0, 0, 0, 0, 0, 0}};
    if (duration > 0) step = MakePmsmExactStep(config_.machine, omega, duration, config_.hold());
    steps.insert(steps.end(), step.value.begin(), step.value.end());
  }
  return steps;
}

void PmsmKernel::Reset(Rng& rng, const ResetValues& values, std::span<double> state) const {
  // Everything is drawn, whether forced or not, so that what is forced does not move the rest.
  const double reach = config_.start_current * config_.limits.i;
  state[kOmega] = config_.load.omega;
  state[kISd] = reach * (2 * rng.Random() - 1);
  state[kISq] = reach * (2 * rng.Random() - 1);
  const double turn = 2 * rng.Random() - 1;
  state[kEpsilon] = config_.start_any_angle ? std::numbers::pi * turn : 0.0;
  ResetReference(config_.reference, rng, values.has(1) ? values[1] : std::span<const double>{},
                 state.subspan(reference_, parameters_ - reference_),
                 state.subspan(parameters_, queue_ - parameters_));

  if (values.has(0)) {
    std::copy(values[0].begin(), values[0].end(), state.begin());
    RequireBetween("reset ode omega", state[kOmega], -config_.limits.omega, config_.limits.omega,
                   "rad/s");
    const double limit = config_.limits.i;
    const double current = Sqrt(state[kISd] * state[kISd] + state[kISq] * state[kISq]);
    if (!config_.constraints.empty() && current > limit) {
      throw InputError("reset ode i_sd = " + Describe(state[kISd]) + ", i_sq = " +
                       Describe(state[kISq]) + " A: together must not exceed the limit of " +
                       Describe(limit) + " A (constraints=[] lifts it)");
    }
  }
  SinCos(state[kEpsilon], state[kSine], state[kCosine]);
  if (config_.load.constant_speed()) {
    if (state[kOmega] == config_.load.omega) {
      std::copy(steps_.begin(), steps_.end(), state.begin() + kSteps);
    } else {
      const std::vector<double> own = MakeSteps(state[kOmega]);
      std::copy(own.begin(), own.end(), state.begin() + kSteps);
    }
  }
}

// Puts the action at the end of the queue and takes the one whose time has come.
template <class T>
FLYBALL_INLINE void PmsmKernel::ShiftActions(const T* given, T* queue, T* applied) const {
  const int size = config_.action_size(), last = (config_.dead_time_steps - 1) * size;
  for (int i = 0; i < size; ++i) applied[i] = config_.dead_time_steps == 0 ? given[i] : queue[i];
  if (config_.dead_time_steps == 0) return;
  for (int i = 0; i < last; ++i) queue[i] = queue[i + size];
  for (int i = 0; i < size; ++i) queue[last + i] = given[i];
}

template <class T>
FLYBALL_INLINE Phases<T> PmsmKernel::PhaseCommands(const T* applied, const T* state) const {
  if (!config_.rotor_actions) return {applied[0], applied[1], applied[2]};
  const Phases<T> x =
      ToPhases(ToAlphaBeta(Dq<T>{applied[0], applied[1]}, state[kCosine], state[kSine]));
  return {Clamp(x.a, -1.0, 1.0), Clamp(x.b, -1.0, 1.0), Clamp(x.c, -1.0, 1.0)};
}

// `step` holds the exact step of this piece, where the speed is constant.
template <class T>
FLYBALL_INLINE void PmsmKernel::AdvancePiece(Piece piece, const AlphaBeta<T>& u, const T& cosine,
                                             const T& sine, const T* step, T* ode) const {
  const double duration = Duration(piece);
  const Dq<T> u_rotor = ToDq(u, cosine, sine);
  if (config_.load.constant_speed()) {
    const Dq<T> i = AdvanceExactly(step, Dq<T>{ode[kISd], ode[kISq]}, u_rotor);
    ode[kISd] = i.d;
    ode[kISq] = i.q;
    ode[kEpsilon] += (config_.machine.p * duration) * ode[kOmega];
  } else {
    AdvanceRk4(config_.machine, config_.load, config_.hold(), duration, substeps_, u_rotor, ode);
  }
}

namespace {

template <class T>
FLYBALL_INLINE Phases<T> PhaseCurrents(const T* ode, const T& cosine, const T& sine) {
  return ToPhases(ToAlphaBeta(Dq<T>{ode[kISd], ode[kISq]}, cosine, sine));
}
template <class T>
FLYBALL_INLINE Phases<T> Volts(const Phases<T>& legs, double u_sup) {
  return {legs.a * u_sup, legs.b * u_sup, legs.c * u_sup};
}

}  // namespace

template <class T>
FLYBALL_INLINE PmsmKernel::Outcome<T> PmsmKernel::AdvanceDuties(const T* applied, T* state) const {
  const T cosine = state[kCosine], sine = state[kSine];
  const double lost = config_.interlocking_time / config_.tau;
  const Phases<T> current = PhaseCurrents(state, cosine, sine);
  const Phases<T> legs =
      Volts(AveragedB6(PhaseCommands(applied, state), current, lost), config_.supply.u_nominal);
  AdvancePiece(kWhole, ToAlphaBeta(legs), cosine, sine, state + kSteps, state);
  return {legs, cosine, sine};
}

template <class T>
FLYBALL_INLINE PmsmKernel::Outcome<T> PmsmKernel::AdvanceVector(const T* applied, T* state) const {
  const double u_sup = config_.supply.u_nominal;
  const T cosine = state[kCosine], sine = state[kSine];
  const Phases<T> wanted = LegsOfVector(applied[0]);
  const Phases<T> current = PhaseCurrents(state, cosine, sine);
  Outcome<T> outcome = {Volts(SwitchedB6(wanted, current), u_sup), cosine, sine};
  if (!switches_inside_) {
    AdvancePiece(kWhole, ToAlphaBeta(outcome.legs), cosine, sine, state + kSteps, state);
    return outcome;
  }

  // Both ways, since rows differ: without a change of transistors, the whole step in one.
  T* legs = state + legs_;
  const Phases<T> open = {InterlockedLeg(legs[0], wanted.a), InterlockedLeg(legs[1], wanted.b),
                          InterlockedLeg(legs[2], wanted.c)};
  const Mask<T> changes = (open.a != wanted.a) | (open.b != wanted.b) | (open.c != wanted.c);
  T split[kNumPmsmStates] = {state[0], state[1], state[2], state[3]};
  AdvancePiece(kWhole, ToAlphaBeta(outcome.legs), cosine, sine, state + kSteps, state);

  // With one: first the legs that change are open, then all are where they should be.
  constexpr int kSize = PmsmExactStep::kSize;
  const Phases<T> first = Volts(SwitchedB6(open, current), u_sup);
  AdvancePiece(kBefore, ToAlphaBeta(first), cosine, sine, state + kSteps + kSize, split);
  T middle_sine, middle_cosine;
  SinCos(split[kEpsilon], middle_sine, middle_cosine);
  const Phases<T> after = config_.quirks.open_for_whole_step ? open : wanted;
  const Phases<T> second =
      Volts(SwitchedB6(after, PhaseCurrents(split, middle_cosine, middle_sine)), u_sup);
  AdvancePiece(kAfter, ToAlphaBeta(second), middle_cosine, middle_sine, state + kSteps + 2 * kSize,
               split);

  for (int k = 0; k < kNumPmsmStates; ++k) state[k] = Select(changes, split[k], state[k]);
  outcome.legs = {Select(changes, second.a, outcome.legs.a),
                  Select(changes, second.b, outcome.legs.b),
                  Select(changes, second.c, outcome.legs.c)};
  outcome.cosine = Select(changes, middle_cosine, cosine);
  outcome.sine = Select(changes, middle_sine, sine);
  legs[0] = Select(changes, after.a, wanted.a);
  legs[1] = Select(changes, after.b, wanted.b);
  legs[2] = Select(changes, after.c, wanted.c);
  return outcome;
}

// All quantities, scaled.
template <class T>
FLYBALL_INLINE void PmsmKernel::Measure(const T* state, const Outcome<T>& outcome, T* q) const {
  const bool stale = config_.quirks.stale_angle;
  const T shown_cosine = stale ? outcome.cosine : state[kCosine];
  const T shown_sine = stale ? outcome.sine : state[kSine];
  const Dq<T> i{state[kISd], state[kISq]};
  const Phases<T> phases = PhaseCurrents(state, shown_cosine, shown_sine);
  const AlphaBeta<T> u = ToAlphaBeta(outcome.legs);
  const Dq<T> u_rotor = ToDq(u, shown_cosine, shown_sine);
  Phases<T> u_phases = outcome.legs;
  if (!config_.quirks.midpoint_voltages) u_phases = ToPhases(u);
  using enum Quantity;
  q[At(kOmega)] = state[flyball::kOmega];
  q[At(kTorque)] = config_.machine.Torque(i);
  q[At(kIA)] = phases.a;
  q[At(kIB)] = phases.b;
  q[At(kIC)] = phases.c;
  q[At(kISd)] = i.d;
  q[At(kISq)] = i.q;
  q[At(kUA)] = u_phases.a;
  q[At(kUB)] = u_phases.b;
  q[At(kUC)] = u_phases.c;
  q[At(kUSd)] = u_rotor.d;
  q[At(kUSq)] = u_rotor.q;
  q[At(kEpsilon)] = WrapAngle(state[flyball::kEpsilon]);
  q[At(kUSup)] = T(config_.supply.u_nominal);
  q[At(kCosEpsilon)] = state[kCosine];
  q[At(kSinEpsilon)] = state[kSine];
  for (int k = 0; k <= At(kSinEpsilon); ++k) q[k] *= inverse_scale_[k];
}

template <class T>
FLYBALL_INLINE void PmsmKernel::AddNoise(const NoiseKey<T>& noise, T* q) const {
  const std::vector<Quantity>& states = config_.noise.states;
  for (size_t j = 0; j < states.size(); j += 2) {
    T normal[2];
    noise.NormalPair(kNoiseStream, static_cast<uint32_t>(j / 2), normal[0], normal[1]);
    for (size_t m = j; m < std::min(j + 2, states.size()); ++m) {
      q[At(states[m])] += config_.noise.sigma * normal[m - j];
    }
  }
}

template <class T>
FLYBALL_INLINE Mask<T> PmsmKernel::Violated(const T* q) const {
  Mask<T> violated(false);
  for (const Constraint& constraint : config_.constraints) {
    T sum(0.0);
    for (const Quantity state : constraint.states) {
      const T x = q[At(state)];
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

template <class T>
FLYBALL_INLINE T PmsmKernel::Reward(const T* error) const {
  // Scaled states reach from -1 to 1: the worst error is 2.
  T sum(0.0);
  for (int j = 0; j < config_.reference.num_states(); ++j) {
    T x = 0.5 * Abs(error[j]);
    if (config_.reward.power != 1) x = Pow(x, config_.reward.power);
    sum += config_.reward.weights[j] * x;
  }
  return config_.reward.bias - sum;
}

template <class T>
FLYBALL_INLINE void PmsmKernel::Show(const T* q, const T* reference, T* observation) const {
  int n = 0;
  for (const Quantity state : config_.shown) {
    T x = q[At(state)];
    if (!config_.quirks.unclipped) x = Clamp(x, config_.low[At(state)], config_.high[At(state)]);
    observation[n++] = x;
  }
  for (int j = 0; j < config_.reference.num_states(); ++j) observation[n++] = reference[j];
}

namespace {

// The error seen from the stator: what the phases have to make up for.
template <class T>
FLYBALL_INLINE void MeasureError(const T* state_cosine, const T* state_sine, const T* reference,
                                 const std::vector<Quantity>& states, T* q) {
  Dq<T> error{T(0.0), T(0.0)};
  for (size_t j = 0; j < states.size(); ++j) {
    if (states[j] == Quantity::kISd) error.d = reference[j] - q[At(Quantity::kISd)];
    if (states[j] == Quantity::kISq) error.q = reference[j] - q[At(Quantity::kISq)];
  }
  const AlphaBeta<T> seen = ToAlphaBeta(error, *state_cosine, *state_sine);
  q[At(Quantity::kErrorAlpha)] = seen.alpha;
  q[At(Quantity::kErrorBeta)] = seen.beta;
}

}  // namespace

template <class T>
void PmsmKernel::Observe(KernelIo<T>& io) const {
  const T* state = io.state;
  const T start(config_.quirks.midpoint_voltages ? -0.5 * config_.supply.u_nominal : 0.0);
  T q[kNumQuantities];
  Measure(state, Outcome<T>{{start, start, start}, state[kCosine], state[kSine]}, q);
  if (!config_.noise.states.empty()) AddNoise(io.noise, q);
  const T* reference = state + reference_;
  const std::vector<Quantity>& states = config_.reference.states;
  MeasureError(state + kCosine, state + kSine, reference, states, q);
  Show(q, reference, io.observation);
  T* info = io.info;
  *info++ = T(0.0);
  *info++ = T(0.0);
  for (size_t j = 0; j < states.size(); ++j) *info++ = q[At(states[j])] - reference[j];
  for (int k = 0; k < config_.action_size(); ++k) *info++ = T(0.0);
}

template <class T>
void PmsmKernel::Step(KernelIo<T>& io) const {
  T* state = io.state;
  T applied[3];
  ShiftActions(io.action, state + queue_, applied);
  const Outcome<T> outcome =
      config_.finite ? AdvanceVector(applied, state) : AdvanceDuties(applied, state);
  SinCos(state[flyball::kEpsilon], state[kSine], state[kCosine]);
  T q[kNumQuantities];
  Measure(state, outcome, q);

  // Rewards and constraints go by what is, not by what a noisy sensor shows.
  const bool noisy = !config_.noise.states.empty();
  if (noisy && config_.quirks.noise_is_real) AddNoise(io.noise, q);
  T* reference = state + reference_;
  const std::vector<Quantity>& states = config_.reference.states;
  T error[kNumQuantities];
  for (size_t j = 0; j < states.size(); ++j) error[j] = q[At(states[j])] - reference[j];
  io.terminated = Violated(q);
  io.reward = Select(io.terminated, T(config_.reward.violation), Reward(error));
  if (noisy && !config_.quirks.noise_is_real) AddNoise(io.noise, q);

  // The reference just rewarded was shown before; what is shown now counts in the next step.
  AdvanceReference(config_.reference, config_.tau, io.step + 1.0, io.noise, kReferenceStream,
                   reference, state + parameters_);
  MeasureError(state + kCosine, state + kSine, reference, states, q);
  Show(q, reference, io.observation);

  T* info = io.info;
  const T violated = Select(io.terminated, T(1.0), T(0.0));
  *info++ = violated;
  *info++ = violated;
  for (size_t j = 0; j < states.size(); ++j) *info++ = error[j];
  for (int k = 0; k < config_.action_size(); ++k) *info++ = applied[k];
}

void PmsmKernel::ReadState(std::span<const double> state, std::span<double> out) const {
  std::copy(state.begin(), state.begin() + kNumPmsmStates, out.begin());
}

}  // namespace flyball::motor

FLYBALL_KERNEL(motor_pmsm, flyball::motor::PmsmKernel);
