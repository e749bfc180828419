// Current control of a permanent-magnet machine behind a B6 bridge, as a lane kernel.
#ifndef FLYBALL_ENVS_MOTOR_PMSM_KERNEL_H_
#define FLYBALL_ENVS_MOTOR_PMSM_KERNEL_H_

#include "envs/core/kernel_batch.h"
#include "envs/motor/settings.h"

namespace flyball::motor {

class PmsmKernel {
 public:
  using Config = DriveSettings;
  explicit PmsmKernel(const Config& config);

  int num_state() const { return num_state_; }
  bool uses_noise() const { return uses_noise_; }
  void Reset(Rng& rng, const ResetValues& values, std::span<double> state) const;
  template <class T>
  void Observe(KernelIo<T>& io) const;
  template <class T>
  void Step(KernelIo<T>& io) const;
  void ReadState(std::span<const double> state, std::span<double> out) const;

 private:
  // A piece of a step between two switchings.
  enum Piece { kWhole, kBefore, kAfter };
  // What a step did, for those who look.
  template <class T>
  struct Outcome {
    Phases<T> legs;  // V against the midpoint, at the end
    T cosine, sine;  // of the angle at the start of the last piece
  };

  template <class T>
  void ShiftActions(const T* given, T* queue, T* applied) const;
  template <class T>
  Phases<T> PhaseCommands(const T* applied, const T* state) const;
  template <class T>
  Outcome<T> AdvanceDuties(const T* applied, T* state) const;
  template <class T>
  Outcome<T> AdvanceVector(const T* applied, T* state) const;
  template <class T>
  void AdvancePiece(Piece piece, const AlphaBeta<T>& u, const T& cosine, const T& sine,
                    const T* step, T* ode) const;
  template <class T>
  void Measure(const T* state, const Outcome<T>& outcome, T* quantities) const;
  template <class T>
  Mask<T> Violated(const T* quantities) const;
  template <class T>
  T Reward(const T* error) const;
  template <class T>
  void AddNoise(const NoiseKey<T>& noise, T* quantities) const;
  template <class T>
  void Show(const T* quantities, const T* reference, T* observation) const;

  double Duration(Piece piece) const;

  Config config_;
  std::array<double, kNumQuantities> inverse_scale_;
  int substeps_ = 1;
  bool switches_inside_ = false;  // the step has two pieces
  bool uses_noise_ = false;
  // Slots of a row's state, in this order: shaft and machine; cosine and sine of the angle; exact
  // steps (at constant speed); the present reference and its parameters; actions under way; legs.
  static constexpr int kOde = 0, kCosine = kNumPmsmStates, kSine = kCosine + 1, kSteps = kSine + 1;
  int num_pieces_ = 1;
  int reference_ = 0, parameters_ = 0, queue_ = 0, legs_ = 0, num_state_ = 0;
  // The exact steps of the load's speed; rows with another get their own.
  std::vector<double> steps_;
  std::vector<double> MakeSteps(double omega) const;
};

}  // namespace flyball::motor

#endif  // FLYBALL_ENVS_MOTOR_PMSM_KERNEL_H_
