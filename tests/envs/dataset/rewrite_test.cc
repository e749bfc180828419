#include "envs/dataset/rewrite.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <numeric>

#include "envs/dataset/verify.h"
#include "physics/numeric/error.h"
#include "tests/envs/core/toy.h"
#include "tests/envs/dataset/temporary_folder.h"

namespace flyball::dataset {
namespace {

using Catch::Contains;
namespace fs = std::filesystem;

const Plan kPlan = {.id = toy::kCounter, .episodes = 37, .seed = 5, .state_every = 4};

std::vector<int64_t> Range(int64_t begin, int64_t end) {
  std::vector<int64_t> numbers(end - begin);
  std::iota(numbers.begin(), numbers.end(), begin);
  return numbers;
}

// Every second shard of a run, as an array of jobs leaves them.
void KeepShards(const fs::path& folder, int remainder) {
  const std::string journal = ReadText(folder / "journal");
  std::string kept;
  for (size_t begin = 0; begin < journal.size();) {
    const size_t end = journal.find('\n', begin) + 1;
    const std::string line = journal.substr(begin, end - begin);
    const Value entry = Value::FromJson(line.substr(33, line.size() - 34));
    const int64_t shard = entry.AsDict().at("shard").AsInteger();
    if (shard % 2 == remainder) kept += line;
    begin = end;
  }
  WriteWhole(folder / "journal", {std::as_bytes(std::span(kept))});
}

}  // namespace

TEST_CASE("parts of an array of jobs merge to the files of a single run", "[dataset][threads]") {
  const TemporaryFolder folder;
  const GenerateSettings settings = {.episodes_per_shard = 4};
  const std::string hash = Generate(folder.path / "whole", kPlan, settings).content_hash;
  std::vector<fs::path> parts;
  for (int part : {0, 1}) {
    parts.push_back(folder.path / std::to_string(part));
    Generate(parts.back(), kPlan, settings);
    KeepShards(parts.back(), part);
  }
  const auto whole = FilesOf(folder.path / "whole");
  for (int workers : {1, 3}) {
    const fs::path merged = folder.path / ("merged" + std::to_string(workers));
    CHECK(Merge(parts, merged, false, {.workers = workers}).content_hash == hash);
    const auto files = FilesOf(merged);
    CHECK(files.size() == whole.size());
    for (const auto& [name, content] : files) {
      if (name != "journal" && name != "plan.json") CHECK(whole.at(name) == content);
    }
    CHECK(Verify(merged, {.replay = true}).ok());
  }
  CHECK_THROWS_WITH(Merge(std::span(parts).first(1), folder.path / "half"),
                    Contains("episode 4 of the plan's 37") && Contains("(20 are)"));
  CHECK(Merge(std::span(parts).first(1), folder.path / "half", true).episodes == 20);
}

TEST_CASE("parts of machines that compute otherwise are not merged", "[dataset]") {
  const TemporaryFolder folder;
  const Plan plan = {
      .id = toy::kOscillator, .policies = {{.policy = "other:machine"}}, .episodes = 6};
  // A policy whose actions tell one machine from the other.
  const auto machine = [](double action) -> PolicyFactory {
    return [action](const PolicyEntry&, const EnvSpec&, int) {
      return [action](const VectorEnv&, std::span<const uint8_t>, std::span<double> actions,
                      std::span<double>) { std::fill(actions.begin(), actions.end(), action); };
    };
  };
  const auto part = [&](const char* name, int64_t number, float action) {
    Generate(folder.path / name, plan,
             {.episodes_per_shard = 1, .policy = machine(action), .part = number, .parts = 2});
    return folder.path / name;
  };
  const std::vector<fs::path> alike = {part("a", 0, 0.1f), part("b", 1, 0.1f)};
  const std::vector<fs::path> apart = {alike[0], part("c", 1, std::nextafter(0.1f, 1.0f))};
  CHECK_THROWS_WITH(Merge(apart, folder.path / "wrong"), Contains("compute otherwise"));
  CHECK_FALSE(fs::exists(folder.path / "wrong"));
  Merge(alike, folder.path / "whole");
  CHECK(Dataset::Open(folder.path / "whole").layout().probe.empty());
  // A part that was begun elsewhere does not go on here.
  fs::remove_all(folder.path / "b");
  part("b", 1, 0.1f);
  CHECK_THROWS_WITH(part("b", 1, 0.2f), Contains("was begun by a build or on a machine"));
}

TEST_CASE("a merge that was cut short goes on", "[dataset]") {
  const TemporaryFolder folder;
  const fs::path source = folder.path / "source", merged = folder.path / "merged";
  const std::string hash = Generate(source, kPlan, {.episodes_per_shard = 2}).content_hash;
  int calls = 0;
  const Progress stop = [&](int64_t episodes, int64_t, int64_t) {
    if (++calls > 0 && episodes > 0) throw InputError("enough");
  };
  const std::vector<fs::path> sources = {source};
  try {
    Merge(sources, merged, false, {.progress = stop});
  } catch (const InputError&) {
  }
  CutFile(merged / "journal", ReadText(merged / "journal").find('\n') + 5);  // and torn
  CHECK(Merge(sources, merged).content_hash == hash);
  CHECK(Verify(merged, {.replay = true}).ok());
}

TEST_CASE("selections keep what they hold, and say what they are", "[dataset]") {
  const TemporaryFolder folder;
  Generate(folder.path / "whole", kPlan, {.episodes_per_shard = 8});
  const std::vector<int64_t> wanted = {30, 3, 4, 5, 3, 17};
  Select(folder.path / "whole", wanted, folder.path / "some", "a rule", {.episodes_per_shard = 4});
  const Dataset some = Dataset::Open(folder.path / "some");
  CHECK(some.layout().selection == std::vector<int64_t>{3, 4, 5, 17, 30});
  CHECK(some.layout().num_episodes() == 5);
  CHECK(some.layout().num_shards() == 2);
  const Dataset whole = Dataset::Open(folder.path / "whole");
  const Shard last = some.ReadShard(1), from = whole.ReadShard(3);
  CHECK(last.episodes.at(0).index == 30);
  CHECK(last.hashes.at(0) == from.hashes.at(6));
  CHECK(last.episodes.at(0).states == from.episodes.at(6).states);
  CHECK(some.layout().history.at(0).AsDict().at("rule") == Value("a rule"));
  CHECK(Verify(folder.path / "some", {.replay = true, .workers = 2}).ok());

  CHECK_THROWS_WITH(Select(folder.path / "some", {6}, folder.path / "new", {}),
                    Contains("holds no episode 6"));
  CHECK_THROWS_AS(Select(folder.path / "some", {}, folder.path / "new", {}), InputError);
  CHECK_THROWS_WITH(Select(folder.path / "some", {3}, folder.path / "some", {}),
                    Contains("another folder"));
  CHECK_THROWS_WITH(Generate(folder.path / "some", kPlan), Contains("made from others"));
}

TEST_CASE("selections that are damaged or do not fit the plan are refused", "[dataset]") {
  const TemporaryFolder folder;
  Generate(folder.path / "whole", kPlan);
  Select(folder.path / "whole", Range(3, 9), folder.path / "some", {});
  const std::string good = ReadText(folder.path / "some" / "plan.json");
  const std::string runs = "\"selection\": [[3, 9]]";
  REQUIRE_THAT(good, Contains(runs));
  for (const char* bad : {"[[3,9],[8,10]]", "[[3,38]]", "[[5,5]]", "[[-1,9]]", "[[3]]", "[3]"}) {
    std::string text = good;
    text.replace(text.find(runs), runs.size(), std::string("\"selection\": ") + bad);
    WriteWhole(folder.path / "some" / "plan.json", {std::as_bytes(std::span(text))});
    CHECK_THROWS_AS(Dataset::Open(folder.path / "some"), DataError);
  }
}

}  // namespace flyball::dataset
