#include "envs/dataset/behaviour.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "envs/core/network_policy.h"
#include "envs/core/registry.h"
#include "physics/numeric/error.h"
#include "physics/numeric/lanes.h"

namespace flyball::dataset {

std::unique_ptr<Policy> MakeEntryPolicy(const PolicyEntry& entry, const EnvSpec& spec) {
  if (entry.is_network()) {
    CheckOptions({}, entry.options, spec.id + ", policy '" + entry.policy + "'");
    if (!entry.network) throw InputError("'" + entry.policy + "' has not been read");
    return MakeNetworkPolicy(spec, entry.network, entry.policy);
  }
  if (entry.policy == "constant") return MakeConstantPolicy(spec, entry.options);
  if (entry.policy == "oscillators") return MakeOscillatorPolicy(spec, entry.options);
  std::vector<std::string> names = {"random", "constant", "oscillators"};
  names.insert(names.end(), spec.policies.begin(), spec.policies.end());
  // What is registered and not offered has its own error.
  const auto& registered = FindRegistration(spec.id).policies;
  const bool known =
      std::any_of(registered.begin(), registered.end(),
                  [&](const PolicyRegistration& policy) { return policy.name == entry.policy; });
  if (!known && std::find(names.begin(), names.end(), entry.policy) == names.end()) {
    throw InputError(spec.id + ": " + UnknownName("policy", entry.policy, names));
  }
  return MakePolicy(entry.policy, spec, entry.options);
}

void CheckPolicy(const PolicyEntry& entry, const EnvSpec& spec) {
  if (spec.action.kind != ActionSpec::Kind::kBox && entry.noise_high > 0.0) {
    throw InputError(spec.id + ", policy '" + entry.policy +
                     "': noise is for continuous actions; this environment's are discrete (epsilon "
                     "draws some at random)");
  }
  const bool given = entry.is_python() || entry.is_human();
  if (given && entry.goal_every > 0) {
    throw InputError(spec.id + ", policy '" + entry.policy + "': goals are for policies in C++");
  }
  if (!given) AddGoals(MakeEntryPolicy(entry, spec), entry, spec);  // throws if it cannot
}

RandomDensity::RandomDensity(const ActionSpec& spec) {
  const std::vector<double> low = spec.field.low(), high = spec.field.high();
  for (size_t i = 0; i < low.size(); ++i) {
    if (spec.kind != ActionSpec::Kind::kBox) {
      even_.push_back(flyball::Log(static_cast<double>(spec.choices[i])));
    } else if (std::isfinite(low[i]) && std::isfinite(high[i])) {
      even_.push_back(flyball::Log(high[i] - low[i]));
    } else {
      even_.push_back(std::nan(""));
    }
  }
}

double RandomDensity::Log(std::span<const double> action) const {
  static const double kLogTurn = flyball::Log(2.0 * std::numbers::pi);
  double sum = 0.0;
  for (size_t i = 0; i < action.size(); ++i) {
    sum -= std::isnan(even_[i]) ? 0.5 * (action[i] * action[i] + kLogTurn) : even_[i];
  }
  return sum;
}

BatchPolicy MakeBehaviour(const PolicyEntry& entry, const EnvSpec& spec, int num_rows) {
  const std::shared_ptr<Policy> policy = AddGoals(MakeEntryPolicy(entry, spec), entry, spec);
  policy->Resize(num_rows);
  const bool learned = entry.is_network();       // is shown what a learner is shown
  const bool random = entry.policy == "random";  // does not look at observations and states
  const bool discrete = spec.action.kind != ActionSpec::Kind::kBox;
  const RandomDensity density(spec.action);
  std::vector<double> observation;
  std::vector<double> state(random ? 0 : spec.state_size());
  const BatchPolicy base = [=](const VectorEnv& env, std::span<const uint8_t> active,
                               std::span<double> actions,
                               std::span<double> log_probabilities) mutable {
    const size_t size = env.spec().action_size();
    for (int row = 0; row < env.num_envs(); ++row) {
      if (!active[row]) continue;
      if (!random) {
        size_t at = 0;
        for (const Column& column : learned ? env.columns().numbers() : env.policy_observation()) {
          const size_t count = column.field().size();
          observation.resize(std::max(observation.size(), at + count));
          column.ReadRow(row, std::span(observation).subspan(at, count));
          at += count;
        }
        env.ReadState(row, state);
      }
      const RowClock& clock = env.clocks()[row];
      const std::span<double> action = actions.subspan(row * size, size);
      policy->Act(row,
                  {.observation = observation,
                   .state = state,
                   .seed = clock.seed,
                   .episode = clock.episode,
                   .step = clock.step},
                  action);
      if (random) {
        log_probabilities[row] = density.Log(action);
      } else if (discrete) {
        log_probabilities[row] = 0.0;  // it can be no other
      }
    }
  };
  return AddNoise(base, entry, spec, num_rows);
}

}  // namespace flyball::dataset
