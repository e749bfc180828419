#include "envs/core/vector_env.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>

#include "physics/numeric/error.h"
#include "tests/envs/core/toy.h"

namespace flyball {
namespace {

// Every output of a row over some steps under actions that depend on seed and step alone.
struct Course {
  std::vector<float> observation;
  std::vector<double> reward;
  std::vector<uint8_t> ended;
  bool operator==(const Course&) const = default;
};

void FillActions(VectorEnv& env) {
  const size_t size = env.spec().action_size();
  for (int row = 0; row < env.num_envs(); ++row) {
    const RowClock& clock = env.clocks()[row];
    for (size_t i = 0; i < size; ++i) {
      const double phase = 0.37 * clock.step + static_cast<double>(clock.seed % 97) + 0.1 * i;
      env.columns().action.as<float>()[row * size + i] = static_cast<float>(std::sin(phase));
    }
  }
}

void Record(const VectorEnv& env, int row, Course& trace) {
  const size_t size = env.spec().observation_size();
  const float* observation = env.columns().observation[0].as<float>() + row * size;
  trace.observation.insert(trace.observation.end(), observation, observation + size);
  trace.reward.push_back(env.columns().reward.as<double>()[row]);
  trace.ended.push_back(env.columns().ended.as<uint8_t>()[row]);
}

std::vector<Course> Run(const Options& options, const VectorEnvSettings& settings, uint64_t seed,
                        int steps) {
  auto env = VectorEnv::Make(toy::kOscillator, options, settings);
  env->Reset(std::vector<uint64_t>{seed});
  std::vector<Course> traces(settings.num_envs);
  for (int row = 0; row < settings.num_envs; ++row) Record(*env, row, traces[row]);
  for (int k = 0; k < steps; ++k) {
    FillActions(*env);
    env->Step();
    for (int row = 0; row < settings.num_envs; ++row) Record(*env, row, traces[row]);
  }
  return traces;
}

void Act(VectorEnv& env, int64_t action) {
  std::fill_n(env.columns().action.as<int64_t>(), env.num_envs(), action);
  env.Step();
}

}  // namespace

TEST_CASE("row i of seed s is a single environment of seed s + i, whatever threads and rows",
          "[core][threads]") {
  const Options options = GENERATE(Options{}, Options{{"num_agents", 3}, {"coupling", 2.0}});
  const int steps = 120;  // two time limits: autoreset is part of the promise
  const std::vector<Course> all = Run(options, {.num_envs = 37}, 5, steps);
  for (int row : {0, 1, 17, 36}) {
    CHECK(Run(options, {.num_envs = 1}, 5 + row, steps)[0] == all[row]);
  }
  for (int threads : {2, 3}) {
    CHECK(Run(options, {.num_envs = 37, .threads = threads}, 5, steps) == all);
  }
  CHECK(Run(options, {.num_envs = 7}, 5, steps)[6] == all[6]);
}

TEST_CASE("groups sent and received give what Step gives", "[core][threads]") {
  auto whole = VectorEnv::Make(toy::kOscillator, {}, {.num_envs = 40});
  auto parts = VectorEnv::Make(toy::kOscillator, {}, {.num_envs = 40, .threads = 3, .groups = 2});
  for (VectorEnv* env : {whole.get(), parts.get()}) env->Reset(std::vector<uint64_t>{1});
  for (int k = 0; k < 60; ++k) {
    FillActions(*whole);
    FillActions(*parts);
    whole->Step();
    parts->Send(0);
    parts->Send(1);
    parts->Recv(0);
    parts->Recv(1);
    const Column& a = whole->columns().observation[0];
    REQUIRE(std::memcmp(a.row(0), parts->columns().observation[0].row(0), 40 * a.row_bytes()) == 0);
  }
  CHECK_THROWS_AS(parts->Send(2), InputError);
}

TEST_CASE("a group is received once for each time it was sent, and nothing else is done meanwhile",
          "[core][tsan]") {
  for (const int threads : {1, 3}) {
    auto env = VectorEnv::Make(toy::kOscillator, {},
                               {.num_envs = 40, .threads = threads, .groups = 2, .seed = 1});
    env->Reset();
    FillActions(*env);
    const Snapshot saved = env->Save(0);
    CHECK_THROWS_AS(env->Recv(0), InputError);
    env->Send(1);
    CHECK_THROWS_AS(env->Send(1), InputError);
    CHECK_THROWS_AS(env->Recv(0), InputError);
    CHECK_THROWS_AS(env->Step(), InputError);
    CHECK_THROWS_AS(env->Reset(), InputError);
    CHECK_THROWS_AS(env->Save(0), InputError);
    CHECK_THROWS_AS(env->Load(0, saved), InputError);
    env->Recv(1);
    CHECK(env->Save(0) == saved);
    env->Step();
  }
}

TEST_CASE("reset without a seed goes on and never repeats", "[core]") {
  auto env = VectorEnv::Make(toy::kOscillator, {{"noise", 0.0}}, {.num_envs = 2});
  env->Reset(std::vector<uint64_t>{3});
  std::vector<float> starts;
  for (int k = 0; k < 5; ++k) {
    starts.push_back(env->columns().observation[0].as<float>()[0]);
    env->Reset();
  }
  std::sort(starts.begin(), starts.end());
  CHECK(std::adjacent_find(starts.begin(), starts.end()) == starts.end());
}

TEST_CASE("autoreset on the next step ignores the action and gives no reward", "[core]") {
  auto env = VectorEnv::Make(toy::kCounter, {}, {.num_envs = 1});
  env->Reset(std::vector<uint64_t>{0}, {}, {{"count", {18}}});
  Act(*env, 0);
  CHECK_FALSE(env->columns().ended.as<uint8_t>()[0]);
  Act(*env, 0);
  CHECK(env->columns().terminated.as<uint8_t>()[0]);
  CHECK(env->columns().observation[0].as<float>()[0] == 20);
  CHECK(env->columns().episode_return.as<double>()[0] == 2);
  Act(*env, 0);
  CHECK(env->columns().reward.as<double>()[0] == 0);
  CHECK_FALSE(env->columns().ended.as<uint8_t>()[0]);
  CHECK(env->columns().observation[0].as<float>()[0] < 10);
  CHECK(env->clocks()[0].episode == 1);
}

TEST_CASE("autoreset in the same step keeps the final observation", "[core]") {
  auto env = VectorEnv::Make(toy::kCounter, {}, {.num_envs = 1, .autoreset = Autoreset::kSameStep});
  env->Reset(std::vector<uint64_t>{0}, {}, {{"count", {19}}});
  Act(*env, 0);
  CHECK(env->columns().terminated.as<uint8_t>()[0]);
  CHECK(env->columns().reward.as<double>()[0] == 1);
  CHECK(env->columns().agent_reward.as<double>()[0] == 1);
  CHECK(env->columns().agent_terminated.as<uint8_t>()[0]);
  CHECK(env->columns().final_observation[0].as<float>()[0] == 20);
  CHECK(env->columns().observation[0].as<float>()[0] < 10);
}

TEST_CASE("without autoreset a mask resets rows", "[core]") {
  auto env = VectorEnv::Make(toy::kCounter, {}, {.num_envs = 3, .autoreset = Autoreset::kDisabled});
  env->Reset(std::vector<uint64_t>{0}, {}, {{"count", {1, 2, 3}}});
  Act(*env, 0);
  env->Reset({}, std::vector<uint8_t>{0, 1, 0}, {{"count", {7}}});
  const float* count = env->columns().observation[0].as<float>();
  CHECK(count[0] == 2);
  CHECK(count[1] == 7);
  CHECK(count[2] == 4);
}

TEST_CASE("the time limit truncates, and can be left to somebody else", "[core]") {
  for (const bool counts : {true, false}) {
    auto env = VectorEnv::Make(toy::kOscillator, {}, {.num_envs = 20, .time_limit = counts});
    env->Reset(std::vector<uint64_t>{0}, {}, {{"position", {0.01}}});
    for (int k = 0; k < 50; ++k) env->Step();
    for (int row = 0; row < 20; ++row) {
      CHECK(bool(env->columns().truncated.as<uint8_t>()[row]) == counts);
    }
  }
}

TEST_CASE("a row that fails is rolled back, reported and reset; the others do not notice",
          "[core]") {
  auto env = VectorEnv::Make(toy::kCounter, {}, {.num_envs = 1000});
  env->Reset(std::vector<uint64_t>{0}, {}, {{"count", {3}}});
  const int64_t action = GENERATE(1, 2);
  const RowStatus expected = action == 1 ? RowStatus::kEngineError : RowStatus::kDiverged;
  env->columns().action.as<int64_t>()[123] = action;
  env->Step();
  double count = 0;
  for (int row = 0; row < 1000; ++row) {
    env->ReadState(row, {&count, 1});
    const bool failed = row == 123;
    REQUIRE(env->status()[row] == (failed ? expected : RowStatus::kOk));
    REQUIRE(count == (failed ? 3 : 4));
    REQUIRE(bool(env->columns().truncated.as<uint8_t>()[row]) == failed);
    REQUIRE(env->columns().observation[0].as<float>()[row] == (failed ? 3 : 4));
    REQUIRE(env->columns().reward.as<double>()[row] == (failed ? 0 : 1));
  }
  env->columns().action.as<int64_t>()[123] = 0;
  env->Step();
  CHECK(env->clocks()[123].episode == 1);
  CHECK(env->status()[123] == RowStatus::kOk);
}

TEST_CASE("a kernel row that diverges harms no other", "[core]") {
  auto env = VectorEnv::Make(toy::kOscillator, {{"noise", 0.0}}, {.num_envs = 33});
  std::vector<double> start(33, 0.5);
  start[20] = 1e308;  // its spring's force overflows
  env->Reset(std::vector<uint64_t>{0}, {}, {{"position", start}});
  env->Step();
  for (int row = 0; row < 33; ++row) {
    CHECK(env->status()[row] == (row == 20 ? RowStatus::kDiverged : RowStatus::kOk));
    CHECK(std::isfinite(env->columns().reward.as<double>()[row]));
  }
}

TEST_CASE("what is wrong with an input is said, and nothing changes", "[core]") {
  using Catch::Contains;
  CHECK_THROWS_WITH(VectorEnv::Make("ToyOscilator-v0"),
                    Contains("did you mean 'ToyOscillator-v0'"));
  CHECK_THROWS_WITH(VectorEnv::Make(toy::kOscillator, {{"nois", 1.0}}),
                    Contains("option 'nois'") && Contains("did you mean 'noise'"));
  CHECK_THROWS_WITH(VectorEnv::Make(toy::kOscillator, {{"noise", -1.0}}),
                    Contains("'noise'") && Contains("-1.0") && Contains("[0.0, Infinity]"));
  CHECK_THROWS_WITH(VectorEnv::Make(toy::kOscillator, {{"noise", "much"}}),
                    Contains("a number expected"));
  CHECK_THROWS_WITH(VectorEnv::Make(toy::kOscillator, {{"dtype", "float23"}}),
                    Contains("'float32'"));
  CHECK_THROWS_WITH(VectorEnv::Make(toy::kCounter, {}, {.num_envs = 0}), Contains("num_envs is 0"));

  auto env = VectorEnv::Make(toy::kOscillator, {}, {.num_envs = 2});
  CHECK_THROWS_WITH(env->Step(), Contains("before the first reset"));
  env->Reset(std::vector<uint64_t>{0});
  const Snapshot before = env->Save(1);
  env->columns().action.as<float>()[1] = std::nanf("");
  CHECK_THROWS_WITH(env->Step(), Contains("row 1") && Contains("component 0 is NaN"));
  CHECK_THROWS_WITH(env->Reset({}, {}, {{"positio", {1.0}}}), Contains("did you mean 'position'"));
  CHECK_THROWS_WITH(env->Reset({}, {}, {{"position", {1.0, 2.0, 3.0}}}), Contains("has 3 numbers"));
  CHECK_THROWS_WITH(env->Reset({}, {}, {{"position", {INFINITY}}}), Contains("Infinity"));
  CHECK_THROWS_WITH(env->Reset(std::vector<uint64_t>{1, 2, 3}), Contains("3 seeds"));
  CHECK(env->Save(1) == before);

  // Refused by the plant, for the second row: the first is as it was too.
  auto counter = VectorEnv::Make(toy::kCounter, {}, {.num_envs = 2});
  counter->Reset(std::vector<uint64_t>{0});
  const Snapshot first = counter->Save(0);
  CHECK_THROWS_WITH(counter->Reset({}, {}, {{"count", {5, -1}}}), Contains("negative"));
  CHECK(counter->Save(0) == first);
  counter->columns().action.as<int64_t>()[0] = 3;
  CHECK_THROWS_WITH(counter->Step(), Contains("component 0 is 3; 0 to 2"));
}

TEST_CASE("a restored row goes on bit for bit", "[core]") {
  const Options options = GENERATE(Options{}, Options{{"num_agents", 3}, {"coupling", 2.0}});
  auto env = VectorEnv::Make(toy::kOscillator, options, {.num_envs = 20});
  env->Reset(std::vector<uint64_t>{9});
  for (int k = 0; k < 33; ++k) {
    FillActions(*env);
    env->Step();
  }
  const Snapshot snapshot = env->Save(19);
  auto other = VectorEnv::Make(toy::kOscillator, options, {.num_envs = 1});
  other->Load(0, snapshot);  // never reset: the snapshot is all it needs
  CHECK(other->Save(0) == snapshot);
  for (int k = 0; k < 60; ++k) {
    FillActions(*env);
    FillActions(*other);
    env->Step();
    other->Step();
    REQUIRE(env->Save(19) == other->Save(0));
  }
}

TEST_CASE("snapshots of something else, or damaged, are refused", "[core]") {
  using Catch::Contains;
  auto env = VectorEnv::Make(toy::kOscillator, {}, {.num_envs = 1});
  env->Reset(std::vector<uint64_t>{0});
  const Snapshot good = env->Save(0);
  auto counter = VectorEnv::Make(toy::kCounter);
  CHECK_THROWS_WITH(counter->Load(0, good),
                    Contains("ToyOscillator-v0") && Contains("ToyCounter-v0"));
  auto other = VectorEnv::Make(toy::kOscillator, {{"noise", 0.5}});
  CHECK_THROWS_WITH(other->Load(0, good),
                    Contains("option 'noise' is 0.1 in the snapshot and 0.5 here"));
  for (size_t at = 0; at < good.size(); at += 7) {
    Snapshot bad = good;
    bad[at] ^= std::byte{0x10};
    REQUIRE_THROWS_AS(env->Load(0, bad), DataError);
  }
  for (size_t size = 0; size < good.size(); size += 11) {
    REQUIRE_THROWS_AS(env->Load(0, std::span(good).first(size)), DataError);
  }
  CHECK(env->Save(0) == good);
}

}  // namespace flyball
