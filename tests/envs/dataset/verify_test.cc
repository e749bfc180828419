#include "envs/dataset/verify.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <functional>
#include <memory>

#include "physics/numeric/error.h"
#include "tests/envs/core/toy.h"
#include "tests/envs/dataset/temporary_folder.h"

namespace flyball::dataset {
namespace {

using Catch::Contains;

constexpr int64_t kEpisode = 5;

// A dataset, then the same with one episode changed and every hash made right again.
Report VerifyChanged(const std::function<void(const Schema&, Episode&)>& change, bool replay,
                     double tolerance = 0.0) {
  const TemporaryFolder folder;
  const Plan plan = {.id = toy::kOscillator,
                     .options = {{"dtype", "float64"}},
                     .episodes = 8,
                     .seed = 1,
                     .state_every = 10};
  Generate(folder.path / "good", plan, {.episodes_per_shard = 4});
  const Dataset good = Dataset::Open(folder.path / "good");
  Writer writer(folder.path / "changed", good.layout());
  for (int64_t k : {0, 1}) {
    Shard shard = good.ReadShard(k);
    for (Episode& episode : shard.episodes) {
      if (episode.index == kEpisode) change(shard.schema, episode);
    }
    writer.Commit(k, shard.episodes);
  }
  return Verify(folder.path / "changed", {.replay = replay, .tolerance = tolerance});
}

// One after the other.
std::function<std::shared_ptr<const Episode>()> Each(std::vector<Episode> episodes) {
  return [held = std::make_shared<std::vector<Episode>>(std::move(episodes)),
          next = size_t{0}]() mutable -> std::shared_ptr<const Episode> {
    if (next == held->size()) return nullptr;
    return {held, &(*held)[next++]};
  };
}

template <class T>
T* Values(const Schema& schema, Episode& episode, const char* column) {
  return reinterpret_cast<T*>(episode.columns[schema.Find(column)].data());
}

}  // namespace

TEST_CASE("an unchanged copy verifies, with and without replay", "[dataset]") {
  const auto nothing = [](const Schema&, Episode&) {};
  for (bool replay : {false, true}) {
    const Report report = VerifyChanged(nothing, replay);
    CHECK(report.ok());
    CHECK(report.totals.episodes == 8);
    CHECK(report.totals.steps == 400);
    CHECK(report.totals.content_hash.size() == 32);
  }
}

TEST_CASE("replay names the episode and step of an action changed in its last bit", "[dataset]") {
  for (int64_t step : {0, 13, 49}) {
    const auto nudge = [&](const Schema& schema, Episode& episode) {
      float& action = Values<float>(schema, episode, "action")[step];
      action = std::nextafter(action, 0.0f);
      // (A policy's action beside it would give it away.)
      Values<float>(schema, episode, "commanded_action")[step] = action;
    };
    CHECK(VerifyChanged(nudge, false).ok());  // nothing to see without the environment
    const Report report = VerifyChanged(nudge, true);
    REQUIRE(report.problems.size() == 1);
    CHECK(report.problems[0].episode == kEpisode);
    CHECK(report.problems[0].step == step);
    CHECK_THAT(report.problems[0].text,
               Contains("diverges at episode 5, step " + std::to_string(step)));
  }
}

TEST_CASE("an action that is not the commanded one is found without replay", "[dataset]") {
  const auto nudge = [](const Schema& schema, Episode& episode) {
    float& action = Values<float>(schema, episode, "action")[13];
    action = std::nextafter(action, 0.0f);
  };
  const Report report = VerifyChanged(nudge, false);
  REQUIRE(report.problems.size() == 1);
  CHECK(report.problems[0].step == 13);
  CHECK_THAT(report.problems[0].text, Contains("not the commanded one"));
}

TEST_CASE("a policy that is not the plan's is found", "[dataset]") {
  const auto swap = [](const Schema& schema, Episode& episode) {
    Values<int64_t>(schema, episode, "policy_id")[7] = 1;
  };
  const Report report = VerifyChanged(swap, false);
  REQUIRE(report.problems.size() == 1);
  CHECK_THAT(report.problems[0].text, Contains("step 7: policy_id is 1; the plan's is 0"));
}

TEST_CASE("replay finds rewards that slipped by a row", "[dataset]") {
  const auto slip = [](const Schema& schema, Episode& episode) {
    double* rewards = Values<double>(schema, episode, "reward");
    std::memmove(rewards + 1, rewards, (episode.length - 1) * sizeof(double));
  };
  const Report report = VerifyChanged(slip, true);
  REQUIRE(report.problems.size() == 1);
  CHECK(report.problems[0].step == 1);
  CHECK_THAT(report.problems[0].text, Contains("reward"));
}

TEST_CASE("flags on a wrong row, both up, or none at the end are found", "[dataset]") {
  const auto moved = [](const Schema& schema, Episode& episode) {
    uint8_t* flags = Values<uint8_t>(schema, episode, "truncated");
    std::swap(flags[48], flags[49]);
  };
  const auto both = [](const Schema& schema, Episode& episode) {
    Values<uint8_t>(schema, episode, "terminated")[49] = 1;
  };
  const auto other = [](const Schema& schema, Episode& episode) {
    std::swap(Values<uint8_t>(schema, episode, "terminated")[49],
              Values<uint8_t>(schema, episode, "truncated")[49]);
    Values<uint8_t>(schema, episode, "end_reason")[49] = 1;
  };
  CHECK(VerifyChanged(moved, false).problems.at(0).step == 48);
  CHECK_THAT(VerifyChanged(both, false).problems.at(0).text, Contains("at once"));
  CHECK(VerifyChanged(other, false).ok());
  CHECK(VerifyChanged(other, true).problems.at(0).step == 49);
}

TEST_CASE("numbers that are not finite or out of bounds, and foreign seeds, are found",
          "[dataset]") {
  const auto infinite = [](const Schema& schema, Episode& episode) {
    Values<double>(schema, episode, "observation/observation")[2 * 7] = INFINITY;
  };
  const auto outside = [](const Schema& schema, Episode& episode) {
    Values<float>(schema, episode, "action")[7] = 1.5f;
  };
  const auto foreign = [](const Schema&, Episode& episode) { ++episode.seed; };
  const auto no_states = [](const Schema&, Episode& episode) { episode.state_steps[1] = 11; };
  CHECK(VerifyChanged(infinite, false).problems.at(0).step == 7);
  CHECK_THAT(VerifyChanged(outside, false).problems.at(0).text, Contains("outside [-1.0, 1.0]"));
  CHECK_THAT(VerifyChanged(foreign, false).problems.at(0).text, Contains("seed"));
  CHECK_FALSE(VerifyChanged(foreign, true).ok());
  CHECK_FALSE(VerifyChanged(no_states, false).ok());
}

TEST_CASE("replay finds a changed full state, though its own checksum is right", "[dataset]") {
  // The state of another episode at the same step: whole, and of the right environment.
  const TemporaryFolder folder;
  Generate(folder.path, {.id = toy::kCounter, .episodes = 6, .state_every = 5}, {});
  const Layout layout = Dataset::Open(folder.path).layout();
  std::vector<Episode> episodes;
  for (int64_t k = 0; k < layout.num_shards(); ++k) {
    for (Episode& episode : Dataset::Open(folder.path).ReadShard(k).episodes) {
      episodes.push_back(std::move(episode));
    }
  }
  REQUIRE(Replay(layout, 4).Run(Each(episodes)).empty());
  Episode changed = episodes[2];
  REQUIRE(changed.state_sizes[0] == episodes[3].state_sizes[0]);
  std::copy_n(episodes[3].states.begin(), episodes[3].state_sizes[0], changed.states.begin());
  const std::vector<Problem> problems = Replay(layout, 1).Run(Each({changed}));
  REQUIRE(problems.size() == 1);
  CHECK_THAT(problems[0].text, Contains("its seed gives"));
}

TEST_CASE("a replay to a tolerance lets pass what is within it, and goes on from stored states",
          "[dataset]") {
  // As another build might: every observation off by about 1e-9, an action by its last bit.
  const auto slight = [](const Schema& schema, Episode& episode) {
    double* observations = Values<double>(schema, episode, "observation/observation");
    for (int64_t i = 0; i < 2 * (episode.length + 1); ++i) observations[i] += 1e-9 * (i % 3 - 1);
    float& action = Values<float>(schema, episode, "action")[13];
    action = std::nextafter(action, 0.0f);
    Values<float>(schema, episode, "commanded_action")[13] = action;
  };
  CHECK_FALSE(VerifyChanged(slight, true).ok());
  CHECK(VerifyChanged(slight, true, 1e-6).ok());
  const Report strict = VerifyChanged(slight, true, 1e-10);
  REQUIRE(strict.problems.size() == 1);
  CHECK_THAT(strict.problems[0].text, Contains("episode 5, step 0") && Contains("in the replay"));
  // A difference that matters is named still.
  const auto wrong = [](const Schema& schema, Episode& episode) {
    Values<double>(schema, episode, "reward")[20] += 1e-3;
  };
  CHECK(VerifyChanged(wrong, true, 1e-6).problems.at(0).step == 20);
  CHECK_THROWS_AS(VerifyChanged(wrong, true, -1.0), InputError);
  CHECK_THROWS_AS(VerifyChanged(wrong, true, NAN), InputError);
}

TEST_CASE("a replay to a tolerance starts from the stored state, not from the seed's",
          "[dataset]") {
  // As of a build that makes another start of the same seed: an episode with another one's content.
  const auto foreign = [](const Schema&, Episode& episode) {
    const TemporaryFolder folder;
    const Plan other = {.id = toy::kOscillator,
                        .options = {{"dtype", "float64"}},
                        .episodes = 1,
                        .seed = 2,
                        .state_every = 10};
    Generate(folder.path, other);
    Episode made = Dataset::Open(folder.path).ReadShard(0).episodes.at(0);
    made.index = episode.index;
    made.seed = episode.seed;
    episode = std::move(made);
  };
  CHECK_THAT(VerifyChanged(foreign, true).problems.at(0).text, Contains("(its start)"));
  CHECK(VerifyChanged(foreign, true, 1e-6).ok());
  // The state reached must be near the next stored one.
  const auto elsewhere = [&](const Schema& schema, Episode& episode) {
    const Episode before = episode;
    foreign(schema, episode);
    const size_t last = episode.state_sizes.size() - 1;
    const auto state = before.state(before.state_sizes.size() - 1);
    REQUIRE(episode.state_sizes[last] == static_cast<int64_t>(state.size()));
    std::copy(state.begin(), state.end(), episode.states.end() - state.size());
  };
  const Report report = VerifyChanged(elsewhere, true, 1e-6);
  REQUIRE(report.problems.size() == 1);
  CHECK_THAT(report.problems[0].text, Contains("the state reached is not the stored one"));
}

TEST_CASE("columns of another length, and an episode that is there twice, are found", "[dataset]") {
  const auto shorter = [](const Schema& schema, Episode& episode) {
    episode.columns[schema.Find("reward")].resize((episode.length - 1) * sizeof(double));
  };
  const auto longer = [](const Schema& schema, Episode& episode) {
    episode.columns[schema.Find("reward")].resize((episode.length + 1) * sizeof(double));
  };
  const auto twice = [](const Schema&, Episode& episode) { episode.index = kEpisode - 1; };
  CHECK_THAT(VerifyChanged(shorter, false).problems.at(0).text, Contains("too short"));
  CHECK_THAT(VerifyChanged(longer, false).problems.at(0).text, Contains("too long"));
  CHECK_THAT(VerifyChanged(twice, false).problems.at(0).text, Contains("missing or out of order"));
}

TEST_CASE("every flipped byte and every truncation of a file is found", "[dataset]") {
  const int level = GENERATE(0, 1);
  const TemporaryFolder folder;
  Generate(folder.path, {.id = toy::kCounter, .episodes = 3},
           {.episodes_per_shard = 3, .level = level});
  const Dataset dataset = Dataset::Open(folder.path);
  const ByteVector bytes = ReadWhole(folder.path / ShardName(0));
  REQUIRE_NOTHROW(UnpackShard(bytes, "shard"));
  for (size_t at = 0; at < bytes.size(); ++at) {
    ByteVector damaged = bytes;
    damaged[at] ^= std::byte{0x10};
    REQUIRE_THROWS_AS(UnpackShard(damaged, "shard"), DataError);
    damaged = {bytes.begin(), bytes.begin() + at};
    REQUIRE_THROWS_AS(UnpackShard(damaged, "shard"), DataError);
  }

  for (const char* name : {"shard-00000.fly", "journal", "plan.json"}) {
    const ByteVector content = ReadWhole(folder.path / name);
    for (size_t at : {size_t{1}, content.size() / 2, content.size() - 2}) {
      ByteVector damaged = content;
      damaged[at] ^= std::byte{0x02};
      WriteWhole(folder.path / name, {damaged});
      const auto before = FilesOf(folder.path);
      bool found = false;
      try {
        found = !Verify(folder.path).ok();
      } catch (const DataError&) {
        found = true;
      }
      CHECK(found);
      // Generating again does not paper over it, and touches nothing.
      CHECK_THROWS_AS(Generate(folder.path, dataset.layout().plan), DataError);
      CHECK(FilesOf(folder.path) == before);
    }
    WriteWhole(folder.path / name, {content});
  }
  CHECK(Verify(folder.path, {.replay = true}).ok());
}

}  // namespace flyball::dataset
