#include "physics/world/mujoco/servo_torque.h"

#include <mujoco/mujoco.h>

#include <algorithm>
#include <cmath>

namespace flyball {
namespace {

// Passes in which joints enter and leave saturation; two or three are usual. What is left over after
// the last one is clipped.
constexpr int kMaxPasses = 12;

bool DampsImplicitly(const mjModel& model) {
  if (model.opt.disableflags & mjDSBL_DAMPER) return false;
  switch (model.opt.integrator) {
    case mjINT_EULER:
      return !(model.opt.disableflags & mjDSBL_EULERDAMP);
    case mjINT_RK4:
      return false;
    default:
      return true;
  }
}

}  // namespace

void ServoTorque::Configure(const mjModel& model, std::span<const World::Servo> servos,
                            const MujocoSettings& settings) {
  settings_ = settings;
  damps_implicitly_ = DampsImplicitly(model);
  drives_all_ = servos.size() == static_cast<size_t>(model.nv);  // one each, so all
  drives_.clear();
  if (servos.empty()) return;

  // All dofs of the trees that the servos are in, since M couples no more than these.
  local_.assign(static_cast<size_t>(model.nv), -1);
  for (const World::Servo& servo : servos) {
    const int tree = model.dof_treeid[model.jnt_dofadr[servo.joint]];
    for (int i = 0; i < model.tree_dofnum[tree]; ++i) {
      local_[static_cast<size_t>(model.tree_dofadr[tree] + i)] = 0;
    }
  }
  dofs_.clear();
  for (int dof = 0; dof < model.nv; ++dof) {
    if (local_[static_cast<size_t>(dof)] < 0) continue;
    local_[static_cast<size_t>(dof)] = static_cast<int>(dofs_.size());
    dofs_.push_back(dof);
  }
  const size_t n = dofs_.size();
  drive_of_.assign(n, -1);
  for (const World::Servo& servo : servos) {
    const int local = local_[static_cast<size_t>(model.jnt_dofadr[servo.joint])];
    drive_of_[static_cast<size_t>(local)] = static_cast<int>(drives_.size());
    const bool in_solver =
        settings.servos_in_solver && model.dof_frictionloss[model.jnt_dofadr[servo.joint]] > 0;
    drives_.push_back({servo, model.jnt_qposadr[servo.joint], local, 0, in_solver});
  }
  if (settings.servo_sweeps > 0) ConfigureSweeps(model);
  inertia_.resize(n * n);
  free_inertia_.resize(n * n);
  for (std::vector<double>* values : {&smooth_, &acceleration_, &torque_, &free_right_}) {
    values->resize(n);
  }
  free_.reserve(n);
  external_.resize(static_cast<size_t>(model.nv));
}

void ServoTorque::Aim(std::span<const World::Servo> servos) {
  for (size_t i = 0; i < servos.size(); ++i) drives_[i].servo = servos[i];
}

bool ServoTorque::ApplyFree(const mjModel& model, mjData* data) {
  const double h = model.opt.timestep;
  if (!drives_all_) std::fill_n(data->qacc, model.nv, 0.0);
  for (const Drive& drive : drives_) {
    const int dof = dofs_[static_cast<size_t>(drive.local)];
    data->qacc[dof] = (WantedSpeed(drive.servo, data->qpos[drive.qpos], h) - data->qvel[dof]) / h;
  }
  mj_rne(&model, data, /*flg_acc=*/1, external_.data());
  for (const int dof : dofs_) {
    data->qfrc_applied[dof] = external_[static_cast<size_t>(dof)] +
                              model.dof_armature[dof] * data->qacc[dof] - data->qfrc_passive[dof];
  }
  // Wrenches on bodies are rare here; those there are do a part of the work.
  if (AddWrenches(model, data)) {
    for (const int dof : dofs_) data->qfrc_applied[dof] -= external_[static_cast<size_t>(dof)];
  }
  return std::all_of(drives_.begin(), drives_.end(), [&](const Drive& drive) {
    const double torque = data->qfrc_applied[dofs_[static_cast<size_t>(drive.local)]];
    return std::abs(torque) <= drive.servo.max_force;
  });
}

void ServoTorque::AimRows(const mjModel& model, mjData* data) const {
  for (int row = data->ne; row < data->ne + data->nf; ++row) {
    if (data->efc_type[row] != mjCNSTR_FRICTION_DOF) continue;
    for (const Drive& drive : drives_) {
      if (!drive.in_solver || dofs_[static_cast<size_t>(drive.local)] != data->efc_id[row])
        continue;
      // MuJoCo's own reference is -B times the velocity.
      const double B = data->efc_KBIP[4 * row + 1];
      data->efc_aref[row] +=
          B * WantedSpeed(drive.servo, data->qpos[drive.qpos], model.opt.timestep);
      data->efc_frictionloss[row] = drive.servo.max_force;
      if (data->nisland == 0) continue;
      // The solver has its own copy of what stands together.
      const int copy = data->map_efc2iefc[row];
      data->iefc_aref[copy] = data->efc_aref[row];
      data->iefc_frictionloss[copy] = data->efc_frictionloss[row];
    }
  }
}

void ServoTorque::ReachSpeeds(const mjModel& model, mjData* data) const {
  for (const Drive& drive : drives_) {
    data->qvel[dofs_[static_cast<size_t>(drive.local)]] =
        WantedSpeed(drive.servo, data->qpos[drive.qpos], model.opt.timestep);
  }
}

bool ServoTorque::AddWrenches(const mjModel& model, mjData* data) {
  const double* wrenches = data->xfrc_applied;
  if (std::all_of(wrenches, wrenches + 6 * model.nbody, [](double x) { return x == 0; })) {
    return false;
  }
  std::fill(external_.begin(), external_.end(), 0.0);
  for (int body = 1; body < model.nbody; ++body) {
    const double* wrench = wrenches + 6 * body;
    if (mju_isZero(wrench, 6)) continue;
    mj_applyFT(&model, data, wrench, wrench + 3, data->xipos + 3 * body, body, external_.data());
  }
  return true;
}

void ServoTorque::ReadInertia(const mjModel& model, const mjData& data) {
  const size_t n = dofs_.size();
  std::fill(inertia_.begin(), inertia_.end(), 0.0);
  for (size_t i = 0; i < n; ++i) {
    // M is kept as the lower triangle in compressed rows.
    const int dof = dofs_[i];
    for (int k = model.M_rowadr[dof]; k < model.M_rowadr[dof] + model.M_rownnz[dof]; ++k) {
      const auto j = static_cast<size_t>(local_[static_cast<size_t>(model.M_colind[k])]);
      inertia_[i * n + j] = inertia_[j * n + i] = data.M[k];
    }
  }
  if (!damps_implicitly_) return;
  for (size_t i = 0; i < n; ++i) {
    inertia_[i * n + i] += model.opt.timestep * model.dof_damping[dofs_[i]];
  }
}

void ServoTorque::ReadSmoothForce(const mjModel& model, mjData* data) {
  // Wrenches on bodies are rare here; those there are count like any other known force.
  const bool pushed = AddWrenches(model, data);
  for (size_t i = 0; i < dofs_.size(); ++i) {
    const int dof = dofs_[i];
    smooth_[i] = data->qfrc_passive[dof] - data->qfrc_bias[dof] + data->qfrc_actuator[dof];
    if (pushed) smooth_[i] += external_[static_cast<size_t>(dof)];
  }
}

void ServoTorque::SolveFree() {
  // Accelerations of the free dofs, given those of the servos that reach their velocity.
  const size_t n = dofs_.size();
  const int f = static_cast<int>(free_.size());
  for (int a = 0; a < f; ++a) {
    const auto i = static_cast<size_t>(free_[static_cast<size_t>(a)]);
    double right = smooth_[i] + torque_[i];
    for (size_t j = 0; j < n; ++j) {
      const int drive = drive_of_[j];
      if (drive >= 0 && drives_[static_cast<size_t>(drive)].saturated == 0) {
        right -= inertia_[i * n + j] * acceleration_[j];
      }
    }
    free_right_[static_cast<size_t>(a)] = right;
    for (int b = 0; b < f; ++b) {
      free_inertia_[static_cast<size_t>(a * f + b)] =
          inertia_[i * n + static_cast<size_t>(free_[static_cast<size_t>(b)])];
    }
  }
  mju_cholFactor(free_inertia_.data(), f, 0);
  mju_cholSolve(free_right_.data(), free_inertia_.data(), free_right_.data(), f);
  for (int a = 0; a < f; ++a) {
    acceleration_[static_cast<size_t>(free_[static_cast<size_t>(a)])] =
        free_right_[static_cast<size_t>(a)];
  }
}

bool ServoTorque::ApplyUnsaturated(const mjModel& model, const mjData& data) {
  if (drives_.size() != dofs_.size()) return false;
  const double h = model.opt.timestep;
  for (const Drive& drive : drives_) {
    const auto i = static_cast<size_t>(drive.local);
    acceleration_[i] =
        (WantedSpeed(drive.servo, data.qpos[drive.qpos], h) - data.qvel[dofs_[i]]) / h;
  }
  // torque = (M + h D) a - smooth, M row by row of its lower triangle.
  for (size_t i = 0; i < dofs_.size(); ++i) {
    const int dof = dofs_[i];
    double sum = -smooth_[i];
    const int last = model.M_rowadr[dof] + model.M_rownnz[dof] - 1;
    for (int k = model.M_rowadr[dof]; k < last; ++k) {
      const auto j = static_cast<size_t>(local_[static_cast<size_t>(model.M_colind[k])]);
      sum += data.M[k] * acceleration_[j];
      torque_[j] += data.M[k] * acceleration_[i];
    }
    const double damping = damps_implicitly_ ? h * model.dof_damping[dof] : 0.0;
    torque_[i] = sum + (data.M[last] + damping) * acceleration_[i];
  }
  return std::all_of(drives_.begin(), drives_.end(), [&](const Drive& drive) {
    return std::abs(torque_[static_cast<size_t>(drive.local)]) <= drive.servo.max_force;
  });
}

void ServoTorque::Apply(const mjModel& model, mjData* data) {
  ReadSmoothForce(model, data);
  if (settings_.servo_sweeps > 0) {
    ApplySwept(model, *data);
  } else if (!ApplyUnsaturated(model, *data)) {
    ApplySaturated(model, *data);
  }
  for (const Drive& drive : drives_) {
    const auto i = static_cast<size_t>(drive.local);
    data->qfrc_applied[dofs_[i]] = drive.in_solver ? 0.0 : torque_[i];
  }
}

void ServoTorque::ApplySaturated(const mjModel& model, const mjData& data) {
  ReadInertia(model, data);
  const size_t n = dofs_.size();
  const double h = model.opt.timestep;
  std::fill(torque_.begin(), torque_.end(), 0.0);
  std::fill(acceleration_.begin(), acceleration_.end(), 0.0);
  for (Drive& drive : drives_) drive.saturated = 0;

  const auto wanted = [&](const Drive& drive) {
    return (WantedSpeed(drive.servo, data.qpos[drive.qpos], h) -
            data.qvel[dofs_[static_cast<size_t>(drive.local)]]) /
           h;
  };
  for (int pass = 0; pass < kMaxPasses; ++pass) {
    // Split the dofs: accelerations given, or torques given.
    free_.clear();
    for (size_t i = 0; i < n; ++i) {
      if (drive_of_[i] < 0 || drives_[static_cast<size_t>(drive_of_[i])].saturated) {
        free_.push_back(static_cast<int>(i));
      }
    }
    for (const Drive& drive : drives_) {
      const auto i = static_cast<size_t>(drive.local);
      if (drive.saturated == 0)
        acceleration_[i] = wanted(drive);
      else
        torque_[i] = drive.saturated * drive.servo.max_force;
    }
    if (!free_.empty()) SolveFree();

    // A servo that would need more than its cap is held at it; one held that overshoots is let go.
    bool settled = true;
    for (Drive& drive : drives_) {
      const auto i = static_cast<size_t>(drive.local);
      if (drive.saturated == 0) {
        double torque = -smooth_[i];
        for (size_t j = 0; j < n; ++j) torque += inertia_[i * n + j] * acceleration_[j];
        const double cap = drive.servo.max_force;
        torque_[i] = std::clamp(torque, -cap, cap);
        if (torque_[i] != torque) {
          drive.saturated = torque > 0 ? 1 : -1;
          settled = false;
        }
      } else if (drive.saturated * (acceleration_[i] - wanted(drive)) > 0) {
        drive.saturated = 0;
        settled = false;
      }
    }
    if (settled) break;
  }
}

size_t ServoTorque::memory_bytes() const {
  const size_t numbers = mobility_.capacity() + inertia_.capacity() + smooth_.capacity() +
                         acceleration_.capacity() + torque_.capacity() + free_inertia_.capacity() +
                         free_right_.capacity() + external_.capacity();
  const size_t indices = dofs_.capacity() + local_.capacity() + drive_of_.capacity() +
                         free_.capacity() + sweep_order_.capacity();
  return numbers * sizeof(double) + indices * sizeof(int) + drives_.capacity() * sizeof(Drive);
}

}  // namespace flyball
