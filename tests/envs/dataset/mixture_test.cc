#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>

#include "envs/core/registry.h"
#include "envs/dataset/behaviour.h"
#include "envs/dataset/measure.h"
#include "envs/dataset/verify.h"
#include "physics/numeric/error.h"
#include "tests/envs/core/toy.h"
#include "tests/envs/dataset/temporary_folder.h"

namespace flyball::dataset {
namespace {

using Catch::Contains;

Plan Mixture(std::vector<double> fractions, int64_t episodes) {
  Plan plan = {.id = toy::kOscillator, .episodes = episodes, .seed = 5};
  plan.policies.clear();
  for (double fraction : fractions) plan.policies.push_back({.fraction = fraction});
  return plan;
}

std::vector<int64_t> CountsPlayed(const Plan& plan, int64_t begin, int64_t end) {
  std::vector<int64_t> counts(plan.policies.size());
  for (int64_t i = begin; i < end; ++i) ++counts.at(plan.PolicyOf(i));
  return counts;
}

// Plays one episode with a behaviour; returns the log-probabilities and commanded actions.
struct Played {
  std::vector<double> log_probabilities, actions;
};
Played Play(const PolicyEntry& entry, const char* id, uint64_t seed, int steps) {
  auto env = VectorEnv::Make(id, {}, {.autoreset = Autoreset::kDisabled});
  env->Reset(std::vector<uint64_t>{seed});
  const BatchPolicy policy = MakeBehaviour(entry, env->spec(), 1);
  Played played;
  std::vector<double> action(env->spec().action_size());
  for (int step = 0; step < steps; ++step) {
    double log_probability = std::nan("");
    policy(*env, std::vector<uint8_t>{1}, action, {&log_probability, 1});
    played.log_probabilities.push_back(log_probability);
    played.actions.insert(played.actions.end(), action.begin(), action.end());
    for (double& value : action) value = std::clamp(value, -1.0, 1.0);
    if (env->spec().action.kind != ActionSpec::Kind::kBox) action[0] = 0.0;
    env->columns().action.WriteRow(0, action);
    env->Step();
  }
  return played;
}

}  // namespace

TEST_CASE("each policy plays its share of the episodes, spread evenly", "[dataset]") {
  // Largest remainders by hand: 10 episodes in 1 : 1 : 1 are 4, 3, 3; 7 in 0.5 : 0.3 : 0.2 are
  // 3.5, 2.1, 1.4, so 4, 2, 1.
  CHECK(Mixture({1, 1, 1}, 10).EpisodeCounts() == std::vector<int64_t>{4, 3, 3});
  CHECK(Mixture({0.5, 0.3, 0.2}, 7).EpisodeCounts() == std::vector<int64_t>{4, 2, 1});
  CHECK(Mixture({0.5, 0.3, 0.2}, 1000).EpisodeCounts() == std::vector<int64_t>{500, 300, 200});
  CHECK(Mixture({1, 1000}, 3).EpisodeCounts() == std::vector<int64_t>{0, 3});
  for (const auto& fractions : std::vector<std::vector<double>>{
           {1}, {1, 1}, {0.5, 0.3, 0.2}, {1, 99}, {3, 1, 1, 1, 7, 2, 2}}) {
    for (int64_t episodes : {1, 2, 13, 100, 257}) {
      const Plan plan = Mixture(fractions, episodes);
      CHECK(CountsPlayed(plan, 0, episodes) == plan.EpisodeCounts());
    }
  }
  // Any stretch holds each share to within two episodes.
  const Plan plan = Mixture({0.5, 0.3, 0.2}, 1000);
  for (int64_t begin : {0, 7, 400, 900}) {
    const std::vector<int64_t> counts = CountsPlayed(plan, begin, begin + 100);
    for (int policy : {0, 1, 2})
      CHECK(std::abs(counts[policy] - (policy == 0 ? 50 : policy == 1 ? 30 : 20)) <= 2);
  }
  Plan blocked = plan;
  blocked.in_order = true;
  CHECK(CountsPlayed(blocked, 0, 500) == std::vector<int64_t>{500, 0, 0});
  CHECK(CountsPlayed(blocked, 500, 800) == std::vector<int64_t>{0, 300, 0});
}

TEST_CASE("paired episodes start alike and are played by each policy", "[dataset]") {
  Plan plan = Mixture({1, 1, 1}, 12);
  plan.paired = true;
  plan.Resolve();
  for (int64_t i = 0; i < 12; ++i) {
    CHECK(plan.PolicyOf(i) == i % 3);
    CHECK(plan.EpisodeSeed(i) == plan.EpisodeSeed(i / 3 * 3));
  }
  CHECK(plan.EpisodeSeed(0) != plan.EpisodeSeed(3));
  plan.episodes = 13;
  CHECK_THROWS_WITH(plan.Resolve(), Contains("multiple of the number of policies"));
  plan = Mixture({1, 2}, 12);
  plan.paired = true;
  CHECK_THROWS_WITH(plan.Resolve(), Contains("equal fractions"));
}

TEST_CASE("paired episodes branch from one state in the middle", "[dataset]") {
  const TemporaryFolder folder;
  Plan plan = {.id = toy::kOscillator,
               .policies = {{.policy = "oscillators"},
                            {.policy = "random"},
                            {.policy = "constant", .options = {{"value", 0.5}}}},
               .paired = true,
               .branch = 12,
               .episodes = 12,
               .seed = 4,
               .state_every = 12,
               .named_state = true};
  const std::string hash = Generate(folder.path, plan, {.episodes_per_shard = 12}).content_hash;
  CHECK(Verify(folder.path, {.replay = true}).ok());
  const TemporaryFolder other;
  CHECK(
      Generate(other.path, plan, {.workers = 3, .rows = 2, .episodes_per_shard = 1}).content_hash ==
      hash);
  const Shard shard = Dataset::Open(folder.path).ReadShard(0);
  const size_t action = shard.schema.Find("action"), who = shard.schema.Find("policy_id");
  for (size_t i = 0; i < shard.episodes.size(); ++i) {
    const Episode& first = shard.episodes[i - i % 3];
    const Episode& episode = shard.episodes[i];
    REQUIRE(episode.length > 12);
    // The full states at the branch are the same, to the bit; the actions before it too.
    REQUIRE(episode.state_steps.at(1) == 12);
    CHECK(std::ranges::equal(episode.state(1), first.state(1)));
    const auto bytes = static_cast<std::ptrdiff_t>(12 * shard.schema.columns[action].field.bytes());
    const ByteVector &a = episode.columns[action], &b = first.columns[action];
    CHECK(std::equal(a.begin(), a.begin() + bytes, b.begin()));
    if (i % 3) CHECK_FALSE(std::equal(a.begin() + bytes, a.begin() + bytes + 4, b.begin() + bytes));
    std::vector<int64_t> ids(episode.length);
    std::memcpy(ids.data(), episode.columns[who].data(), ids.size() * sizeof(int64_t));
    for (int64_t step = 0; step < episode.length; ++step) {
      CHECK(ids[step] == (step < 12 ? 0 : static_cast<int64_t>(i % 3)));
    }
  }
  plan.paired = false;
  CHECK_THROWS_WITH(Generate(folder.path / "x", plan), Contains("branch is 12"));
}

TEST_CASE("fractions are shares, so that equal mixtures are one plan", "[dataset]") {
  CHECK(Mixture({1, 3}, 8).Resolve().Hash() == Mixture({0.25, 0.75}, 8).Resolve().Hash());
  CHECK(Mixture({1, 3}, 8).Resolve().Hash() != Mixture({3, 1}, 8).Resolve().Hash());
  const Plan plan = Mixture({1, 2}, 8).Resolve();
  CHECK(Plan::FromValue(plan.ToValue()).Hash() == plan.Hash());
  CHECK(Plan::FromValue(Value::FromJson(plan.ToValue().ToJson())).Hash() == plan.Hash());
}

TEST_CASE("a mixture is the same for any workers, and records who acted", "[dataset]") {
  Plan plan = {.id = toy::kOscillator, .episodes = 23, .seed = 3, .state_every = 20};
  plan.policies = {{.policy = "random", .fraction = 2},
                   {.policy = "constant", .options = {{"value", 0.3}}, .noise_high = 0.4},
                   {.policy = "oscillators", .noise_low = 0.1, .noise_high = 0.1, .epsilon = 0.25}};
  const TemporaryFolder folder;
  const std::string hash = Generate(folder.path / "one", plan).content_hash;
  for (int workers : {2, 5}) {
    const TemporaryFolder other;
    CHECK(Generate(other.path, plan, {.workers = workers, .rows = 3, .episodes_per_shard = 4})
              .content_hash == hash);
  }
  CHECK(Verify(folder.path / "one", {.replay = true}).ok());

  const Dataset dataset = Dataset::Open(folder.path / "one");
  const Schema& schema = dataset.layout().schema;
  std::vector<int> played(3);
  for (int64_t k = 0; k < dataset.layout().num_shards(); ++k) {
    for (const Episode& episode : dataset.ReadShard(k).episodes) {
      int64_t id = -1;
      double density = 0.0;
      std::memcpy(&id, episode.row(schema, schema.Find("policy_id"), 1).data(), sizeof(id));
      std::memcpy(&density, episode.row(schema, schema.Find("log_probability"), 1).data(),
                  sizeof(density));
      CHECK(id == dataset.layout().plan.PolicyOf(episode.index));
      ++played.at(id);
      CHECK(std::isfinite(density));
      if (id == 0) CHECK(density == Approx(-std::log(2.0)));  // uniform on [-1, 1]
    }
  }
  CHECK(played == std::vector<int>{11, 6, 6});
}

TEST_CASE("noise has the spread it is given, and the density it says", "[dataset]") {
  // The toy's action is in [-1, 1]: half its range is 1.
  const PolicyEntry noisy = {
      .policy = "constant", .options = {{"value", 0.2}}, .noise_low = 0.3, .noise_high = 0.3};
  const Played played = Play(noisy, toy::kOscillator, 11, 4000);
  double sum = 0.0, squares = 0.0;
  for (size_t i = 0; i < played.actions.size(); ++i) {
    const double z = (played.actions[i] - 0.2) / 0.3;
    sum += z;
    squares += z * z;
    CHECK(played.log_probabilities[i] ==
          Approx(-0.5 * z * z - std::log(0.3 * std::sqrt(2.0 * M_PI))));
  }
  // Standard errors of 4000 draws: 0.016 of the mean, 0.022 of the variance; four of them.
  CHECK(std::abs(sum / 4000.0) < 0.064);
  CHECK(std::abs(squares / 4000.0 - 1.0) < 0.09);

  // Correlated noise: the same spread, and neighbours correlate as asked (standard error 0.01).
  PolicyEntry smooth = noisy;
  smooth.noise_correlation = 0.8;
  const Played slow = Play(smooth, toy::kOscillator, 11, 4000);
  double product = 0.0, square = 0.0;
  for (size_t i = 1; i < slow.actions.size(); ++i) {
    product += (slow.actions[i] - 0.2) * (slow.actions[i - 1] - 0.2);
    square += (slow.actions[i] - 0.2) * (slow.actions[i] - 0.2);
    const double mean = 0.2 + 0.8 * (slow.actions[i - 1] - 0.2);
    const double z = (slow.actions[i] - mean) / (0.3 * 0.6);
    CHECK(slow.log_probabilities[i] ==
          Approx(-0.5 * z * z - std::log(0.3 * 0.6 * std::sqrt(2.0 * M_PI))));
  }
  CHECK(product / square == Approx(0.8).margin(0.04));
  CHECK(std::sqrt(square / 4000.0) == Approx(0.3).epsilon(0.15));

  // One action in four at random: a density of two parts.
  PolicyEntry mixed = noisy;
  mixed.epsilon = 0.25;
  const Played both = Play(mixed, toy::kOscillator, 11, 2000);
  int same = 0;
  for (size_t i = 0; i < both.actions.size(); ++i) {
    const double z = (both.actions[i] - 0.2) / 0.3;
    const double normal = std::exp(-0.5 * z * z) / (0.3 * std::sqrt(2.0 * M_PI));
    CHECK(both.log_probabilities[i] == Approx(std::log(0.25 * 0.5 + 0.75 * normal)));
    same += both.actions[i] == played.actions[i];
  }
  CHECK(std::abs(same - 1500) < 80);  // four standard deviations of a binomial count

  // Deterministic on a continuum: no density. Levels of an episode are drawn from a range.
  const PolicyEntry still = {.policy = "constant", .options = {{"value", 0.2}}};
  CHECK(std::isnan(Play(still, toy::kOscillator, 11, 1).log_probabilities[0]));
  PolicyEntry spread = noisy;
  spread.noise_low = 0.0;
  CHECK(Play(spread, toy::kOscillator, 1, 3).actions !=
        Play(spread, toy::kOscillator, 2, 3).actions);
}

TEST_CASE("discrete actions have probabilities", "[dataset]") {
  const int choices = ResolveSpec(toy::kCounter).action.choices.at(0);
  const PolicyEntry still = {.policy = "constant", .options = {{"value", 1}}};
  CHECK(Play(still, toy::kCounter, 3, 1).log_probabilities[0] == 0.0);
  CHECK(Play({}, toy::kCounter, 3, 1).log_probabilities[0] == Approx(-std::log(choices)));
  PolicyEntry greedy = still;
  greedy.epsilon = 0.3;
  const Played played = Play(greedy, toy::kCounter, 3, 5);
  for (size_t i = 0; i < played.actions.size(); ++i) {
    const double other = 0.3 / choices;
    CHECK(played.log_probabilities[i] ==
          Approx(std::log(played.actions[i] == 1.0 ? 0.7 + other : other)));
  }
  Plan plan = {.id = toy::kCounter, .policies = {still}, .episodes = 1};
  plan.policies[0].noise_high = 0.1;
  CHECK_THROWS_WITH(plan.Resolve(), Contains("noise is for continuous actions"));
}

TEST_CASE("oscillators stay within bounds and repeat with their seed", "[dataset]") {
  const PolicyEntry sines = {.policy = "oscillators", .options = {{"amplitude", 0.5}}};
  const Played one = Play(sines, toy::kOscillator, 4, 200);
  CHECK(one.actions == Play(sines, toy::kOscillator, 4, 200).actions);
  CHECK(one.actions != Play(sines, toy::kOscillator, 5, 200).actions);
  double most = 0.0;
  for (double action : one.actions) most = std::max(most, std::abs(action));
  CHECK(most <= 0.5);
  CHECK(most > 0.1);
}

TEST_CASE("transitions are counted in the order of episodes", "[dataset]") {
  // Counters end at different lengths.
  Plan plan = {.id = toy::kCounter, .transitions = 300, .seed = 5};
  plan.policies = {{.policy = "random"},
                   {.policy = "constant", .options = {{"value", 0}}, .epsilon = 0.3}};
  const Plan counted = CountEpisodes(plan, {.workers = 2, .rows = 3});
  CHECK(counted.Hash() == plan.Resolve().Hash());
  const std::vector<Outcome> outcomes = Measure(counted);
  REQUIRE(static_cast<int64_t>(outcomes.size()) == counted.episodes);
  int64_t steps = 0;
  for (const Outcome& outcome : outcomes) steps += outcome.length;
  CHECK(steps >= 300);
  CHECK(steps - outcomes.back().length < 300);  // one fewer would not do

  const TemporaryFolder folder;
  const Totals totals = Generate(folder.path / "one", plan, {.workers = 3});
  CHECK(totals.episodes == counted.episodes);
  CHECK(totals.steps == steps);
  const TemporaryFolder other;
  CHECK(Generate(other.path, plan, {.rows = 2, .episodes_per_shard = 3}).content_hash ==
        totals.content_hash);
  // A run that goes on need not count again, and another number is another plan.
  CHECK(Generate(other.path, plan).content_hash == totals.content_hash);
  Plan more = plan;
  more.transitions = 301;
  CHECK_THROWS_WITH(Generate(other.path, more), Contains("transitions is 300 there and 301 here"));
  CHECK(Verify(other.path, {.replay = true}).ok());
  plan.in_order = true;
  CHECK_THROWS_WITH(plan.Resolve(), Contains("episodes are needed"));
}

TEST_CASE("bad policies are refused with the key and what is allowed", "[dataset]") {
  const auto refused = [](Value policies, const char* text, const char* id = toy::kOscillator) {
    CHECK_THROWS_WITH(
        Plan::FromValue(Dict{{"id", id}, {"episodes", 4}, {"policies", policies}}).Resolve(),
        Contains(text));
  };
  refused(List{Dict{{"policy", "random"}, {"nosie", 0.1}}}, "policies[0]: ");
  refused(List{Dict{{"policy", "random"}, {"nosie", 0.1}}}, "noise");
  refused(List{"random", Dict{{"options", Dict{}}}}, "policies[1]: 'policy' is missing");
  refused(List{Dict{{"policy", "random"}, {"fraction", 0}}}, "policies[0].fraction");
  refused(List{Dict{{"policy", "random"}, {"epsilon", 1.5}}}, "[0, 1]");
  refused(List{Dict{{"policy", "random"}, {"noise", List{0.5, 0.1}}}}, "policies[0].noise");
  refused(List{Dict{{"policy", "random"}, {"noise_correlation", 1.0}}}, "[0, 1)");
  refused(List{}, "policies");
  refused(List{3}, "policies[0] is 3");
  refused(List{"oscilators"}, "oscillators");
  refused(List{Dict{{"policy", "constant"}}}, "'value' is missing");
  refused(List{Dict{{"policy", "constant"}, {"options", Dict{{"value", 7}}}}}, "no action",
          toy::kCounter);
  refused(List{Dict{{"policy", "constant"}, {"options", Dict{{"value", List{1, 2, 3}}}}}},
          "3 numbers");
  refused(List{Dict{{"policy", "oscillators"}, {"options", Dict{{"slowest", 2}, {"fastest", 1}}}}},
          "above fastest");
  CHECK_THROWS_WITH(Plan::FromValue(Dict{{"id", "x"}, {"episodes", 4}, {"sede", 4}}),
                    Contains("seed"));
  CHECK_THROWS_WITH(Plan::FromValue(Dict{{"id", "x"}, {"episodes", 4}, {"order", "spraed"}}),
                    Contains("plan.order") && Contains("spread"));
}

}  // namespace flyball::dataset
