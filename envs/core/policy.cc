#include "envs/core/policy.h"

#include <cmath>

#include "envs/core/registry.h"
#include "envs/core/wrappers/chain.h"
#include "physics/numeric/error.h"
#include "physics/numeric/random.h"

namespace flyball {
namespace {

class RandomPolicy final : public Policy {
 public:
  explicit RandomPolicy(const EnvSpec& spec)
      : action_(spec.action), low_(spec.action.field.low()), high_(spec.action.field.high()) {}

  void Resize(int) override {}
  void VisitState(int, StateVisitor&) override {}

  void Act(int, const PolicyInput& input, std::span<double> action) override {
    const uint64_t place[] = {input.episode, input.step};
    Rng rng(SeedSequence(input.seed, place));
    for (size_t i = 0; i < action.size(); ++i) {
      if (action_.kind != ActionSpec::Kind::kBox) {
        action[i] = static_cast<double>(rng.Integers(0, action_.choices[i]));
      } else if (std::isfinite(low_[i]) && std::isfinite(high_[i])) {
        action[i] = rng.Uniform(low_[i], high_[i]);
      } else {
        action[i] = rng.Normal();
      }
    }
  }

 private:
  ActionSpec action_;
  std::vector<double> low_, high_;
};

}  // namespace

std::unique_ptr<Policy> MakeRandomPolicy(const EnvSpec& spec) {
  return std::make_unique<RandomPolicy>(spec);
}

std::unique_ptr<Policy> MakePolicy(const std::string& name, const EnvSpec& spec,
                                   const Options& options) {
  const std::string where = spec.id + ", policy '" + name + "'";
  std::vector<std::string> names = {"random"};
  if (name == "random") {
    CheckOptions({}, options, where);
    return MakeRandomPolicy(spec);
  }
  for (const PolicyRegistration& policy : FindRegistration(spec.id).policies) {
    const bool offered = policy.make || policy.make_with;
    if (offered) names.push_back(policy.name);
    if (policy.name != name) continue;
    if (!offered) throw InputError(where + ": " + policy.doc);
    const Options resolved = CheckOptions(policy.options, options, where);
    // A baseline knows the plant, not what stands around it.
    const EnvSpec plant = SpecOfPlant(spec);
    return policy.make_with ? policy.make_with(plant, resolved) : policy.make(plant);
  }
  throw InputError(spec.id + ": " + UnknownName("policy", name, names));
}

}  // namespace flyball
