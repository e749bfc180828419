#include "envs/dataset/generate.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <thread>

#include "envs/dataset/shard_maker.h"
#include "envs/dataset/verify.h"
#include "physics/numeric/error.h"
#include "physics/numeric/random.h"
#include "tests/envs/core/toy.h"
#include "tests/envs/dataset/temporary_folder.h"

namespace flyball::dataset {
namespace {

using Catch::Contains;
namespace fs = std::filesystem;

// Counters end at different lengths, by the task and by the time limit, raise and diverge.
Plan CounterPlan(int64_t episodes = 37) {
  return {.id = toy::kCounter, .episodes = episodes, .seed = 5, .state_every = 4};
}

// Random actions of which one in twenty makes the counter fail.
PolicyFactory MostlyCounting(int delay_us = 0) {
  return [delay_us](const PolicyEntry&, const EnvSpec&, int) {
    return [=](const VectorEnv& env, std::span<const uint8_t> active, std::span<double> actions,
               std::span<double>) {
      if (delay_us) usleep(delay_us);
      for (int row = 0; row < env.num_envs(); ++row) {
        const RowClock& clock = env.clocks()[row];
        const uint64_t key[] = {clock.step};
        if (!active[row]) continue;
        const int64_t draw = Rng(SeedSequence(clock.seed, key)).Integers(0, 40);
        actions[row] = draw < 3 ? static_cast<double>(draw) : 0.0;
      }
    };
  };
}

std::string HashOfRun(const Plan& plan, const GenerateSettings& settings) {
  const TemporaryFolder folder;
  return Generate(folder.path, plan, settings).content_hash;
}

}  // namespace

TEST_CASE("the content hash depends on the plan alone", "[dataset][threads]") {
  for (const Plan& plan : {CounterPlan(), Plan{.id = toy::kOscillator, .episodes = 30, .seed = 5},
                           Plan{.id = toy::kOscillator,
                           .options = {{"num_agents", 3}, {"coupling", 2.0}},
                           .episodes = 9,
                           .seed = 5,
                           .state_every = 0}}) {
    const std::string hash = HashOfRun(plan, {});
    for (int workers : {1, 2, 5}) {
      CHECK(HashOfRun(plan, {.workers = workers, .rows = 3}) == hash);
      CHECK(HashOfRun(plan, {.workers = workers, .rows = 7, .episodes_per_shard = 4}) == hash);
    }
    CHECK(HashOfRun(plan, {.rows = 1, .episodes_per_shard = 1000}) == hash);
    Plan other = plan;
    other.seed = 6;
    CHECK(HashOfRun(other, {}) != hash);
  }
}

TEST_CASE("shards made by themselves are the files of a run", "[dataset]") {
  const TemporaryFolder folder;
  for (const int level : {0, 1, 19}) {
    const fs::path run = folder.path / std::to_string(level), gathered = run.string() + "-gathered";
    const GenerateSettings settings = {.episodes_per_shard = 5, .level = level};
    const Totals totals = Generate(run, CounterPlan(), settings);
    CHECK(totals.content_hash == HashOfRun(CounterPlan(), {}));
    const Layout layout = LayoutOf(gathered, CounterPlan(), settings);
    ShardMaker maker(layout, settings);
    CHECK(maker.Probe() == ShardMaker(layout, settings).Probe());
    Writer writer(gathered, layout);
    for (const int64_t shard : {7, 0, 3, 1, 2, 4, 5, 6}) {
      const ByteVector bytes = maker.Make(shard);
      CHECK(bytes == ReadWhole(run / ShardName(shard)));
      CHECK_THROWS_AS(writer.Adopt((shard + 1) % 7, bytes), DataError);
      ByteVector damaged = bytes;
      damaged.back() ^= std::byte{1};
      CHECK_THROWS_AS(writer.Adopt(shard, damaged), DataError);
      writer.Adopt(shard, bytes);
    }
    CHECK(writer.Sum().content_hash == totals.content_hash);
    CHECK(ReadWhole(gathered / "plan.json") == ReadWhole(run / "plan.json"));
  }
  CHECK_THROWS_WITH(Generate(folder.path / "x", CounterPlan(), {.level = 20}),
                    Contains("level is 20; 0 (not compressed)"));
  CHECK_FALSE(fs::exists(folder.path / "x"));
}

TEST_CASE("an episode is what a single environment does with its seed", "[dataset]") {
  const TemporaryFolder folder;
  const Plan plan = {.id = toy::kOscillator, .episodes = 11, .seed = 3, .state_every = 20};
  Generate(folder.path, plan, {.workers = 2, .episodes_per_shard = 3});
  const Dataset dataset = Dataset::Open(folder.path);
  const Schema& schema = dataset.layout().schema;
  const Shard shard = dataset.ReadShard(1);
  const Episode& episode = shard.episodes.at(1);
  REQUIRE(episode.index == 4);
  REQUIRE(episode.seed == SpawnSeeds(3, 5)[4]);
  CHECK(episode.state_steps == std::vector<int64_t>{0, 20, 40, 50});

  auto env = VectorEnv::Make(toy::kOscillator, {}, {.autoreset = Autoreset::kDisabled});
  env->Reset(std::vector<uint64_t>{episode.seed});
  const auto policy = MakeRandomPolicy(env->spec());
  const auto equal = [&](const char* name, int64_t row, const Column& column) {
    const auto stored = episode.row(schema, schema.Find(name), row);
    return std::memcmp(stored.data(), column.row(0), column.row_bytes()) == 0;
  };
  for (int step = 0; step < 50; ++step) {
    REQUIRE(equal("observation/observation", step, env->columns().observation[0]));
    double action = 0.0;
    policy->Act(0, {.seed = episode.seed, .step = static_cast<uint32_t>(step)}, {&action, 1});
    env->columns().action.WriteRow(0, {&action, 1});
    REQUIRE(equal("action", step, env->columns().action));
    env->Step();
    REQUIRE(equal("reward", step, env->columns().reward));
    REQUIRE(equal("info/steps", step + 1, env->columns().info[0]));
  }
  CHECK(equal("observation/observation", 50, env->columns().observation[0]));
  CHECK(episode.length == 50);
  CHECK(episode.columns[schema.Find("truncated")][49] == std::byte{1});
  CHECK(episode.columns[schema.Find("end_reason")][49] == std::byte{2});
}

TEST_CASE("reasons of ends are told apart, and flags are exclusive", "[dataset]") {
  const TemporaryFolder folder;
  Generate(folder.path, CounterPlan(200), {.policy = MostlyCounting()});
  const Dataset dataset = Dataset::Open(folder.path);
  const Schema& schema = dataset.layout().schema;
  std::vector<int> seen(6);
  for (int64_t k = 0; k < dataset.layout().num_shards(); ++k) {
    for (const Episode& episode : dataset.ReadShard(k).episodes) {
      const int64_t last = episode.length - 1;
      const int reason = std::to_integer<int>(episode.columns[schema.Find("end_reason")][last]);
      ++seen.at(reason);
      CHECK((episode.columns[schema.Find("terminated")][last] == std::byte{1}) == (reason == 1));
      CHECK((episode.columns[schema.Find("truncated")][last] == std::byte{1}) == (reason > 1));
    }
  }
  // The toy has no rule of its own that cuts (3).
  CHECK(seen[0] == 0);
  for (int reason : {1, 2, 4, 5}) CHECK(seen[reason] > 0);
  CHECK(Verify(folder.path, {.replay = true}).ok());
}

TEST_CASE("killed at ten moments, the dataset comes out the same", "[dataset][kill]") {
  const Plan plan = CounterPlan(400);
  const std::string hash = HashOfRun(plan, {.policy = MostlyCounting()});
  const TemporaryFolder folder;
  // About 15 ms for the episodes of the rows at once, so kills fall into the middle of the work.
  const GenerateSettings slow = {
      .workers = 2, .rows = 8, .episodes_per_shard = 5, .policy = MostlyCounting(1000)};
  int killed = 0;
  for (int delay_ms : {3, 10, 21, 34, 48, 29, 17, 8, 40, 25}) {
    const pid_t child = fork();
    if (child == 0) {
      try {
        Generate(folder.path / "data", plan, slow);
      } catch (...) {
        _exit(3);
      }
      _exit(0);
    }
    usleep(delay_ms * 1000);
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    killed += WIFSIGNALED(status);
    CHECK_FALSE((WIFEXITED(status) && WEXITSTATUS(status) == 3));
  }
  CHECK(killed == 10);
  CHECK(Generate(folder.path / "data", plan, {.policy = MostlyCounting()}).content_hash == hash);
  CHECK(Verify(folder.path / "data", {.replay = true}).ok());
  for (const auto& [name, content] : FilesOf(folder.path / "data"))
    CHECK(fs::path(name).extension() != ".tmp");
}

TEST_CASE("what a killed run leaves is cleared away, nothing else", "[dataset]") {
  const TemporaryFolder folder;
  const GenerateSettings settings = {.episodes_per_shard = 10};
  const std::string hash = Generate(folder.path, CounterPlan(), settings).content_hash;
  const auto whole = FilesOf(folder.path);
  // A torn journal line, a shard without its line, and a half-written one.
  const std::string journal = whole.at("journal");
  const size_t third_line = journal.find('\n', journal.find('\n') + 1) + 1;
  CutFile(folder.path / "journal", third_line + 20);
  AppendWhole(folder.path / "shard-00003.fly.tmp", "half");
  CHECK_FALSE(Verify(folder.path).ok());  // incomplete, and says so
  CHECK(Generate(folder.path, CounterPlan(), settings).content_hash == hash);
  CHECK(FilesOf(folder.path) == whole);
}

TEST_CASE("a full disk loses nothing that was saved", "[dataset]") {
  const TemporaryFolder folder;
  const Plan plan = {.id = toy::kOscillator, .options = {{"num_agents", 20}}, .episodes = 40};
  const std::string hash = HashOfRun(plan, {});
  Generate(folder.path, {.id = toy::kOscillator, .options = {{"num_agents", 20}}, .episodes = 40},
           {.episodes_per_shard = 10});
  const auto whole = FilesOf(folder.path);
  const std::string journal = whole.at("journal");
  CutFile(folder.path / "journal", journal.find('\n') + 1);
  for (int k : {1, 2, 3}) fs::remove(folder.path / ShardName(k));
  const auto before = FilesOf(folder.path);

  // No file may grow beyond half a shard: writes fail in their middle, as on a full disk.
  struct rlimit old;
  getrlimit(RLIMIT_FSIZE, &old);
  const auto old_action = signal(SIGXFSZ, SIG_IGN);
  const struct rlimit small = {whole.at(ShardName(0)).size() / 2, old.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  std::string message;
  try {
    Generate(folder.path, plan, {.workers = 2});
  } catch (const DataError& error) {
    message = error.what();
  }
  setrlimit(RLIMIT_FSIZE, &old);
  signal(SIGXFSZ, old_action);
  CHECK_THAT(message, Contains("cannot write") && Contains("File too large"));
  CHECK(FilesOf(folder.path) == before);
  CHECK(Generate(folder.path, plan, {}).content_hash == hash);
}

TEST_CASE("a folder of another plan or of something else is left alone", "[dataset]") {
  const TemporaryFolder folder;
  Generate(folder.path / "a", CounterPlan());
  const auto before = FilesOf(folder.path / "a");
  Plan other = CounterPlan();
  other.seed = 99;
  CHECK_THROWS_WITH(Generate(folder.path / "a", other),
                    Contains("another plan") && Contains("seed is 5 there and 99 here"));
  CHECK(FilesOf(folder.path / "a") == before);

  fs::create_directories(folder.path / "b");
  AppendWhole(folder.path / "b" / "thesis.tex", "words");
  CHECK_THROWS_WITH(Generate(folder.path / "b", other), Contains("thesis.tex"));
  CHECK_THROWS_AS(Generate(folder.path / "b" / "thesis.tex", other), DataError);
  CHECK_FALSE(fs::exists(folder.path / "b" / "lock"));
  CHECK_THROWS_WITH(Dataset::Open(folder.path / "b"), Contains("holds no dataset"));

  const FolderLock lock(folder.path / "a");
  CHECK_THROWS_WITH(Generate(folder.path / "a", CounterPlan()), Contains("written by another run"));
}

TEST_CASE("bad plans are refused before anything is written", "[dataset]") {
  const TemporaryFolder folder;
  const fs::path path = folder.path / "data";
  const auto refused = [&](const Plan& plan, const char* text, GenerateSettings settings = {}) {
    CHECK_THROWS_WITH(Generate(path, plan, settings), Contains(text));
    CHECK_FALSE(fs::exists(path));
  };
  refused({.id = "ToyConuter-v0", .episodes = 1}, "ToyCounter-v0");
  refused({.id = toy::kCounter, .options = {{"dtpye", "float64"}}, .episodes = 1}, "dtype");
  refused({.id = toy::kCounter, .policies = {{.policy = "randon"}}, .episodes = 1}, "random");
  refused({.id = toy::kCounter, .policies = {{.policy = "module:function"}}, .episodes = 1},
          "Python");
  refused({.id = toy::kCounter, .episodes = 0}, "episodes");
  refused({.id = toy::kCounter, .episodes = 1, .seed = ~uint64_t{0}}, "seed");
  refused({.id = toy::kCounter, .episodes = 1, .state_every = -1}, "state_every");
  refused({.id = toy::kCounter, .episodes = 1}, "workers", {.workers = -1});
}

TEST_CASE("a failure in a worker or a watcher ends the run, and what is done stays", "[dataset]") {
  const TemporaryFolder folder;
  std::atomic<int> calls = 0;
  const PolicyFactory failing = [&](const PolicyEntry&, const EnvSpec&, int) {
    return [&](const VectorEnv&, std::span<const uint8_t>, std::span<double> actions,
               std::span<double>) {
      std::fill(actions.begin(), actions.end(), ++calls < 60 ? 0.0 : 7.0);  // 7 is no choice
    };
  };
  CHECK_THROWS_AS(Generate(folder.path, CounterPlan(), {.rows = 1, .policy = failing}), InputError);
  CHECK(Dataset::Open(folder.path).journal().size() > 0);
  // Who would make other episodes than those that are there does not go on.
  CHECK_THROWS_WITH(Generate(folder.path, CounterPlan()),
                    Contains("episode 0 is not what this build makes on this machine"));
  const TemporaryFolder another;
  const Progress stop = [](int64_t, int64_t, int64_t) { throw InputError("enough"); };
  CHECK_THROWS_WITH(Generate(another.path, CounterPlan(), {.progress = stop}), "enough");
}

}  // namespace flyball::dataset
