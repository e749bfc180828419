// What a task costs over its engine: steps of an environment's single row, in turns with the engine
// alone stepping the same model by the same substeps. Prints one JSON object a line.
//
// usage: flyball_engine_loop ID ENGINE [TURNS [SECONDS]]
#include <mujoco/mujoco.h>
#include <time.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "envs/core/vector_env.h"
#include "physics/numeric/error.h"
#include "physics/world/world.h"

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

// Seconds of one call of `step`, averaged over as many as fill about `seconds`.
template <class Step>
double Time(double seconds, const Step& step) {
  const double start = Now();
  int count = 0;
  do {
    for (int i = 0; i < 16; ++i) step();
    count += 16;
  } while (Now() - start < seconds);
  return (Now() - start) / count;
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 3) {
    std::fprintf(stderr, "usage: %s ID ENGINE [TURNS [SECONDS]]\n", argv[0]);
    return 2;
  }
  const std::string id = argv[1], engine = argv[2];
  const int turns = argc > 3 ? std::atoi(argv[3]) : 7;
  const double seconds = argc > 4 ? std::atof(argv[4]) : 0.3;

  // The task, with actions that move about.
  auto envs = flyball::VectorEnv::Make(id, {{"engine", engine}}, {.num_envs = 1, .seed = 1});
  envs->Reset();
  std::vector<double> action(envs->spec().action_size());
  double phase = 0.0;
  const auto step_task = [&] {
    phase += 0.1;
    for (size_t i = 0; i < action.size(); ++i) action[i] = 0.3 * std::sin(phase + i);
    envs->columns().action.WriteRow(0, action);
    envs->Step();
  };

  // The engine alone: the same model, the same substeps, nothing read or written between them.
  flyball::World& task_world = *envs->world(0);
  const mjModel& model = task_world.model();
  const double substep = task_world.timestep();
  const int substeps = static_cast<int>(std::lround(envs->spec().control_period / substep));
  mjModel* bare_model = mj_copyModel(nullptr, &model);
  bare_model->opt.timestep = substep;
  mjData* bare = mj_makeData(bare_model);
  const auto step_bare = [&] {
    // Gravity is held against, as the task's servos do, so that the arm stays in its range.
    for (int i = 0; i < substeps; ++i) {
      mju_copy(bare->qfrc_applied, bare->qfrc_bias, bare_model->nv);
      mj_step(bare_model, bare);
    }
  };
  step_task();
  mju_copy(bare->qpos, task_world.data().qpos, bare_model->nq);
  auto world = flyball::World::Make(
      std::shared_ptr<const flyball::Scene>(std::shared_ptr<void>(), &task_world.scene()),
      task_world.settings());
  world->SetState(task_world.qpos(), task_world.qvel());
  // Servos hold every joint where it is, on the engine's own terms.
  std::vector<flyball::World::Servo> servos;
  for (int joint = 0; joint < model.njnt; ++joint) {
    if (model.jnt_type[joint] != mjJNT_HINGE && model.jnt_type[joint] != mjJNT_SLIDE) continue;
    const double q = task_world.qpos()[model.jnt_qposadr[joint]];
    servos.push_back({.joint = joint, .target = q, .gain = 0.1, .max_force = 87.0});
  }
  world->SetServos(servos);
  const auto step_world = [&] { world->Step(substeps); };

  std::vector<double> task_times, world_times, bare_times;
  for (int turn = 0; turn < turns; ++turn) {
    task_times.push_back(Time(seconds, step_task));
    world_times.push_back(Time(seconds, step_world));
    if (engine == "mujoco") bare_times.push_back(Time(seconds, step_bare));
  }
  const auto ratio = [&](const std::vector<double>& other) {
    std::vector<double> ratios;
    for (size_t i = 0; i < other.size(); ++i) ratios.push_back(task_times[i] / other[i]);
    return Median(ratios);
  };
  std::printf("{\"id\": \"%s\", \"engine\": \"%s\", \"substeps\": %d, \"task_us\": %.3f, ",
              id.c_str(), engine.c_str(), substeps, 1e6 * Median(task_times));
  std::printf("\"world_us\": %.3f, \"over_world\": %.4f", 1e6 * Median(world_times),
              ratio(world_times));
  if (!bare_times.empty()) {
    std::printf(", \"bare_us\": %.3f, \"over_bare\": %.4f", 1e6 * Median(bare_times),
                ratio(bare_times));
  }
  std::printf(", \"row_bytes\": %zu, \"scene_bytes\": %zu}\n", envs->memory_bytes_per_row(),
              task_world.scene().memory_bytes());
  mj_deleteData(bare);
  mj_deleteModel(bare_model);
  return 0;
} catch (const flyball::Error& error) {
  std::fprintf(stderr, "engine_loop: %s\n", error.what());
  return 1;
}
