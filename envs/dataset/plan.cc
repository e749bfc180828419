#include "envs/dataset/plan.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>

#include "envs/core/registry.h"
#include "envs/dataset/behaviour.h"
#include "envs/dataset/file.h"
#include "envs/dataset/hash.h"
#include "physics/numeric/error.h"
#include "physics/numeric/onnx.h"
#include "physics/numeric/random.h"

namespace flyball::dataset {
namespace {

constexpr const char* kOrders[] = {"spread", "in_order"};

void Require(bool good, const std::string& name, const std::string& value, const char* allowed) {
  if (!good) throw InputError("plan: " + name + " is " + value + "; " + allowed);
}

// The dictionary's keys are among these; `where` begins the error.
void CheckKeys(const Dict& dict, const std::vector<std::string>& known, const std::string& where) {
  for (const auto& [key, value] : dict) {
    if (std::find(known.begin(), known.end(), key) == known.end()) {
      throw InputError(where + ": " + UnknownName("key", key, known));
    }
  }
}

// What is wrong with a key's value, behind the key.
template <class Read>
auto ReadKey(const std::string& where, const char* key, const Read& read) try {
  return read();
} catch (const InputError& error) {
  throw InputError(where + "." + key + ": " + error.what());
}

double NumberIn(const Value& value, double low, double high, const char* allowed) {
  const double number = value.AsNumber();
  if (!(number >= low && number <= high)) {
    throw InputError(value.ToJson() + " is out of range; " + allowed);
  }
  return number;
}

}  // namespace

Value PolicyEntry::ToValue() const {
  Dict dict = {{"policy", policy},
               {"options", options},
               {"fraction", fraction},
               {"noise", List{noise_low, noise_high}},
               {"noise_correlation", noise_correlation},
               {"epsilon", epsilon}};
  if (!checkpoint.empty()) dict["checkpoint"] = checkpoint;
  if (goal_every > 0) dict["goals"] = Dict{{"every", goal_every}, {"count", goal_count}};
  return dict;
}

PolicyEntry PolicyEntry::Resolve(const EnvSpec& spec) const {
  PolicyEntry entry = *this;
  if (is_network() && !network) {
    const ByteVector bytes = ReadWhole(policy);
    entry.checkpoint = HashOf(bytes).hex();
    if (!checkpoint.empty() && checkpoint != entry.checkpoint) {
      throw InputError("'" + policy + "' has the hash " + entry.checkpoint + "; the plan wants " +
                       checkpoint);
    }
    entry.network = std::make_shared<Perceptron>(ReadOnnx(bytes, policy));
    entry.policy = std::filesystem::path(policy).filename().string();
  }
  CheckPolicy(entry, spec);
  return entry;
}

PolicyEntry PolicyEntry::FromValue(const Value& value, const std::string& where) {
  PolicyEntry entry;
  if (value.is_text()) return {.policy = value.AsText()};
  if (!value.is_dict()) {
    throw InputError(where + " is " + value.ToJson() +
                     "; a policy's name or a dictionary is needed");
  }
  const Dict& dict = value.AsDict();
  CheckKeys(dict,
            {"policy", "options", "fraction", "noise", "noise_correlation", "epsilon", "checkpoint",
             "goals"},
            where);
  if (!dict.contains("policy")) throw InputError(where + ": 'policy' is missing");
  for (const auto& [key, item] : dict) {
    const Value& given = item;
    ReadKey(where, key.c_str(), [&] {
      if (key == "policy") entry.policy = given.AsText();
      if (key == "options") entry.options = given.AsDict();
      if (key == "checkpoint") entry.checkpoint = given.AsText();
      if (key == "fraction") {
        entry.fraction =
            NumberIn(given, std::numeric_limits<double>::min(), 1e9, "a share above 0 is needed");
      }
      if (key == "noise_correlation") {
        entry.noise_correlation = NumberIn(given, 0.0, 0.999999, "[0, 1) is allowed");
      }
      if (key == "epsilon") {
        entry.epsilon = NumberIn(given, 0.0, 1.0, "a probability in [0, 1] is needed");
      }
      if (key == "goals") {
        CheckKeys(given.AsDict(), {"every", "count"}, where + ".goals");
        for (const auto& [name, number] : given.AsDict()) {
          int64_t& target = name == "every" ? entry.goal_every : entry.goal_count;
          target = number.AsInteger();
          NumberIn(number, name == "every" ? 1.0 : 0.0, 1e9, "whole steps and counts are needed");
        }
        if (entry.goal_every == 0) throw InputError("'every' is missing");
      }
      if (key != "noise") return 0;
      const List levels = given.is_list() ? given.AsList() : List{given, given};
      if (levels.size() != 2) {
        throw InputError(given.ToJson() + "; a level or [lowest, highest] is needed");
      }
      entry.noise_low = NumberIn(levels[0], 0.0, 1e6, "0 or more is allowed");
      entry.noise_high = NumberIn(levels[1], entry.noise_low, 1e6, "the highest level is needed");
      return 0;
    });
  }
  return entry;
}

Plan Plan::Resolve() const {
  Plan plan = *this;
  const Registration& registration = FindRegistration(id);
  plan.id = registration.id;
  plan.options = ResolveOptions(registration.options, options, registration.id);
  const EnvSpec spec = ResolveSpec(plan.id, plan.options);

  Require(transitions >= 0, "transitions", std::to_string(transitions), "0 or more is allowed");
  Require(episodes >= 1 || (transitions > 0 && episodes == 0), "episodes", std::to_string(episodes),
          "at least 1 is needed");
  Require(transitions == 0 || (!in_order && !paired), "transitions", std::to_string(transitions),
          "with in_order and paired, episodes are needed");
  Require(seed <= static_cast<uint64_t>(std::numeric_limits<int64_t>::max()), "seed",
          std::to_string(seed), "0 to 2^63 - 1 are allowed");
  Require(state_every >= 0, "state_every", std::to_string(state_every),
          "0 (only the ends of episodes) or more is allowed");
  Require(max_episode_steps == -1 || max_episode_steps >= 1, "max_episode_steps",
          std::to_string(max_episode_steps), "-1 (the environment's own), 1 or more are allowed");
  Require(branch == 0 || (paired && branch > 0), "branch", std::to_string(branch),
          "a step, 0 or more, and paired are needed");
  if (plan.max_episode_steps == -1) plan.max_episode_steps = spec.max_episode_steps;
  if (plan.max_episode_steps <= 0) {
    throw InputError("plan: " + plan.id +
                     " has no time limit of its own; max_episode_steps is needed");
  }

  // Fractions become shares of 1, so that 1 : 3 and 0.25 : 0.75 are one plan.
  Require(!policies.empty() && policies.size() <= 1000, "policies",
          "a list of " + std::to_string(policies.size()), "1 to 1000 are allowed");
  double total = 0.0;
  for (const PolicyEntry& entry : policies) total += entry.fraction;
  for (PolicyEntry& entry : plan.policies) {
    entry = entry.Resolve(spec);
    entry.fraction /= total;
  }
  if (paired) {
    const int64_t size = static_cast<int64_t>(policies.size());
    Require(!in_order && size > 1, "paired", "true", "two or more policies, spread, are needed");
    Require(episodes % size == 0, "episodes", std::to_string(episodes),
            "a multiple of the number of policies is needed with paired");
    for (const PolicyEntry& entry : policies) {
      Require(entry.fraction == policies[0].fraction, "fraction", Value(entry.fraction).ToJson(),
              "equal fractions are needed with paired");
    }
  }
  return plan;
}

uint64_t Plan::EpisodeSeed(int64_t episode) const {
  const int64_t group = paired ? static_cast<int64_t>(policies.size()) : 1;
  const uint64_t key[] = {static_cast<uint64_t>(episode / group)};
  return SeedSequence(seed, key).GenerateState64(1)[0];
}

bool Plan::has_python_policy() const {
  return std::any_of(policies.begin(), policies.end(),
                     [](const PolicyEntry& entry) { return entry.is_python(); });
}

Value Plan::ToValue() const {
  List entries;
  for (const PolicyEntry& entry : policies) entries.push_back(entry.ToValue());
  Dict dict = {{"id", id},
               {"options", options},
               {"policies", entries},
               {"order", kOrders[in_order]},
               {"paired", paired},
               {"episodes", episodes},
               {"transitions", transitions},
               {"seed", static_cast<int64_t>(seed)},
               {"state_every", state_every},
               {"max_episode_steps", max_episode_steps},
               {"named_state", named_state}};
  if (branch > 0) dict["branch"] = branch;
  return dict;
}

Plan Plan::FromValue(const Value& value) {
  if (!value.is_dict()) throw InputError("plan: a dictionary is needed, not " + value.ToJson());
  const Dict& dict = value.AsDict();
  CheckKeys(dict,
            {"id", "options", "policy", "policy_options", "policies", "order", "paired", "episodes",
             "transitions", "seed", "state_every", "max_episode_steps", "named_state", "branch"},
            "plan");
  const bool counted = dict.contains("episodes") || dict.contains("transitions");
  if (!dict.contains("id")) throw InputError("plan: 'id' is missing");
  if (!counted) throw InputError("plan: 'episodes' is missing (or 'transitions')");
  if (dict.contains("policies") && (dict.contains("policy") || dict.contains("policy_options"))) {
    throw InputError("plan: 'policies' and 'policy' exclude each other");
  }
  const auto integer = [&](const char* name, int64_t missing, int64_t low, int64_t high) {
    const auto found = dict.find(name);
    if (found == dict.end()) return missing;
    const int64_t number = ReadKey("plan", name, [&] { return found->second.AsInteger(); });
    Require(number >= low && number <= high, name, std::to_string(number),
            (std::to_string(low) + " to " + std::to_string(high) + " are allowed").c_str());
    return number;
  };
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
  constexpr int kMostSteps = std::numeric_limits<int>::max();
  Plan plan;
  for (const auto& [key, item] : dict) {
    const Value& given = item;
    ReadKey("plan", key.c_str(), [&] {
      if (key == "id") plan.id = given.AsText();
      if (key == "options") plan.options = given.AsDict();
      if (key == "policy") plan.policies[0].policy = given.AsText();
      if (key == "policy_options") plan.policies[0].options = given.AsDict();
      if (key == "paired") plan.paired = given.AsBool();
      if (key == "named_state") plan.named_state = given.AsBool();
      if (key == "order") {
        const std::string order = given.AsText();
        const std::vector<std::string> orders(std::begin(kOrders), std::end(kOrders));
        plan.in_order = order == orders[1];
        if (!plan.in_order && order != orders[0]) {
          throw InputError(UnknownName("order", order, orders));
        }
      }
      return 0;
    });
  }
  if (dict.contains("policies")) {
    plan.policies.clear();
    for (const Value& item :
         ReadKey("plan", "policies", [&] { return dict.at("policies").AsList(); })) {
      plan.policies.push_back(PolicyEntry::FromValue(
          item, "plan: policies[" + std::to_string(plan.policies.size()) + "]"));
    }
  }
  plan.transitions = integer("transitions", 0, 0, kMost);
  plan.episodes = integer("episodes", 0, plan.transitions > 0 ? 0 : 1, kMost);
  plan.seed = static_cast<uint64_t>(integer("seed", 0, 0, kMost));
  plan.branch = integer("branch", 0, 0, kMostSteps);
  plan.state_every = static_cast<int>(integer("state_every", plan.state_every, 0, kMostSteps));
  plan.max_episode_steps =
      static_cast<int>(integer("max_episode_steps", plan.max_episode_steps, -1, kMostSteps));
  return plan;
}

std::string Plan::Hash() const {
  Dict dict = ToValue().AsDict();
  if (transitions > 0) dict.erase("episodes");
  return HashOf(Value(dict).ToJson()).hex();
}

}  // namespace flyball::dataset
