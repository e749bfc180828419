// Setting, resetting, saving and loading a World: all of the state is state.
#include <mujoco/mujoco.h>

#include <algorithm>

#include "physics/numeric/describe.h"
#include "physics/numeric/error.h"
#include "physics/world/mujoco/guard.h"
#include "physics/world/world.h"

namespace flyball {

namespace {

// What MuJoCo needs to go on to the bit, less the forces that servos leave behind: they are made anew
// in every substep, and loading clears them.
constexpr int kWorldState = mjSTATE_INTEGRATION & ~mjSTATE_QFRC_APPLIED;

}  // namespace

void World::Reset(int keyframe) {
  if (keyframe < -1 || keyframe >= model_->nkey) {
    throw InputError("World::Reset: keyframe is " + std::to_string(keyframe) + "; the scene has " +
                     std::to_string(model_->nkey) + " (0 is the first, -1 the reference)");
  }
  Guarded("reset", [&] {
    if (keyframe >= 0)
      mj_resetDataKeyframe(model_, data_, keyframe);
    else
      mj_resetData(model_, data_);
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
                       Describe(values[i]) + "; a finite number up to 1e10 is needed");
    }
  };
  check("qpos", qpos, model_->nq);
  check("qvel", qvel, model_->nv);
  // MuJoCo takes a quaternion without a direction for no rotation.
  for (int joint = 0; joint < model_->njnt; ++joint) {
    const int type = model_->jnt_type[joint];
    if (type != mjJNT_FREE && type != mjJNT_BALL) continue;
    const int at = model_->jnt_qposadr[joint] + (type == mjJNT_FREE ? 3 : 0);
    const double length = mju_norm(qpos.data() + at, 4);
    if (length > mjMINVAL) continue;
    throw InputError("World::SetState: the quaternion at qpos[" + std::to_string(at) +
                     "] has length " + Describe(length) + "; it must have a direction");
  }
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

// Member by member: the padding inside a Servo is no state, and would make equal states differ.
void World::VisitServos(StateVisitor& visitor) {
  size_t count = servos_.size();
  visitor("number of servos", count);
  if (visitor.loading()) {
    if (count > static_cast<size_t>(model_->njnt)) throw DataError("the snapshot is damaged");
    servos_.assign(count, Servo{});
  }
  for (Servo& servo : servos_) {
    visitor("servo joint", servo.joint);
    visitor("servo target", servo.target);
    visitor("servo gain", servo.gain);
    visitor("servo max_force", servo.max_force);
  }
  if (visitor.loading()) ServosChanged();
}

void World::VisitState(StateVisitor& visitor) {
  // A snapshot of another scene or engine is refused before anything is touched.
  uint64_t hash = scene_->hash();
  int32_t engine = static_cast<int32_t>(settings_.engine);
  int32_t keeps_previous = settings_.keep_previous_pose;
  double timestep = this->timestep();
  visitor("scene hash", hash);
  visitor("engine", engine);
  visitor("keeps previous pose", keeps_previous);
  visitor("timestep", timestep);
  // What MuJoCo keeps outside its state vector cannot be restored; such a scene says so.
  if (model_->opt.enableflags & (mjENBL_SLEEP | mjENBL_IPC)) {
    throw InputError(
        "World::VisitState: the scene enables sleep or ipc, whose state MuJoCo does not "
        "give out; switch <flag sleep=.. ipc=..> off to save and load");
  }
  if (visitor.loading()) {
    if (hash != scene_->hash()) throw DataError("the snapshot is of another scene");
    if (engine != static_cast<int32_t>(settings_.engine)) {
      throw DataError("the snapshot was not made with engine '" +
                      std::string(EngineName(settings_.engine)) + "'");
    }
    if (timestep != this->timestep() || keeps_previous != settings_.keep_previous_pose) {
      throw DataError("the snapshot is of a world with timestep " + Describe(timestep) +
                      " s and keep_previous_pose " + std::to_string(keeps_previous) +
                      "; this one has " + Describe(this->timestep()) + " s and " +
                      std::to_string(settings_.keep_previous_pose));
    }
    if (failed_) Guarded("reset", [&] { mj_resetData(model_, data_); });
    failed_ = true;  // until all of it is read
  }

  visitor("overrides", overrides_);
  if (visitor.loading()) RebuildModel();
  if (!visitor.loading()) mj_getState(model_, data_, state_.data(), kWorldState);
  const auto state_size = static_cast<size_t>(mj_stateSize(model_, kWorldState));
  visitor("physics", std::span<double>(state_).first(state_size));
  if (visitor.loading()) {
    mj_setState(model_, data_, state_.data(), kWorldState);
    std::copy_n(data_->xfrc_applied, held_wrench_.size(), held_wrench_.begin());
    has_wrench_ = true;
  }
  VisitServos(visitor);

  // The previous geometry follows from the configuration that it was made of.
  if (settings_.keep_previous_pose) {
    visitor("previous qpos", std::span<double>(previous_.qpos));
    if (visitor.loading()) {
      std::copy_n(previous_.qpos.begin(), previous_.qpos.size(), data_->qpos);
      UpdateKinematics();
      KeepPrevious(qpos());
      mj_setState(model_, data_, state_.data(), kWorldState);
    }
  }
  if (visitor.loading()) UpdateKinematics();
  VisitEngine(visitor);
  if (visitor.loading()) failed_ = false;
}

}  // namespace flyball
