// What a task costs over its engine: episodes of an environment's single row, in turns with the engine
// alone going the same way. The servos' doings of every substep are recorded first; then MuJoCo is
// given the torques and Bullet the motor targets, in a bare loop of mj_step or stepSimulation over the
// same model, from the same states. Prints one JSON object a line.
//
// usage: flyball_engine_loop ID ENGINE [PRESET [TURNS [SECONDS]]]
#include <mujoco/mujoco.h>
#include <time.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "envs/core/vector_env.h"
#include "physics/numeric/error.h"
#include "physics/numeric/random.h"
#include "physics/world/world.h"
#include "scripts/bare_bullet.h"

namespace flyball {
namespace {

// Processor time of this thread (s): other work on the machine does not count.
double Now() {
  timespec time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return time.tv_sec + 1e-9 * time.tv_nsec;
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// One episode of random actions, and what was done to the joints in it.
struct Episode {
  uint64_t seed;
  std::vector<std::vector<double>> actions;
  std::vector<double> qpos0, qvel0;          // at its start
  std::vector<std::vector<double>> torques;  // (nv) of each substep
  std::vector<std::vector<World::Servo>> servos;
  std::vector<double> qpos;  // at its end
};

std::vector<double> Copy(std::span<const double> values) { return {values.begin(), values.end()}; }

void StepWith(VectorEnv& envs, std::span<const double> action) {
  envs.columns().action.WriteRow(0, action);
  envs.Step();
}

void Reset(VectorEnv& envs, uint64_t seed) { envs.Reset(std::span(&seed, 1)); }

Episode Record(VectorEnv& envs, uint64_t seed) {
  World& world = *envs.world(0);
  Episode episode;
  episode.seed = seed;
  Reset(envs, seed);
  episode.qpos0 = Copy(world.qpos());
  episode.qvel0 = Copy(world.qvel());
  const auto size = static_cast<size_t>(world.model().nv);
  // Torques are set after the hook has run, so each call sees those of the substep before.
  world.SetSubstepHook([&](World& inside, int substep) {
    if (substep > 0) episode.torques.push_back(Copy({inside.data().qfrc_applied, size}));
    episode.servos.emplace_back(inside.servos().begin(), inside.servos().end());
  });
  Rng rng(seed);
  std::vector<double> action(static_cast<size_t>(envs.spec().action_size()));
  for (int step = 0; step < envs.spec().max_episode_steps; ++step) {
    for (double& a : action) a = rng.Uniform(-1.0, 1.0);
    episode.actions.push_back(action);
    StepWith(envs, action);
    episode.torques.push_back(Copy({world.data().qfrc_applied, size}));
    if (envs.columns().terminated.as<uint8_t>()[0]) break;
  }
  world.SetSubstepHook({});
  episode.qpos = Copy(world.qpos());
  return episode;
}

// One way to go through an episode: what is done before it, and the part that is timed.
struct Loop {
  std::function<void(const Episode&)> begin, run;
};

// Seconds of a control step on average, over whole passes through the episodes.
double Time(const Loop& loop, const std::vector<Episode>& episodes, double seconds) {
  double spent = 0.0;
  size_t steps = 0;
  while (spent < seconds) {
    for (const Episode& episode : episodes) {
      loop.begin(episode);
      const double start = Now();
      loop.run(episode);
      spent += Now() - start;
      steps += episode.actions.size();
    }
  }
  return spent / static_cast<double>(steps);
}

double Largest(std::span<const double> a, std::span<const double> b) {
  double largest = 0.0;
  for (size_t i = 0; i < a.size(); ++i) largest = std::max(largest, std::abs(a[i] - b[i]));
  return largest;
}

void Compare(const std::string& id, const std::string& engine, const std::string& preset, int turns,
             double seconds) {
  auto envs = VectorEnv::Make(id, {{"engine", engine}, {"preset", preset}},
                              {.num_envs = 1, .autoreset = Autoreset::kDisabled, .seed = 1});
  Reset(*envs, 1);
  World& world = *envs->world(0);
  const mjModel& model = world.model();
  std::vector<Episode> episodes;
  for (uint64_t seed = 1; seed <= 12; ++seed) episodes.push_back(Record(*envs, seed));

  const Loop task = {[&](const Episode& episode) { Reset(*envs, episode.seed); },
                     [&](const Episode& episode) {
                       for (const auto& action : episode.actions) StepWith(*envs, action);
                     }};

  std::vector<double> end(static_cast<size_t>(model.nq)), end_speed(static_cast<size_t>(model.nv));
  mjData* data = mj_makeData(&model);
  const Loop mujoco = {[&](const Episode& episode) {
                         mj_resetData(&model, data);
                         mju_copy(data->qpos, episode.qpos0.data(), model.nq);
                         mju_copy(data->qvel, episode.qvel0.data(), model.nv);
                       },
                       [&](const Episode& episode) {
                         for (const auto& torque : episode.torques) {
                           mju_copy(data->qfrc_applied, torque.data(), model.nv);
                           mj_step(&model, data);
                         }
                         mju_copy(end.data(), data->qpos, model.nq);
                       }};
  BareBullet bare(world);
  const Loop bullet = {[&](const Episode& episode) { bare.SetState(episode.qpos0, episode.qvel0); },
                       [&](const Episode& episode) {
                         for (const auto& servos : episode.servos) bare.Step(servos);
                         bare.Read(end, end_speed);
                       }};
  const Loop& alone = engine == "mujoco" ? mujoco : bullet;

  // The engine alone must have gone the task's way, or the two did not do the same work.
  std::vector<double> astray;
  for (const Episode& episode : episodes) {
    alone.begin(episode);
    alone.run(episode);
    astray.push_back(Largest(end, episode.qpos));
  }
  std::vector<double> task_times, bare_times, ratios;
  for (int turn = 0; turn < turns; ++turn) {
    task_times.push_back(Time(task, episodes, seconds));
    bare_times.push_back(Time(alone, episodes, seconds));
    ratios.push_back(task_times.back() / bare_times.back());
  }
  mj_deleteData(data);

  std::printf("{\"id\": \"%s\", \"engine\": \"%s\", \"preset\": \"%s\", \"substeps\": %zu, ",
              id.c_str(), engine.c_str(), preset.c_str(),
              episodes[0].servos.size() / episodes[0].actions.size());
  std::printf("\"task_us\": %.3f, \"bare_us\": %.3f, \"over_bare\": %.4f, \"astray\": %.2e, ",
              1e6 * Median(task_times), 1e6 * Median(bare_times), Median(ratios), Median(astray));
  std::printf("\"row_bytes\": %zu, \"scene_bytes\": %zu}\n", envs->memory_bytes_per_row(),
              world.scene().memory_bytes());
}

}  // namespace
}  // namespace flyball

int main(int argc, char** argv) try {
  if (argc < 3) {
    std::fprintf(stderr, "usage: %s ID ENGINE [PRESET [TURNS [SECONDS]]]\n", argv[0]);
    return 2;
  }
  flyball::Compare(argv[1], argv[2], argc > 3 ? argv[3] : "default",
                   argc > 4 ? std::atoi(argv[4]) : 7, argc > 5 ? std::atof(argv[5]) : 0.3);
  return 0;
} catch (const flyball::Error& error) {
  std::fprintf(stderr, "engine_loop: %s\n", error.what());
  return 1;
}
