// A C++ agent: no Python, no display. It reaches for goals with many arms at once on each engine,
// shows that a snapshot restores a row to the bit, and writes a small dataset that replays exactly.
//
// usage: agent FOLDER      (datasets go to FOLDER/mujoco and FOLDER/bullet)
#include <flyball/envs/core/vector_env.h>
#include <flyball/envs/dataset/generate.h>
#include <flyball/envs/dataset/verify.h>
#include <flyball/physics/numeric/error.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

namespace {

using flyball::Column;
using flyball::VectorEnv;

// The observation column of that name.
Column& Observation(VectorEnv& envs, const char* name) {
  for (Column& column : envs.columns().observation) {
    if (column.field().name == name) return column;
  }
  throw flyball::InputError(std::string("no observation '") + name + "'");
}

// The agent: each arm's end effector goes straight for its goal.
void Act(VectorEnv& envs) {
  const Column& achieved = Observation(envs, "achieved_goal");
  const Column& desired = Observation(envs, "desired_goal");
  std::vector<double> from(3), to(3), action(3);
  for (int row = 0; row < envs.num_envs(); ++row) {
    achieved.ReadRow(row, from);
    desired.ReadRow(row, to);
    for (int i = 0; i < 3; ++i) action[i] = std::clamp(10.0 * (to[i] - from[i]), -1.0, 1.0);
    envs.columns().action.WriteRow(row, action);
  }
}

// Share of the arms that reach their goal within an episode.
double ReachOn(const char* engine) {
  auto envs = VectorEnv::Make("PandaReach-v1", {{"engine", engine}},
                              {.num_envs = 16, .threads = 2, .seed = 7});
  envs->Reset();
  std::vector<bool> reached(envs->num_envs(), false);
  for (int step = 0; step < envs->spec().max_episode_steps; ++step) {
    Act(*envs);
    envs->Step();
    const bool* terminated = envs->columns().terminated.as<bool>();
    for (int row = 0; row < envs->num_envs(); ++row) reached[row] = reached[row] || terminated[row];
  }
  return static_cast<double>(std::count(reached.begin(), reached.end(), true)) / envs->num_envs();
}

// Saves a row in mid-motion, goes on, comes back and goes on again: the same numbers, to the bit.
bool SnapshotRepeats(const char* engine) {
  auto envs = VectorEnv::Make("PandaReach-v1", {{"engine", engine}}, {.num_envs = 1, .seed = 1});
  const auto drive = [&](int steps) {
    for (int i = 0; i < steps; ++i) {
      Act(*envs);
      envs->Step();
    }
    std::vector<double> state(envs->spec().state_size());
    envs->ReadState(0, state);
    return state;
  };
  envs->Reset();
  drive(5);
  const flyball::Snapshot snapshot = envs->Save(0);
  const std::vector<double> first = drive(20);
  envs->Load(0, snapshot);
  const std::vector<double> second = drive(20);
  return std::memcmp(first.data(), second.data(), first.size() * sizeof(double)) == 0;
}

// Records the scripted expert, then plays the dataset again from its stored states and actions.
bool Record(const char* engine, const std::filesystem::path& folder) {
  const flyball::dataset::Plan plan{.id = "PandaReach-v1",
                                    .options = {{"engine", engine}},
                                    .policies = {{.policy = "scripted"}},
                                    .episodes = 4,
                                    .seed = 1};
  const auto totals = flyball::dataset::Generate(folder, plan, {.workers = 2});
  const auto report = flyball::dataset::Verify(folder, {.replay = true});
  for (const auto& problem : report.problems) std::printf("%s\n", problem.text.c_str());
  std::printf("%s: %lld steps recorded, content hash %s\n", engine,
              static_cast<long long>(totals.steps), totals.content_hash.c_str());
  return report.ok();
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 2) {
    std::fprintf(stderr, "usage: agent FOLDER\n");
    return 2;
  }
  bool good = true;
  for (const char* engine : {"mujoco", "bullet"}) {
    const bool repeats = SnapshotRepeats(engine);
    std::printf("%s: %.0f%% of the arms reach their goal; restored snapshots %s\n", engine,
                100.0 * ReachOn(engine), repeats ? "repeat" : "DIFFER");
    good = good && repeats && Record(engine, std::filesystem::path(argv[1]) / engine);
  }
  return good ? 0 : 1;
} catch (const flyball::Error& error) {
  std::fprintf(stderr, "agent: %s\n", error.what());
  return 2;
}
