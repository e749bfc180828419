#include "physics/world/world.h"

#include <mujoco/mujoco.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "physics/numeric/describe.h"
#include "physics/numeric/error.h"
#include "physics/world/mujoco/guard.h"

namespace flyball {
namespace {

constexpr int kEngines = 2;

WorldFactory& Factory(Engine engine) {
  static WorldFactory factories[kEngines] = {};
  return factories[static_cast<int>(engine)];
}

}  // namespace

bool RegisterEngine(Engine engine, WorldFactory factory) {
  Factory(engine) = factory;
  return true;
}

std::vector<Engine> AvailableEngines() {
  std::vector<Engine> engines;
  for (Engine engine : {Engine::kMujoco, Engine::kBullet}) {
    if (Factory(engine)) engines.push_back(engine);
  }
  return engines;
}

std::string_view EngineName(Engine engine) {
  return engine == Engine::kMujoco ? "mujoco" : "bullet";
}

Engine EngineFromName(std::string_view name) {
  for (Engine engine : {Engine::kMujoco, Engine::kBullet}) {
    if (EngineName(engine) == name) return engine;
  }
  const std::vector<std::string> known = {"mujoco", "bullet"};
  throw InputError(UnknownName("engine", name, known));
}

std::unique_ptr<World> World::Make(std::shared_ptr<const Scene> scene,
                                   const WorldSettings& settings) {
  if (!scene) throw InputError("World::Make: scene is null");
  const WorldFactory factory = Factory(settings.engine);
  if (!factory) {
    throw InputError("engine '" + std::string(EngineName(settings.engine)) +
                     "' is not part of this build");
  }
  std::unique_ptr<World> world = factory(std::move(scene), settings);
  world->Reset();
  return world;
}

World::World(std::shared_ptr<const Scene> scene, const WorldSettings& settings)
    : scene_(std::move(scene)), settings_(settings), model_(&scene_->model()) {
  if (!std::isfinite(settings_.timestep) || settings_.timestep < 0) {
    throw InputError("WorldSettings.timestep is " + Describe(settings_.timestep) +
                     "; allowed is a positive number of seconds, or 0 for the model's own");
  }
  if (settings_.timestep > 0 && settings_.timestep != model_->opt.timestep) {
    timed_ = std::make_unique<ModelCopy>(*model_, ModelCopy::Depth::kOptions);
    timed_->model().opt.timestep = settings_.timestep;
    model_ = &timed_->model();
  }
  Guarded("making a world", [&] { data_ = mj_makeData(model_); });
  if (!data_) throw PhysicsError("making a world: out of memory");

  // Everything that Step touches has its size from here on.
  state_.resize(static_cast<size_t>(mj_stateSize(model_, mjSTATE_INTEGRATION)));
  held_wrench_.assign(static_cast<size_t>(6 * model_->nbody), 0.0);
  servos_.reserve(static_cast<size_t>(model_->njnt));
  if (settings_.keep_previous_pose) {
    previous_.qpos.resize(static_cast<size_t>(model_->nq));
    previous_.site_xpos.resize(static_cast<size_t>(3 * model_->nsite));
    previous_.site_xmat.resize(static_cast<size_t>(9 * model_->nsite));
  }
}

World::~World() { mj_deleteData(data_); }

bool World::IsGood(double value) { return std::abs(value) <= mjMAXVAL; }

double World::timestep() const { return model_->opt.timestep; }
double World::time() const { return data_->time; }

std::span<const double> World::qpos() const {
  return {data_->qpos, static_cast<size_t>(model_->nq)};
}
std::span<const double> World::qvel() const {
  return {data_->qvel, static_cast<size_t>(model_->nv)};
}
std::span<double> World::ctrl() { return {data_->ctrl, static_cast<size_t>(model_->nu)}; }

void World::Step(int substeps, const ServoAim& aim) {
  struct Forget {
    const ServoAim*& aim;
    ~Forget() { aim = nullptr; }
  } forget{aim_};
  aim_ = &aim;
  StepChecked(substeps);
}

void World::Step(int substeps) { StepChecked(substeps); }

void World::StepChecked(int substeps) {
  if (substeps < 0) {
    throw InputError("World::Step: substeps is " + std::to_string(substeps) + "; 0 or more");
  }
  if (failed_) {
    throw PhysicsError("World::Step: an earlier step failed; reset or restore this world first");
  }
  CheckControls();
  if (substeps == 0) return;
  try {
    StepEngine(substeps);
    CheckState();
  } catch (...) {
    failed_ = true;
    in_hook_ = false;
    ClearWrenches();
    throw;
  }
  ClearWrenches();
}

void World::CheckControls() const {
  for (int i = 0; i < model_->nu; ++i) {
    if (IsGood(data_->ctrl[i])) continue;
    throw PhysicsError("ctrl[" + std::to_string(i) + "] is " + Describe(data_->ctrl[i]) +
                       "; controls must be finite");
  }
}

void World::CheckState() const {
  const auto check = [&](const char* what, const double* values, mjtSize size) {
    for (mjtSize i = 0; i < size; ++i) {
      if (IsGood(values[i])) continue;
      throw PhysicsError("the simulation diverged: " + std::string(what) + "[" + std::to_string(i) +
                         "] is " + Describe(values[i]) + " at t = " + Describe(data_->time) + " s");
    }
  };
  check("qpos", data_->qpos, model_->nq);
  check("qvel", data_->qvel, model_->nv);
  check("act", data_->act, model_->na);
}

void World::AimServos(int substep) {
  if (!aim_) return;
  (*aim_)(servos_, substep);
  ServosAimed();
}

void World::BeforeSubstep(int substep) {
  if (!hook_) {
    // The held wrenches are in place since ApplyWrench.
    return;
  }
  // What the hook added in the substep before is gone; what was held is not.
  if (substep > 0 && has_wrench_) {
    std::copy(held_wrench_.begin(), held_wrench_.end(), data_->xfrc_applied);
  }
  in_hook_ = true;
  hook_(*this, substep);
  in_hook_ = false;
}

void World::ClearWrenches() {
  if (!has_wrench_) return;
  std::fill(held_wrench_.begin(), held_wrench_.end(), 0.0);
  std::fill_n(data_->xfrc_applied, held_wrench_.size(), 0.0);
  has_wrench_ = false;
}

void World::ApplyWrench(int body, const Vec3& force_W, const Vec3& torque_W, const Vec3& p_W) {
  CheckedId(body, static_cast<int>(model_->nbody), "body");
  RefreshKinematics();
  // MuJoCo takes the torque about the body's centre of mass.
  const double* com = data_->xipos + 3 * body;
  const Vec3 arm = {p_W[0] - com[0], p_W[1] - com[1], p_W[2] - com[2]};
  double moment[3];
  mju_cross(moment, arm.data(), force_W.data());
  double* applied = data_->xfrc_applied + 6 * body;
  for (int i = 0; i < 3; ++i) {
    const double torque = torque_W[i] + moment[i];
    applied[i] += force_W[i];
    applied[3 + i] += torque;
    if (in_hook_) continue;
    held_wrench_[6 * static_cast<size_t>(body) + i] += force_W[i];
    held_wrench_[6 * static_cast<size_t>(body) + 3 + i] += torque;
  }
  has_wrench_ = true;
}

void World::SetServos(std::span<const Servo> servos) {
  const auto refuse = [](size_t i, const std::string& what) {
    throw InputError("World::SetServos: servos[" + std::to_string(i) + "]." + what);
  };
  for (size_t i = 0; i < servos.size(); ++i) {
    const Servo& servo = servos[i];
    CheckedId(servo.joint, static_cast<int>(model_->njnt), "joint");
    const int type = model_->jnt_type[servo.joint];
    if (type != mjJNT_HINGE && type != mjJNT_SLIDE) {
      refuse(i, "joint " + std::to_string(servo.joint) + " is neither a hinge nor a slide");
    }
    if (!IsGood(servo.target)) {
      refuse(i, "target is " + Describe(servo.target) + "; it must be finite");
    }
    if (!(servo.gain >= 0 && servo.gain <= 1)) {
      refuse(i, "gain is " + Describe(servo.gain) + "; allowed is [0, 1]");
    }
    if (!(servo.max_force >= 0)) {
      refuse(i, "max_force is " + Describe(servo.max_force) + "; allowed is 0 or more");
    }
    for (size_t j = 0; j < i; ++j) {
      if (servos[j].joint == servo.joint) {
        refuse(i, "joint " + std::to_string(servo.joint) + " has a servo already");
      }
    }
  }
  servos_.assign(servos.begin(), servos.end());
  ServosChanged();
}

int World::CheckedId(int id, int count, const char* what) const {
  if (id < 0 || id >= count) {
    throw InputError(std::string(what) + " id is " + std::to_string(id) + "; the scene has " +
                     std::to_string(count));
  }
  return id;
}

size_t World::memory_bytes() const {
  const auto bytes = [](const auto& values) {
    return values.capacity() * sizeof(typename std::decay_t<decltype(values)>::value_type);
  };
  size_t total = sizeof(mjData) + static_cast<size_t>(data_->nbuffer) +
                 static_cast<size_t>(data_->maxuse_arena);
  if (timed_) total += timed_->memory_bytes();
  if (patched_) total += patched_->memory_bytes();
  total += bytes(servos_) + bytes(held_wrench_) + bytes(overrides_) + bytes(state_);
  total += bytes(previous_.qpos) + bytes(previous_.site_xpos) + bytes(previous_.site_xmat);
  return total + EngineBytes();
}

}  // namespace flyball
