#include "physics/world/bullet/joint_forces.h"

#include <mujoco/mujoco.h>

#include <algorithm>
#include <cmath>

#include "physics/world/mujoco/guard.h"

namespace flyball::bullet {

void JointForces::Configure(const mjModel& m) {
  const auto any = [](const mjtNum* values, mjtSize count) {
    return std::any_of(values, values + count, [](mjtNum value) { return value != 0; });
  };
  active_ = m.nactuator > 0 || m.ngravcomp > 0 || m.opt.density > 0 || m.opt.viscosity > 0 ||
            any(m.jnt_stiffness, m.njnt) || any(m.jnt_stiffnesspoly, mjNPOLY * m.njnt) ||
            any(m.dof_damping, m.nv) || any(m.dof_dampingpoly, mjNPOLY * m.nv) ||
            any(m.tendon_stiffness, m.ntendon) ||
            any(m.tendon_stiffnesspoly, mjNPOLY * m.ntendon) || any(m.tendon_damping, m.ntendon) ||
            any(m.tendon_dampingpoly, mjNPOLY * m.ntendon);
  stiff_.assign(static_cast<size_t>(m.nv), 0);
  force_.assign(static_cast<size_t>(m.nv), 0.0);
  for (int i = 0; i < m.nv; ++i) {
    // An explicit damper that takes this share of the velocity in a substep is still accurate.
    constexpr double kExplicitShare = 0.1;
    const int type = m.jnt_type[m.dof_jntid[i]];
    stiff_[static_cast<size_t>(i)] =
        (type == mjJNT_HINGE || type == mjJNT_SLIDE) && !(m.opt.disableflags & mjDSBL_DAMPER) &&
        m.opt.timestep * m.dof_damping[i] * m.dof_invweight0[i] > kExplicitShare;
  }
}

const std::vector<double>& JointForces::Compute(const mjModel& m, mjData* data) {
  Guarded("joint forces", [&] {
    if (m.nactuator) mj_transmission(&m, data);
    mj_fwdVelocity(&m, data);
    mj_fwdActuation(&m, data);
  });
  for (size_t i = 0; i < force_.size(); ++i) {
    force_[i] = data->qfrc_passive[i] + data->qfrc_actuator[i];
    if (stiff_[i]) force_[i] += m.dof_damping[i] * data->qvel[i];
  }
  return force_;
}

void JointForces::AdvanceActivations(const mjModel& m, mjData* data) const {
  for (int i = 0; i < m.nactuator; ++i) {
    for (int k = 0; k < m.actuator_actnum[i]; ++k) {
      const int adr = m.actuator_actadr[i] + k;
      const double rate = data->act_dot[adr];
      if (m.actuator_dyntype[i] == mjDYN_FILTEREXACT) {
        const double tau = std::max(mjMINVAL, m.actuator_dynprm[mjNDYN * i]);
        data->act[adr] += rate * tau * (1 - std::exp(-m.opt.timestep / tau));
      } else {
        data->act[adr] += rate * m.opt.timestep;
      }
    }
    if (m.actuator_actlimited[i] && m.actuator_actnum[i] > 0) {
      // The last variable is the one that is limited.
      double& act = data->act[m.actuator_actadr[i] + m.actuator_actnum[i] - 1];
      act = std::clamp(act, m.actuator_actrange[2 * i], m.actuator_actrange[2 * i + 1]);
    }
  }
}

}  // namespace flyball::bullet
