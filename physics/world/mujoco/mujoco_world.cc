#include "physics/world/mujoco/mujoco_world.h"

#include <mujoco/mujoco.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "physics/numeric/error.h"
#include "physics/world/mujoco/drag.h"
#include "physics/world/mujoco/guard.h"

namespace flyball {
namespace {

[[maybe_unused]] const bool registered = RegisterEngine(Engine::kMujoco, &MakeMujocoWorld);

// Warnings that mean the numbers are no longer those of the model: the state is not finite, or
// contacts were dropped for want of memory.
constexpr struct {
  int warning;
  const char* text;
} kFatalWarnings[] = {
    {mjWARN_INERTIA, "the inertia matrix is singular"},
    {mjWARN_CONTACTFULL, "too many contacts: raise <size memory> in the model"},
    {mjWARN_CNSTRFULL, "too many constraints: raise <size memory> in the model"},
    {mjWARN_BADQPOS, "the simulation diverged: a position is not finite"},
    {mjWARN_BADQVEL, "the simulation diverged: a velocity is not finite"},
    {mjWARN_BADQACC, "the simulation diverged: an acceleration is not finite or huge"},
};

bool Warned(const mjData& data) {
  for (const auto& one : kFatalWarnings) {
    if (data.warning[one.warning].number) return true;
  }
  return false;
}

// Whether the positions in mjData after mj_step are still those of the substep's begin.
bool LeavesGeometryOfBegin(const mjModel& model) {
  return model.opt.integrator == mjINT_EULER || model.opt.integrator == mjINT_IMPLICIT ||
         model.opt.integrator == mjINT_IMPLICITFAST;
}

// Whether motion is all there is to a substep without constraints: nothing else has a state of its own
// or is to be computed beside it, and no force is implicit in the new velocity.
bool IsPlain(const mjModel& model) {
  const auto none = [](const double* values, mjtSize count) {
    return std::all_of(values, values + count, [](double value) { return value == 0; });
  };
  const bool explicit_forces =
      model.opt.integrator == mjINT_EULER || model.opt.integrator == mjINT_IMPLICITFAST;
  return explicit_forces && !(model.opt.enableflags & ~mjENBL_OVERRIDE) && model.nactuator == 0 &&
         model.nsensor == 0 && model.ntendon == 0 && model.nflex == 0 && model.nplugin == 0 &&
         model.opt.density == 0 && model.opt.viscosity == 0 && none(model.dof_damping, model.nv) &&
         none(model.dof_dampingpoly, mjNPOLY * model.nv);
}

bool OnlyLimits(const mjData& data) {
  return std::all_of(data.efc_type, data.efc_type + data.nefc,
                     [](int type) { return type == mjCNSTR_LIMIT_JOINT; });
}

// Whether every limit that a joint stands at leaves data.qacc as it is. MuJoCo pushes where the
// acceleration falls short of the limit's reference; what is below rounding of the servo's own
// acceleration counts as nothing (a shut gripper stands at its limit by 1e-19 m).
bool LimitsAreIdle(const mjModel& model, const mjData& data) {
  constexpr double kNothing = 1e-9;  // m/s^2 or rad/s^2
  for (int i = 0; i < data.nefc; ++i) {
    const int dof = model.jnt_dofadr[data.efc_id[i]];
    const double side =
        mj_isSparse(&model) ? data.efc_J[data.efc_J_rowadr[i]] : data.efc_J[i * model.nv + dof];
    if (side * data.qacc[dof] - data.efc_aref[i] < -kNothing) return false;
  }
  return true;
}

}  // namespace

std::unique_ptr<World> MakeMujocoWorld(std::shared_ptr<const Scene> scene,
                                       const WorldSettings& settings) {
  return std::make_unique<MujocoWorld>(std::move(scene), settings);
}

MujocoWorld::MujocoWorld(std::shared_ptr<const Scene> scene, const WorldSettings& settings)
    : World(std::move(scene), settings) {
  if (settings_.friction_rule != FrictionRule::kMax) {
    throw InputError(
        "WorldSettings.friction_rule: engine mujoco combines friction by the larger coefficient "
        "only; write <contact><pair friction=.../></contact> for other combinations");
  }
  const MujocoSettings& own = settings_.mujoco;
  const auto require = [](bool holds, const std::string& what) {
    if (!holds) throw InputError("WorldSettings.mujoco." + what);
  };
  const auto positive = [](double value) { return value >= 0 && std::isfinite(value); };
  require(own.servo_sweeps >= 0,
          "servo_sweeps = " + std::to_string(own.servo_sweeps) + "; allowed is 0 or more");
  require(positive(own.linear_damping),
          "linear_damping = " + std::to_string(own.linear_damping) + "; allowed is 0 or more");
  require(positive(own.angular_damping),
          "angular_damping = " + std::to_string(own.angular_damping) + "; allowed is 0 or more");
  require(LeavesGeometryOfBegin(*model_) || (!has_drag() && !own.servos_in_solver),
          "linear_damping, angular_damping and servos_in_solver need another integrator than RK4");
  accelerations_.assign(static_cast<size_t>(model_->nv), 0.0);
  qpos_at_begin_.resize(static_cast<size_t>(model_->nq));
  // A task may ask for contacts in its step; memory for more than this is found at first need.
  const size_t usual = std::min<size_t>(1024, 16 + 8 * static_cast<size_t>(model_->nbody));
  contacts_.reserve(usual);
  order_.reserve(usual);
}

void MujocoWorld::StepEngine(int substeps) {
  for (const auto& one : kFatalWarnings) data_->warning[one.warning].number = 0;
  const bool split = has_hook() || servo_torque_.active() || has_drag();
  const bool rk4 = !LeavesGeometryOfBegin(*model_);
  const bool keep = settings_.keep_previous_pose;

  const auto remember_begin = [&] {
    std::copy_n(data_->qpos, qpos_at_begin_.size(), qpos_at_begin_.begin());
    if (!rk4) return;
    UpdateKinematics();
    KeepPrevious(qpos_at_begin_);
  };
  if (!split) {
    // The plain path is mj_step in a loop, under one guard.
    const auto steps = [&](int count) {
      Guarded("mj_step", [&] {
        for (int i = 0; i < count && !Warned(*data_); ++i) mj_step(model_, data_);
      });
    };
    if (keep) {
      steps(substeps - 1);
      remember_begin();
      steps(1);
    } else {
      steps(substeps);
    }
  } else {
    const bool may_be_free = plain_ && !has_hook();
    for (int i = 0; i < substeps && !Warned(*data_); ++i) {
      if (keep && i == substeps - 1) remember_begin();
      AimServos(i);
      if (may_be_free && was_free_) was_free_ = FreeSubstep(/*with_positions=*/true);
      if (!may_be_free || !was_free_) SplitSubstep(i, rk4);
    }
  }
  ThrowIfWarned();

  contacts_read_ = false;
  std::copy_n(data_->qacc, accelerations_.size(), accelerations_.begin());
  if (keep && !rk4) KeepPrevious(qpos_at_begin_);
  SetKinematicsFresh(false);
}

void MujocoWorld::SplitSubstep(int substep, bool rk4) {
  // Kinematics and velocities first, for the hook and the servos to see.
  Guarded("mj_step1", [&] {
    if (rk4)
      mj_forward(model_, data_);
    else
      mj_step1(model_, data_);
  });
  SetKinematicsFresh(true);
  if (has_drag()) {
    AddDrag(*model_, data_, settings_.mujoco.linear_damping, settings_.mujoco.angular_damping);
  }
  BeforeSubstep(substep);
  was_free_ = plain_ && !has_hook() && FreeSubstep(/*with_positions=*/false);
  if (was_free_) return;
  Guarded("mj_step2", [&] {
    if (servo_torque_.active()) {
      if (model_->nactuator) mj_fwdActuation(model_, data_);
      servo_torque_.Apply(*model_, data_);
      if (settings_.mujoco.servos_in_solver) servo_torque_.AimRows(*model_, data_);
    }
    if (rk4)
      mj_step(model_, data_);
    else
      mj_step2(model_, data_);
  });
}

bool MujocoWorld::FreeSubstep(bool with_positions) {
  bool done = false;
  Guarded("a free substep", [&] {
    const mjModel& m = *model_;
    if (with_positions) {
      mj_checkPos(&m, data_);
      mj_checkVel(&m, data_);
      mj_kinematics(&m, data_);
      mj_comPos(&m, data_);
      mj_collision(&m, data_);
      mj_makeConstraint(&m, data_);
    }
    if (!OnlyLimits(*data_)) return;
    if (with_positions) {
      mj_comVel(&m, data_);
      mj_passive(&m, data_);
      if (data_->nefc) mj_referenceConstraint(&m, data_);
    }
    if (!servo_torque_.ApplyFree(m, data_) || !LimitsAreIdle(m, *data_)) return;
    // What mj_step2 would do to velocities that are known, and to all that goes with them.
    mju_zero(data_->qfrc_constraint, m.nv);
    mju_zero(data_->efc_force, data_->nefc);
    mju_copy(data_->qacc_warmstart, data_->qacc, m.nv);
    servo_torque_.ReachSpeeds(m, data_);
    mj_integratePos(&m, data_->qpos, data_->qvel, m.opt.timestep);
    data_->time += m.opt.timestep;
    done = true;
  });
  return done;
}

void MujocoWorld::ThrowIfWarned() const {
  for (const auto& one : kFatalWarnings) {
    const mjWarningStat& warning = data_->warning[one.warning];
    if (!warning.number) continue;
    throw PhysicsError(std::string(one.text) + " (index " + std::to_string(warning.lastinfo) +
                       ", t = " + std::to_string(data_->time) + " s)");
  }
}

void MujocoWorld::ResetEngine() {
  contacts_.clear();
  contacts_read_ = true;
  std::fill(accelerations_.begin(), accelerations_.end(), 0.0);
}

void MujocoWorld::ServosChanged() {
  servo_torque_.Configure(*model_, servos_, settings_.mujoco);
  plain_ = servo_torque_.drives_all() && settings_.mujoco.servo_sweeps == 0 && !has_drag() &&
           IsPlain(*model_);
  std::fill_n(data_->qfrc_applied, model_->nv, 0.0);
}

void MujocoWorld::VisitEngine(StateVisitor& visitor) {
  // Nothing of this decides the future; it is what can be asked about the past substep.
  visitor("accelerations", std::span<double>(accelerations_));
  if (!visitor.loading()) ReadContacts();
  visitor("contacts", contacts_);
  contacts_read_ = true;
}

std::span<const double> MujocoWorld::Accelerations() const { return accelerations_; }

std::span<const Contact> MujocoWorld::Contacts() const {
  ReadContacts();
  return contacts_;
}

void MujocoWorld::ReadContacts() const {
  if (contacts_read_) return;
  contacts_read_ = true;

  // Those that act, by geom pair, and in MuJoCo's order within a pair.
  order_.clear();
  for (int i = 0; i < data_->ncon; ++i) {
    if (data_->contact[i].efc_address >= 0) order_.push_back(i);
  }
  std::sort(order_.begin(), order_.end(), [&](int a, int b) {
    const mjContact& first = data_->contact[a];
    const mjContact& second = data_->contact[b];
    if (first.geom[0] != second.geom[0]) return first.geom[0] < second.geom[0];
    if (first.geom[1] != second.geom[1]) return first.geom[1] < second.geom[1];
    return a < b;
  });
  contacts_.clear();
  for (int i : order_) {
    const mjContact& contact = data_->contact[i];
    double wrench[6], force[3];
    mj_contactForce(model_, data_, i, wrench);
    mju_mulMatTVec3(force, contact.frame, wrench);
    contacts_.push_back({contact.geom[0],
                         contact.geom[1],
                         {contact.pos[0], contact.pos[1], contact.pos[2]},
                         {contact.frame[0], contact.frame[1], contact.frame[2]},
                         contact.dist,
                         {force[0], force[1], force[2]}});
  }
}

size_t MujocoWorld::EngineBytes() const {
  return servo_torque_.memory_bytes() + contacts_.capacity() * sizeof(Contact) +
         order_.capacity() * sizeof(int) +
         (qpos_at_begin_.capacity() + accelerations_.capacity()) * sizeof(double);
}

}  // namespace flyball
