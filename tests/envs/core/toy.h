// Two small environments for the core's tests: a noisy driven oscillator as a kernel, with any number
// of agents that pull on each other, and a counter as an Env that can be told to fail.
#ifndef FLYBALL_TESTS_ENVS_CORE_TOY_H_
#define FLYBALL_TESTS_ENVS_CORE_TOY_H_

namespace flyball::toy {

struct OscillatorConfig {
  int num_agents = 1;
  double stiffness = 4.0;  // N/m on 1 kg
  double coupling = 0.0;   // N/m between neighbours
  double noise = 0.0;      // m, standard deviation on the observed position
};

inline constexpr const char* kOscillator = "ToyOscillator-v0";
inline constexpr const char* kCounter = "ToyCounter-v0";

}  // namespace flyball::toy

#endif  // FLYBALL_TESTS_ENVS_CORE_TOY_H_
