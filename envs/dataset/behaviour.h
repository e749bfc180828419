// Behaviours: what the members of a plan's mixture do, batched over the rows of a VectorEnv.
#ifndef FLYBALL_ENVS_DATASET_BEHAVIOUR_H_
#define FLYBALL_ENVS_DATASET_BEHAVIOUR_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "envs/core/policy.h"
#include "envs/core/vector_env.h"
#include "envs/dataset/plan.h"

namespace flyball::dataset {

// Fills the actions (N, action size) of all rows, from the columns and clocks of `env`. Rows whose
// `active` is 0 have nothing to do; what is written for them is not used. A row's action may depend
// only on what the row has shown since its step 0.
//
// `log_probabilities` (N), NaN when called: the logarithm of the probability (discrete actions) or
// density (others) with which the action was drawn, given what the row has shown, before it is
// clipped; left alone where there is none.
using BatchPolicy =
    std::function<void(const VectorEnv& env, std::span<const uint8_t> active,
                       std::span<double> actions, std::span<double> log_probabilities)>;

// The policy of an entry by itself: one of ours below, or a baseline. Throws InputError.
std::unique_ptr<Policy> MakeEntryPolicy(const PolicyEntry& entry, const EnvSpec& spec);
// Throws InputError if the entry does not fit the environment.
void CheckPolicy(const PolicyEntry& entry, const EnvSpec& spec);

// Under an entry's `goals`, the policy with the goals switched; else the policy itself.
std::unique_ptr<Policy> AddGoals(std::unique_ptr<Policy> policy, const PolicyEntry& entry,
                                 const EnvSpec& spec);

// An entry in C++, noise included.
BatchPolicy MakeBehaviour(const PolicyEntry& entry, const EnvSpec& spec, int num_rows);
// The entry's noise on top of `base`; `base` itself if there is none.
BatchPolicy AddNoise(BatchPolicy base, const PolicyEntry& entry, const EnvSpec& spec, int num_rows);

// The density (probability) of a draw of MakeRandomPolicy.
class RandomDensity {
 public:
  explicit RandomDensity(const ActionSpec& spec);
  // ln of it; `action` is what was drawn.
  double Log(std::span<const double> action) const;

 private:
  std::vector<double> even_;  // -ln of each component's, where all values are as likely; else NaN
};

// Open loop. "constant": {value: a number or one a component}. "oscillators": every component a sum
// of `count` sines between its bounds, with frequencies and phases drawn from the row's seed.
std::unique_ptr<Policy> MakeConstantPolicy(const EnvSpec& spec, const Options& options);
std::unique_ptr<Policy> MakeOscillatorPolicy(const EnvSpec& spec, const Options& options);

}  // namespace flyball::dataset

#endif  // FLYBALL_ENVS_DATASET_BEHAVIOUR_H_
