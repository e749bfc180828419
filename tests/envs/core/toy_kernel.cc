#include "envs/core/kernel_batch.h"
#include "tests/envs/core/toy.h"

namespace flyball::toy {

// x'' = -k x + u + coupling to the next agent, semi-implicit Euler, 10 ms.
class Oscillator {
 public:
  using Config = OscillatorConfig;
  explicit Oscillator(const Config& config) : config_(config) {}
  int num_state() const { return 3; }  // x, v, pull of the neighbour
  bool uses_noise() const { return true; }
  bool interacts() const { return config_.coupling != 0.0; }
  int num_substeps() const { return 2; }

  void Reset(Rng& rng, const ResetValues& values, std::span<double> state) const {
    for (int agent = 0; agent < config_.num_agents; ++agent) {
      state[3 * agent] = values.has(0) ? values[0][agent] : rng.Uniform(-1.0, 1.0);
      state[3 * agent + 1] = 0.0;
    }
  }
  template <class T>
  void Observe(KernelIo<T>& io) const {
    io.observation[0] = io.state[0] + config_.noise * io.noise.Normal(0, 0);
    io.observation[1] = Sin(io.state[1]);
    io.info[0] = io.step;
  }
  template <class T>
  void Begin(KernelIo<T>&) const {}
  template <class T>
  void Substep(int, KernelIo<T>& io) const {
    io.state[1] += 5e-3 * (io.action[0] - config_.stiffness * io.state[0] + io.state[2]);
    io.state[0] += 5e-3 * io.state[1];
  }
  template <class T>
  void Finish(KernelIo<T>& io) const {
    Observe(io);
    io.info[0] = io.step + 1.0;
    io.reward = -io.state[0] * io.state[0];
    io.terminated = Abs(io.state[0]) > 2.0;
  }
  template <class T>
  void Step(KernelIo<T>& io) const {
    for (int k = 0; k < num_substeps(); ++k) Substep(k, io);
    Finish(io);
  }
  void Interact(int, AgentStates& agents) const {
    for (int a = 0; a < agents.num_agents(); ++a) {
      const int next = (a + 1) % agents.num_agents();
      agents.Set(a, 2, config_.coupling * (agents.Get(next, 0) - agents.Get(a, 0)));
    }
  }
  void ReadState(std::span<const double> state, std::span<double> out) const {
    for (int agent = 0; agent < config_.num_agents; ++agent) {
      out[agent] = state[3 * agent];
      out[config_.num_agents + agent] = state[3 * agent + 1];
    }
  }

 private:
  Config config_;
};

}  // namespace flyball::toy

FLYBALL_KERNEL(toy_oscillator, flyball::toy::Oscillator);
