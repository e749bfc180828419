// What every registered id promises, on each of its engines and presets: a row of many, on several
// threads, is the single environment of its seed. The thread sanitizer sees every family here.
#include <catch2/catch.hpp>
#include <map>

#include "envs/core/policy.h"
#include "envs/core/vector_env.h"
#include "physics/numeric/error.h"
#include "tests/envs/core/row_state.h"

namespace flyball {
namespace {

constexpr uint64_t kSeed = 11;

// One id of every family, of every number of outputs: a family's ids differ in figures and tasks,
// not in what threads share. The Python tests step all ids alone.
std::vector<std::string> OneIdOfEachLayout() {
  std::map<std::string, std::string> by_layout;
  for (const std::string& id : ListEnvs()) {
    const EnvSpec spec = ResolveSpec(id);
    by_layout.emplace(FindRegistration(id).family + '/' + std::to_string(spec.observation_size()) +
                          '/' + std::to_string(spec.action_size()),
                      id);
  }
  std::vector<std::string> ids;
  for (const auto& [layout, id] : by_layout) ids.push_back(id);
  return ids;
}

// The choices of a text option of an id; of an option that the id does not have, one that says none.
std::vector<std::string> Choices(const std::string& id, std::string_view name) {
  for (const Option& option : FindRegistration(id).options) {
    if (option.name == name && !option.choices.empty()) return option.choices;
  }
  return {""};
}

std::vector<Options> Variants(const std::string& id) {
  std::vector<Options> variants;
  for (const std::string& engine : Choices(id, "engine")) {
    for (const std::string& preset : Choices(id, "preset")) {
      Options options;
      if (!engine.empty()) options["engine"] = engine;
      if (!preset.empty()) options["preset"] = preset;
      try {
        ResolveSpec(id, options);
        variants.push_back(options);
      } catch (const InputError&) {
        REQUIRE(preset != "default");  // a peer's preset may be of one engine only
      }
    }
  }
  return variants;
}

void StepAtRandom(VectorEnv& env, Policy& policy, int steps) {
  std::vector<double> action(env.spec().action_size());
  for (int k = 0; k < steps; ++k) {
    for (int row = 0; row < env.num_envs(); ++row) {
      const RowClock& clock = env.clocks()[row];
      policy.Act(row, {.seed = clock.seed, .step = static_cast<uint32_t>(k)}, action);
      env.columns().action.WriteRow(row, action);
    }
    env.Step();
  }
}

// The state of row `row` of `rows` after some steps.
std::vector<double> Fly(const std::string& id, const Options& options, int rows, int threads,
                        int row) {
  const auto env = VectorEnv::Make(id, options, {.num_envs = rows, .threads = threads});
  const auto policy = MakeRandomPolicy(env->spec());
  policy->Resize(rows);
  const uint64_t seed = rows == 1 ? kSeed + row : kSeed;
  env->Reset({&seed, 1});
  StepAtRandom(*env, *policy, 4);
  return StateOf(*env, rows == 1 ? 0 : row);
}

}  // namespace

TEST_CASE("a row of any environment is the single one of its seed, whatever threads",
          "[every_env][threads]") {
  for (const std::string& id : OneIdOfEachLayout()) {
    for (const Options& options : Variants(id)) {
      CAPTURE(id, Value(options).ToJson());
      CHECK(Fly(id, options, 7, 3, 5) == Fly(id, options, 1, 1, 5));
    }
  }
}

}  // namespace flyball
