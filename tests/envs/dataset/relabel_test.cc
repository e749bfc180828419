#include "envs/dataset/relabel.h"

#include <catch2/catch.hpp>
#include <cstring>

#include "envs/dataset/verify.h"
#include "physics/numeric/error.h"
#include "tests/envs/core/toy.h"
#include "tests/envs/dataset/temporary_folder.h"

namespace flyball::dataset {
namespace {

using Catch::Contains;

const Plan kPlan = {.id = toy::kOscillator, .episodes = 9, .seed = 3, .state_every = 20};

}  // namespace

TEST_CASE("runs seen with other observations are what the environment shows", "[dataset]") {
  const TemporaryFolder folder;
  Generate(folder.path / "float32", kPlan, {.episodes_per_shard = 2});
  const RelabelSettings settings = {.options = {{"dtype", "float64"}}, .workers = 2};
  const std::string hash =
      Relabel(folder.path / "float32", folder.path / "float64", settings).content_hash;
  Plan plan = kPlan;
  plan.options = {{"dtype", "float64"}};
  CHECK(Generate(folder.path / "made", plan).content_hash == hash);
  CHECK(Verify(folder.path / "float64", {.replay = true}).ok());
  CHECK_THROWS_WITH(Generate(folder.path / "float64", plan), Contains("relabelled"));
  CHECK_THROWS_AS(Relabel(folder.path / "float32", folder.path / "new",
                          {.options = {{"dtpye", "float64"}}, .progress = {}}),
                  InputError);
}

TEST_CASE("an environment that moves otherwise is named with episode and step", "[dataset]") {
  const TemporaryFolder folder;
  Plan plan = kPlan;
  plan.options = {{"num_agents", 3}};
  Generate(folder.path / "apart", plan);
  const RelabelSettings coupled = {.options = {{"coupling", 2.0}}};
  CHECK_THROWS_WITH(Relabel(folder.path / "apart", folder.path / "new", coupled),
                    Contains("episode 0, step ") && Contains("moves otherwise"));
}

TEST_CASE("to a tolerance, episodes start as they are stored, not as the seed has it",
          "[dataset]") {
  // As of a build that makes other starts of the same seeds: another plan's episodes.
  const TemporaryFolder folder;
  Plan plan = kPlan;
  plan.options = {{"noise", 0.0}};  // of the sensor: the new environment draws its own
  Plan other = plan;
  other.seed = 4;
  Generate(folder.path / "ours", plan, {.episodes_per_shard = 9});
  Generate(folder.path / "other", other, {.episodes_per_shard = 9});
  const Dataset ours = Dataset::Open(folder.path / "ours");
  std::vector<Episode> episodes = Dataset::Open(folder.path / "other").ReadShard(0).episodes;
  for (size_t i = 0; i < episodes.size(); ++i)
    episodes[i].seed = ours.ReadShard(0).episodes[i].seed;
  Writer(folder.path / "foreign", ours.layout()).Commit(0, episodes);

  RelabelSettings settings = {.options = {{"dtype", "float64"}}};
  CHECK_THROWS_WITH(Relabel(folder.path / "foreign", folder.path / "strict", settings),
                    Contains("does not reach the stored state"));
  settings.tolerance = 1e-9;
  Relabel(folder.path / "foreign", folder.path / "new", settings);
  CHECK(Verify(folder.path / "new", {.replay = true, .tolerance = 1e-9}).ok());
  CHECK_FALSE(Verify(folder.path / "new", {.replay = true}).ok());
  // What it shows is what the other seeds' runs show.
  other.options = {{"noise", 0.0}, {"dtype", "float64"}};
  Generate(folder.path / "made", other, {.episodes_per_shard = 9});
  const Shard made = Dataset::Open(folder.path / "made").ReadShard(0);
  const Shard found = Dataset::Open(folder.path / "new").ReadShard(0);
  const size_t column = made.schema.Find("observation/observation");
  for (size_t i = 0; i < made.episodes.size(); ++i) {
    CHECK(found.episodes[i].columns[column] == made.episodes[i].columns[column]);
  }
  settings.tolerance = -1.0;
  CHECK_THROWS_AS(Relabel(folder.path / "foreign", folder.path / "bad", settings), InputError);
}

TEST_CASE("a function's rewards take the place of the old ones, and nothing else changes",
          "[dataset]") {
  const TemporaryFolder folder;
  Generate(folder.path / "old", kPlan, {.episodes_per_shard = 4});
  const RewardFunction steps = [](const Schema&, const Episode& episode, const std::string&) {
    std::vector<double> rewards(episode.length);
    for (int64_t i = 0; i < episode.length; ++i) rewards[i] = 0.5 * static_cast<double>(i);
    return rewards;
  };
  ReplaceRewards(folder.path / "old", folder.path / "new", "steps", steps);
  const Dataset before = Dataset::Open(folder.path / "old");
  const Dataset after = Dataset::Open(folder.path / "new");
  const size_t column = after.layout().schema.Find("reward");
  const Episode one = before.ReadShard(1).episodes.at(2);
  Episode other = after.ReadShard(1).episodes.at(2);
  double last = 0.0;
  std::memcpy(&last, other.columns[column].data() + 8 * (other.length - 1), sizeof(last));
  CHECK(last == 0.5 * static_cast<double>(other.length - 1));
  other.columns[column] = one.columns[column];
  CHECK(other.columns == one.columns);
  CHECK(other.states == one.states);
  CHECK(HasOwnReward(after.layout().origin));
  CHECK(Verify(folder.path / "new", {.replay = true}).ok());
  const RewardFunction few = [](const Schema&, const Episode&, const std::string&) {
    return std::vector<double>(3);
  };
  CHECK_THROWS_WITH(ReplaceRewards(folder.path / "old", folder.path / "few", "few", few),
                    Contains("3 numbers for an episode of 50"));
}

}  // namespace flyball::dataset
