#include "envs/dataset/plan.h"

#include <limits>

#include "envs/core/registry.h"
#include "envs/dataset/hash.h"
#include "physics/numeric/error.h"
#include "physics/numeric/random.h"

namespace flyball::dataset {
namespace {

void Require(bool good, const std::string& name, const std::string& value, const char* allowed) {
  if (!good) throw InputError("plan: " + name + " is " + value + "; " + allowed);
}

const Value& Get(const Dict& dict, const std::string& name) {
  const auto found = dict.find(name);
  if (found == dict.end()) throw InputError("plan: '" + name + "' is missing");
  return found->second;
}

}  // namespace

Plan Plan::Resolve() const {
  Plan plan = *this;
  const Registration& registration = FindRegistration(id);
  plan.id = registration.id;
  plan.options = ResolveOptions(registration.options, options, registration.id);
  const EnvSpec spec = ResolveSpec(plan.id, plan.options);

  Require(episodes >= 1, "episodes", std::to_string(episodes), "at least 1 is needed");
  Require(seed <= static_cast<uint64_t>(std::numeric_limits<int64_t>::max()), "seed",
          std::to_string(seed), "0 to 2^63 - 1 are allowed");
  Require(state_every >= 0, "state_every", std::to_string(state_every),
          "0 (only the ends of episodes) or more is allowed");
  Require(max_episode_steps == -1 || max_episode_steps >= 1, "max_episode_steps",
          std::to_string(max_episode_steps), "-1 (the environment's own), 1 or more are allowed");
  if (plan.max_episode_steps == -1) plan.max_episode_steps = spec.max_episode_steps;
  if (plan.max_episode_steps <= 0) {
    throw InputError("plan: " + plan.id +
                     " has no time limit of its own; max_episode_steps is needed");
  }
  if (!is_python_policy()) MakePolicy(policy, spec, policy_options);  // throws if it cannot
  return plan;
}

uint64_t Plan::EpisodeSeed(int64_t episode) const {
  const uint64_t key[] = {static_cast<uint64_t>(episode)};
  return SeedSequence(seed, key).GenerateState64(1)[0];
}

Value Plan::ToValue() const {
  return Dict{{"id", id},
              {"options", options},
              {"policy", policy},
              {"policy_options", policy_options},
              {"episodes", episodes},
              {"seed", static_cast<int64_t>(seed)},
              {"state_every", state_every},
              {"max_episode_steps", max_episode_steps}};
}

Plan Plan::FromValue(const Value& value) {
  const Dict& dict = value.AsDict();
  const auto integer = [&](const char* name, int64_t low, int64_t high) {
    const int64_t number = Get(dict, name).AsInteger();
    Require(number >= low && number <= high, name, std::to_string(number), "that is out of range");
    return number;
  };
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
  constexpr int kMostSteps = std::numeric_limits<int>::max();
  Plan plan;
  plan.id = Get(dict, "id").AsText();
  plan.options = Get(dict, "options").AsDict();
  plan.policy = Get(dict, "policy").AsText();
  plan.policy_options = Get(dict, "policy_options").AsDict();
  plan.episodes = integer("episodes", 1, kMost);
  plan.seed = static_cast<uint64_t>(integer("seed", 0, kMost));
  plan.state_every = static_cast<int>(integer("state_every", 0, kMostSteps));
  plan.max_episode_steps = static_cast<int>(integer("max_episode_steps", -1, kMostSteps));
  return plan;
}

std::string Plan::Hash() const { return HashOf(ToValue().ToJson()).hex(); }

}  // namespace flyball::dataset
