// One linear plant over a step: a few sparse products on lanes.
#include "envs/core/kernel_batch.h"
#include "envs/linear/linear_config.h"

namespace flyball {
namespace {

class LinearKernel {
 public:
  using Config = LinearConfig;
  explicit LinearKernel(const Config& config) : c_(config) {}

  int num_state() const { return c_.nx + (c_.keeps_disturbance() ? c_.nw : 0); }
  int num_scratch() const { return c_.nx + c_.nw + 2 * c_.nz + c_.nu; }
  bool uses_noise() const { return c_.noise_deviation > 0.0 && !c_.disturbance_action; }

  // Draws as controlgym does: the state, then the disturbance of the first measurement.
  void Reset(Rng& rng, const ResetValues& values, std::span<double> state) const {
    for (int i = 0; i < c_.nx; ++i) {
      state[i] = c_.initial_mean[i] + c_.initial_deviation * rng.Normal();
    }
    if (values.has(0)) std::copy_n(values[0].begin(), c_.nx, state.begin());
    if (c_.keeps_disturbance()) {
      for (int i = 0; i < c_.nw; ++i) state[c_.nx + i] = c_.noise_deviation * rng.Normal();
    }
  }

  template <class T>
  void Observe(KernelIo<T>& io) const {
    c_.c.Multiply(io.state, io.observation);
    if (c_.keeps_disturbance()) c_.d21.MultiplyAdd(io.state + c_.nx, io.observation);
    T* output = io.info;
    if (c_.info_state) {
      for (int i = 0; i < c_.nx; ++i) io.info[i] = io.state[i];
      output += c_.nx;
    }
    c_.c1.Multiply(io.state, output);
    if (c_.keeps_disturbance()) c_.d11.MultiplyAdd(io.state + c_.nx, output);
  }

  template <class T>
  void Step(KernelIo<T>& io) const {
    T* next = io.scratch;
    T* drawn = next + c_.nx;
    T* z = drawn + c_.nw;
    T* weighted = z + c_.nz;
    const T* x = io.state;
    const T* u = io.action;

    // The disturbance of this step, and in `drawn` that of the measurement.
    if (uses_noise()) {
      io.noise.Normals(0, std::span<T>(drawn, c_.nw));
      for (int i = 0; i < c_.nw; ++i) drawn[i] *= c_.noise_deviation;
    } else {
      for (int i = 0; i < c_.nw; ++i) drawn[i] = c_.disturbance_action ? u[c_.nu + i] : T(0.0);
    }
    const bool ahead = uses_noise() && !c_.observe_before;
    const T* w = ahead ? x + c_.nx : drawn;

    // Cost of the state before the step; the disturbance is not the controller's to pay for.
    c_.c1.Multiply(x, z);
    c_.d12.MultiplyAdd(u, z);
    T cost(0.0);
    for (int i = 0; i < c_.nz; ++i) cost += z[i] * z[i];
    if (!c_.extra_input_weight.empty()) {
      c_.extra_input_weight.Multiply(u, weighted);
      for (int i = 0; i < c_.nu; ++i) cost += u[i] * weighted[i];
    }
    io.reward = -(c_.reward_scale * cost);

    c_.a.Multiply(x, next);
    c_.b1.MultiplyAdd(w, next);
    c_.b2.MultiplyAdd(u, next);

    T* output = io.info + (c_.info_state ? c_.nx : 0);
    for (int i = 0; i < c_.nz; ++i) output[i] = z[i];
    c_.d11.MultiplyAdd(w, output);

    c_.c.Multiply<T>(c_.observe_before ? x : next, io.observation);
    c_.d21.MultiplyAdd(drawn, io.observation);

    T largest(0.0);
    for (int i = 0; i < c_.nx; ++i) {
      io.state[i] = next[i];
      if (c_.info_state) io.info[i] = next[i];
      largest = Max(largest, Abs(next[i]));
    }
    if (c_.keeps_disturbance()) {
      for (int i = 0; i < c_.nw; ++i) io.state[c_.nx + i] = drawn[i];
    }
    io.terminated = Mask<T>(false);
    io.truncated = Abs(io.reward) > c_.reward_limit || largest > c_.state_limit;
  }

  void ReadState(std::span<const double> state, std::span<double> out) const {
    std::copy_n(state.begin(), c_.nx, out.begin());
  }

 private:
  Config c_;
};

}  // namespace
}  // namespace flyball

using flyball::LinearKernel;
FLYBALL_KERNEL(linear, LinearKernel);
