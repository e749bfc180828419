// Plan: all that decides a dataset. Episode i is a function of the plan and of i alone.
#ifndef FLYBALL_ENVS_DATASET_PLAN_H_
#define FLYBALL_ENVS_DATASET_PLAN_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "envs/core/options.h"
#include "envs/core/spec.h"
#include "physics/numeric/perceptron.h"

namespace flyball::dataset {

// One member of a plan's mixture: a policy, and what is added to its actions.
struct PolicyEntry {
  // "random", "constant", "oscillators", a baseline of the environment, the path of a network
  // ("actor.onnx"), "package:function" of Python, or "human", a person whose actions are given.
  std::string policy = "random";
  Dict options = {};      // the policy's own, or keyword arguments
  double fraction = 1.0;  // share of the episodes, relative to the other members'
  // Gaussian noise on every action: its standard deviation, in half the range of each component (in
  // its unit where it is unbounded). An episode draws its level from [noise_low, noise_high].
  double noise_low = 0.0, noise_high = 0.0;
  double noise_correlation = 0.0;  // of the noise of one step with that of the next, [0, 1)
  double epsilon = 0.0;            // probability that a step's action is uniform instead

  // Play, for goal-conditioned environments: every so many steps the policy is given another goal,
  // drawn as resets draw them, `goal_count` times, then the environment's own. 0: never.
  int64_t goal_every = 0;
  int64_t goal_count = 0;       // 0: to the end
  std::string checkpoint = "";  // networks: the hash of the file's bytes; empty: not read yet
  std::shared_ptr<const Perceptron> network = {};  // filled in by Resolve

  bool is_network() const { return policy.ends_with(".onnx"); }
  bool is_python() const { return !is_network() && policy.find(':') != std::string::npos; }
  bool is_human() const { return policy == "human"; }
  // Reads a network's file; `policy` keeps the file's name alone, so that a plan is the same
  // wherever it lies. Checks that the entry fits the environment. Throws InputError or DataError.
  PolicyEntry Resolve(const EnvSpec& spec) const;
  Value ToValue() const;
  // `where` begins errors: "plan: policies[1]".
  static PolicyEntry FromValue(const Value& value, const std::string& where);
};

struct Plan {
  std::string id;        // of the environment
  Options options = {};  // as given; Resolve() fills in the defaults
  std::vector<PolicyEntry> policies = {{}};
  bool in_order = false;  // each policy's episodes together, in order; else spread evenly
  // Episodes in groups of one a policy that start alike: K i to K i + K - 1 share a seed.
  bool paired = false;
  // With `paired`: the first policy acts in all of a group until this step, so that the others go on
  // from one state in the middle of its episode. They watch it until then.
  int64_t branch = 0;
  int64_t episodes = 0;  // at least 1; 0 with `transitions`: not counted yet
  // In place of episodes: as few as have this many steps together; 0: `episodes` says.
  int64_t transitions = 0;
  uint64_t seed = 0;           // below 2^63
  int state_every = 100;       // steps between full states inside an episode; 0: only both ends
  int max_episode_steps = -1;  // where episodes are cut; -1: where the environment says
  bool named_state = false;    // record EnvSpec::state, the physical state by name, at every step

  // Defaults filled in, the environment's own time limit too, and everything checked. Throws
  // InputError.
  Plan Resolve() const;
  // The seed of an episode: spawn_seeds(seed, i + 1)[i], or with `paired` that of its group.
  uint64_t EpisodeSeed(int64_t episode) const;
  // Which of the policies plays an episode. Each plays EpisodeCounts() of them, and with the
  // default order every stretch of episodes holds each policy's share, to within one or two.
  int PolicyOf(int64_t episode) const;
  // Who acts in an episode's step.
  int PolicyAt(int64_t episode, int64_t step) const {
    return step < branch ? 0 : PolicyOf(episode);
  }
  // Episodes of each policy: its share rounded by the method of largest remainders. (With
  // `transitions`, of that many episodes, since their own number depends on who plays them.)
  std::vector<int64_t> EpisodeCounts() const;
  bool has_python_policy() const;

  Value ToValue() const;
  // Takes what ToValue gives, and the short form of one policy: `policy` with `policy_options`.
  // Keys may be missing, all but `id` and `episodes`. Throws InputError naming the key.
  static Plan FromValue(const Value& value);
  // Hex, of the canonical JSON; with `transitions` without `episodes`, which follow from it.
  std::string Hash() const;
};

}  // namespace flyball::dataset

#endif  // FLYBALL_ENVS_DATASET_PLAN_H_
