// Plan: all that decides a dataset. Episode i is a function of the plan and of i alone.
#ifndef FLYBALL_ENVS_DATASET_PLAN_H_
#define FLYBALL_ENVS_DATASET_PLAN_H_

#include <cstdint>
#include <string>

#include "envs/core/options.h"

namespace flyball::dataset {

struct Plan {
  std::string id;                 // of the environment
  Options options = {};           // as given; Resolve() fills in the defaults
  std::string policy = "random";  // a C++ policy's name, or "package:function" of Python
  Dict policy_options = {};       // the policy's own options or keyword arguments
  int64_t episodes = 0;           // at least 1
  uint64_t seed = 0;              // below 2^63
  int state_every = 100;          // steps between full states inside an episode; 0: only both ends
  int max_episode_steps = -1;     // where episodes are cut; -1: where the environment says

  // Defaults filled in, the environment's own time limit too, and everything checked. Throws
  // InputError.
  Plan Resolve() const;
  // The seed of an episode: spawn_seeds(seed, i + 1)[i].
  uint64_t EpisodeSeed(int64_t episode) const;
  bool is_python_policy() const { return policy.find(':') != std::string::npos; }

  Value ToValue() const;
  static Plan FromValue(const Value& value);  // throws InputError
  std::string Hash() const;                   // hex, of the canonical JSON
};

}  // namespace flyball::dataset

#endif  // FLYBALL_ENVS_DATASET_PLAN_H_
