// Fields on an interval with control at its ends: linear plants as one map per step, and traffic.
#include <algorithm>

#include "envs/core/kernel_batch.h"
#include "envs/pde/boundary_config.h"

namespace flyball {
namespace {

class BoundaryKernel {
 public:
  using Config = BoundaryConfig;
  explicit BoundaryKernel(const Config& config) : c_(config) {}

  // The field, what the prize has to know, and the noise of the first measurement.
  int num_state() const { return c_.n + (c_.keeps_effort() ? 1 : 0) + num_kept(); }
  int num_scratch() const {
    return std::max(c_.num_sensors, c_.traffic ? 4 * (c_.road.cells + 1) : c_.n);
  }
  bool uses_noise() const { return c_.sensor_deviation > 0.0; }

  // Reset keys: field, then the parameters.
  void Reset(Rng& rng, const ResetValues& values, std::span<double> state) const {
    std::copy(c_.base.begin(), c_.base.end(), state.begin());
    for (size_t k = 0; k < c_.parameters.size(); ++k) {
      const BoundaryConfig::Parameter& p = c_.parameters[k];
      double value = rng.Uniform(p.low, p.high);
      if (values.has(1 + k)) value = values[1 + k][0];
      for (int j = 0; j < c_.n; ++j) state[j] += value * p.shape[j];
    }
    // A wave of density at the same flow everywhere.
    if (c_.traffic) {
      const int nodes = c_.road.cells + 1;
      for (int j = 0; j < nodes; ++j) state[nodes + j] = c_.flow / state[j];
    }
    if (values.has(0)) std::copy_n(values[0].begin(), c_.n, state.begin());
    for (int i = 0; i < num_kept(); ++i) state[kept() + i] = c_.sensor_deviation * rng.Normal();
  }

  template <class T>
  void Observe(KernelIo<T>& io) const {
    c_.sensors.Multiply(io.state, io.observation);
    for (int i = 0; i < num_kept(); ++i) io.observation[i] += io.state[kept() + i];
    io.info[0] = StateCost(io.state);
    io.info[1] = T(0.0);
    io.info[2] = Norm(io.state);
  }

  template <class T>
  void Step(KernelIo<T>& io) const {
    const T state_cost = StateCost(io.state);
    T action_cost(0.0), effort(0.0);
    for (int i = 0; i < c_.num_actions; ++i) {
      const T excess = io.action[i] - c_.action_target;
      action_cost += c_.action_weight * (excess * excess);
      effort += Abs(io.action[i]);
    }
    T before(0.0);
    if (c_.traffic) {
      Drive(io);
    } else {
      if (!c_.first.a.empty()) Apply(c_.first, io);
      if (c_.reward == BoundaryConfig::Reward::kFall) before = Norm(io.state);
      Apply(c_.last, io);
    }

    T largest(0.0);
    for (int j = 0; j < c_.n; ++j) largest = Max(largest, Abs(io.state[j]));
    io.truncated = largest > c_.state_limit;
    io.terminated = Mask<T>(false);
    const T after = Norm(io.state), steps = io.step + 1.0;
    if (c_.horizon > 0) io.terminated = steps >= static_cast<double>(c_.horizon);
    if (c_.reward == BoundaryConfig::Reward::kCost) {
      io.reward = -(state_cost + action_cost);
    } else if (c_.reward == BoundaryConfig::Reward::kNorm) {
      io.reward = -after;
      io.terminated = io.terminated | (after < c_.near_enough);
    } else {
      io.state[c_.n] += c_.effort_scale * effort;
      io.reward = Select(io.terminated & (after < c_.prize_below),
                         c_.prize - io.state[c_.n] - after, before - after);
      io.reward =
          Select(io.truncated,
                 c_.cut_penalty * Max(static_cast<double>(c_.horizon) - steps, T(0.0)), io.reward);
    }
    io.info[0] = state_cost;
    io.info[1] = action_cost;
    io.info[2] = after;
    Measure(io);
  }

  void ReadState(std::span<const double> state, std::span<double> out) const {
    std::copy_n(state.begin(), c_.n, out.begin());
  }

 private:
  // The first measurement's noise is part of the state, since it is drawn at reset.
  int num_kept() const { return c_.sensor_deviation > 0.0 ? c_.num_sensors : 0; }
  int kept() const { return c_.n + (c_.keeps_effort() ? 1 : 0); }

  template <class T>
  T StateCost(const T* x) const {
    T sum(0.0);
    for (int j = 0; j < c_.n; ++j) {
      const T error = x[j] - c_.target[j];
      sum += c_.weight[j] * (error * error);
    }
    return sum;
  }

  // The Euclidean norm of what is left to do; of traffic, relative errors of density and speed.
  template <class T>
  T Norm(const T* x) const {
    const int half = c_.traffic ? c_.n / 2 : c_.n;
    T total(0.0);
    for (int first = 0; first < c_.n; first += half) {
      T sum(0.0);
      for (int j = first; j < first + half; ++j) {
        const T error = x[j] - c_.target[j];
        sum += error * error;
      }
      total += c_.traffic ? Sqrt(sum) * (1.0 / c_.target[first]) : Sqrt(sum);
    }
    return total;
  }

  template <class T>
  void Apply(const BoundaryConfig::Map& map, KernelIo<T>& io) const {
    T* next = io.scratch;
    for (int j = 0; j < c_.n; ++j) next[j] = map.b[j] * io.action[0];
    map.a.MultiplyAdd(io.state, next);
    for (int j = 0; j < c_.n; ++j) io.state[j] = next[j];
  }

  template <class T>
  void Drive(KernelIo<T>& io) const {
    TrafficEnds<T> ends{T(c_.flow), T(c_.flow)};
    if (c_.meters_in) ends.inflow = io.action[0];
    if (c_.meters_out) ends.outflow = io.action[c_.num_actions - 1];
    T* v = io.state + c_.road.cells + 1;
    for (int i = 0; i < c_.substeps; ++i) {
      StepTraffic(c_.road, ends, c_.copy_ends, io.state, v, io.scratch);
    }
  }

  template <class T>
  void Measure(KernelIo<T>& io) const {
    c_.sensors.Multiply(io.state, io.observation);
    if (c_.sensor_deviation == 0.0) return;
    io.noise.Normals(0, std::span<T>(io.scratch, c_.num_sensors));
    for (int i = 0; i < c_.num_sensors; ++i) {
      io.observation[i] += c_.sensor_deviation * io.scratch[i];
    }
  }

  Config c_;
};

}  // namespace
}  // namespace flyball

using flyball::BoundaryKernel;
FLYBALL_KERNEL(boundary, BoundaryKernel);
