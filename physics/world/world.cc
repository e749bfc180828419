#include "physics/world/world.h"

#include <mujoco/mujoco.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "physics/numeric/error.h"
#include "physics/world/mujoco/guard.h"

namespace flyball {
namespace {

constexpr int kEngines = 2;

WorldFactory& Factory(Engine engine) {
  static WorldFactory factories[kEngines] = {};
  return factories[static_cast<int>(engine)];
}

Vec3 ToVec3(const double* values) { return {values[0], values[1], values[2]}; }

Pose ToPose(const double* position, const double* matrix) {
  Pose pose{ToVec3(position), {}};
  mju_mat2Quat(pose.q_W.data(), matrix);
  return pose;
}

// Magnitudes beyond this are MuJoCo's idea of a diverged simulation (mjMAXVAL); so for both engines.
bool IsGood(double value) { return std::abs(value) <= mjMAXVAL; }

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
    throw InputError("WorldSettings.timestep is " + std::to_string(settings_.timestep) +
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
    previous_.cdof.resize(static_cast<size_t>(6 * model_->nv));
    previous_.subtree_com.resize(static_cast<size_t>(3 * model_->nbody));
  }
}

World::~World() { mj_deleteData(data_); }

double World::timestep() const { return model_->opt.timestep; }
double World::time() const { return data_->time; }

std::span<const double> World::qpos() const {
  return {data_->qpos, static_cast<size_t>(model_->nq)};
}
std::span<const double> World::qvel() const {
  return {data_->qvel, static_cast<size_t>(model_->nv)};
}
std::span<double> World::ctrl() { return {data_->ctrl, static_cast<size_t>(model_->nu)}; }

void World::UpdateKinematics() {
  Guarded("kinematics", [&] {
    mj_kinematics(model_, data_);
    mj_comPos(model_, data_);
    mj_camlight(model_, data_);
    if (model_->nflex) mj_flex(model_, data_);
    if (model_->ntendon) mj_tendon(model_, data_);
    mj_comVel(model_, data_);
  });
}

void World::KeepPrevious(std::span<const double> qpos_at_begin) {
  if (!settings_.keep_previous_pose) return;
  const auto copy = [](std::vector<double>& to, const double* from) {
    std::copy_n(from, to.size(), to.begin());
  };
  copy(previous_.qpos, qpos_at_begin.data());
  copy(previous_.site_xpos, data_->site_xpos);
  copy(previous_.site_xmat, data_->site_xmat);
  copy(previous_.cdof, data_->cdof);
  copy(previous_.subtree_com, data_->subtree_com);
}

void World::Reset(int keyframe) {
  if (keyframe < -1 || keyframe >= model_->nkey) {
    throw InputError("World::Reset: keyframe is " + std::to_string(keyframe) + "; the scene has " +
                     std::to_string(model_->nkey) + " (0 is the first, -1 the reference)");
  }
  Guarded("reset", [&] {
    if (keyframe >= 0) mj_resetDataKeyframe(model_, data_, keyframe);
    else mj_resetData(model_, data_);
  });
  ClearWrenches();
  servos_.clear();
  ServosChanged();
  UpdateKinematics();
  KeepPrevious(qpos());
  ResetEngine();
  failed_ = false;
}

void World::SetState(std::span<const double> qpos, std::span<const double> qvel) {
  const auto check = [](const char* what, std::span<const double> values, mjtSize size) {
    if (values.size() != static_cast<size_t>(size)) {
      throw InputError(std::string("World::SetState: ") + what + " has " +
                       std::to_string(values.size()) + " values; this scene has " +
                       std::to_string(size));
    }
    for (size_t i = 0; i < values.size(); ++i) {
      if (IsGood(values[i])) continue;
      throw InputError(std::string("World::SetState: ") + what + "[" + std::to_string(i) + "] is " +
                       std::to_string(values[i]) + "; it must be finite");
    }
  };
  check("qpos", qpos, model_->nq);
  check("qvel", qvel, model_->nv);
  if (failed_) {
    // After an error the engine's stack is in any state; time, controls and activations survive.
    Guarded("reset", [&] {
      constexpr int kKept = mjSTATE_TIME | mjSTATE_ACT | mjSTATE_CTRL | mjSTATE_EQ_ACTIVE |
                            mjSTATE_MOCAP_POS | mjSTATE_MOCAP_QUAT | mjSTATE_USERDATA;
      mj_getState(model_, data_, state_.data(), kKept);
      mj_resetData(model_, data_);
      mj_setState(model_, data_, state_.data(), kKept);
    });
  }
  std::copy(qpos.begin(), qpos.end(), data_->qpos);
  std::copy(qvel.begin(), qvel.end(), data_->qvel);
  mj_normalizeQuat(model_, data_->qpos);
  std::fill_n(data_->qacc_warmstart, model_->nv, 0.0);
  ClearWrenches();
  UpdateKinematics();
  KeepPrevious(this->qpos());
  ResetEngine();
  failed_ = false;
}

void World::Step(int substeps) {
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
    throw PhysicsError("ctrl[" + std::to_string(i) + "] is " + std::to_string(data_->ctrl[i]) +
                       "; controls must be finite");
  }
}

void World::CheckState() const {
  const auto check = [&](const char* what, const double* values, mjtSize size) {
    for (mjtSize i = 0; i < size; ++i) {
      if (IsGood(values[i])) continue;
      throw PhysicsError("the simulation diverged: " + std::string(what) + "[" + std::to_string(i) +
                         "] is " + std::to_string(values[i]) + " at t = " +
                         std::to_string(data_->time) + " s");
    }
  };
  check("qpos", data_->qpos, model_->nq);
  check("qvel", data_->qvel, model_->nv);
  check("act", data_->act, model_->na);
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
      refuse(i, "target is " + std::to_string(servo.target) + "; it must be finite");
    }
    if (!(servo.gain >= 0 && servo.gain <= 1)) {
      refuse(i, "gain is " + std::to_string(servo.gain) + "; allowed is [0, 1]");
    }
    if (!(servo.max_force >= 0)) {
      refuse(i, "max_force is " + std::to_string(servo.max_force) + "; allowed is 0 or more");
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

Pose World::BodyPose(int body) const {
  CheckedId(body, static_cast<int>(model_->nbody), "body");
  const double* q = data_->xquat + 4 * body;
  return {ToVec3(data_->xpos + 3 * body), {q[0], q[1], q[2], q[3]}};
}

Pose World::SitePose(int site) const {
  CheckedId(site, static_cast<int>(model_->nsite), "site");
  return ToPose(data_->site_xpos + 3 * site, data_->site_xmat + 9 * site);
}

Twist World::BodyTwist(int body) const {
  CheckedId(body, static_cast<int>(model_->nbody), "body");
  double velocity[6];  // angular, linear
  mj_objectVelocity(model_, data_, mjOBJ_XBODY, body, velocity, 0);
  return {ToVec3(velocity + 3), ToVec3(velocity)};
}

Twist World::SiteTwist(int site) const {
  CheckedId(site, static_cast<int>(model_->nsite), "site");
  double velocity[6];
  mj_objectVelocity(model_, data_, mjOBJ_SITE, site, velocity, 0);
  return {ToVec3(velocity + 3), ToVec3(velocity)};
}

void World::SiteJacobian(int site, std::span<double> J_translation,
                         std::span<double> J_rotation) const {
  CheckedId(site, static_cast<int>(model_->nsite), "site");
  const size_t size = static_cast<size_t>(3 * model_->nv);
  if (J_translation.size() != size || J_rotation.size() != size) {
    throw InputError("World::SiteJacobian: the spans hold " + std::to_string(J_translation.size()) +
                     " and " + std::to_string(J_rotation.size()) + " values; 3 x nv is " +
                     std::to_string(size));
  }
  mj_jacSite(model_, data_, J_translation.data(), J_rotation.data(), site);
}

Pose World::PreviousSitePose(int site) const {
  CheckedId(site, static_cast<int>(model_->nsite), "site");
  if (!settings_.keep_previous_pose) {
    throw InputError("World::PreviousSitePose needs WorldSettings.keep_previous_pose");
  }
  return ToPose(previous_.site_xpos.data() + 3 * site, previous_.site_xmat.data() + 9 * site);
}

Twist World::PreviousSiteTwist(int site) const {
  CheckedId(site, static_cast<int>(model_->nsite), "site");
  if (!settings_.keep_previous_pose) {
    throw InputError("World::PreviousSiteTwist needs WorldSettings.keep_previous_pose");
  }
  // A dof's motion axis is given about the centre of mass of its tree; move it to the site.
  const int body = model_->site_bodyid[site];
  const double* com = previous_.subtree_com.data() + 3 * model_->body_rootid[body];
  const double* p = previous_.site_xpos.data() + 3 * site;
  const Vec3 arm = {p[0] - com[0], p[1] - com[1], p[2] - com[2]};
  Twist twist{};
  const int moving = model_->body_weldid[body];
  if (model_->body_dofnum[moving] == 0) return twist;
  for (int dof = model_->body_dofadr[moving] + model_->body_dofnum[moving] - 1; dof >= 0;
       dof = model_->dof_parentid[dof]) {
    const double* axis = previous_.cdof.data() + 6 * dof;  // rotation, translation
    double swing[3];
    mju_cross(swing, axis, arm.data());
    for (int i = 0; i < 3; ++i) {
      twist.w_W[i] += axis[i] * data_->qvel[dof];
      twist.v_W[i] += (axis[3 + i] + swing[i]) * data_->qvel[dof];
    }
  }
  return twist;
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
  total += bytes(previous_.qpos) + bytes(previous_.site_xpos) + bytes(previous_.site_xmat) +
           bytes(previous_.cdof) + bytes(previous_.subtree_com);
  return total + EngineBytes();
}

void World::VisitState(StateVisitor& visitor) {
  // A snapshot of another scene or engine is refused before anything is touched.
  uint64_t hash = scene_->hash();
  int32_t engine = static_cast<int32_t>(settings_.engine);
  visitor("scene hash", hash);
  visitor("engine", engine);
  if (visitor.loading()) {
    if (hash != scene_->hash()) throw DataError("the snapshot is of another scene");
    if (engine != static_cast<int32_t>(settings_.engine)) {
      throw DataError("the snapshot was not made with engine '" +
                      std::string(EngineName(settings_.engine)) + "'");
    }
    if (failed_) Guarded("reset", [&] { mj_resetData(model_, data_); });
    failed_ = true;  // until all of it is read
  }

  visitor("overrides", overrides_);
  if (visitor.loading()) RebuildModel();
  if (!visitor.loading()) mj_getState(model_, data_, state_.data(), mjSTATE_INTEGRATION);
  visitor("physics", std::span<double>(state_));
  if (visitor.loading()) {
    mj_setState(model_, data_, state_.data(), mjSTATE_INTEGRATION);
    std::copy_n(data_->xfrc_applied, held_wrench_.size(), held_wrench_.begin());
    has_wrench_ = true;
  }
  visitor("servos", servos_);
  if (visitor.loading()) ServosChanged();

  // The previous geometry follows from the configuration that it was made of.
  if (settings_.keep_previous_pose) {
    visitor("previous qpos", std::span<double>(previous_.qpos));
    if (visitor.loading()) {
      std::copy_n(previous_.qpos.begin(), previous_.qpos.size(), data_->qpos);
      UpdateKinematics();
      KeepPrevious(qpos());
      mj_setState(model_, data_, state_.data(), mjSTATE_INTEGRATION);
    }
  }
  if (visitor.loading()) UpdateKinematics();
  VisitEngine(visitor);
  if (visitor.loading()) failed_ = false;
}

}  // namespace flyball
