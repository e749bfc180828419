#include "physics/world/mujoco/drag.h"

#include <mujoco/mujoco.h>

namespace flyball {

void AddDrag(const mjModel& model, mjData* data, double linear, double angular) {
  for (int body = 1; body < model.nbody; ++body) {
    if (model.body_weldid[body] == 0) continue;  // it cannot move
    // In the principal axes of inertia: angular, then that of the centre of mass.
    double velocity[6], force[3], torque[3];
    mj_objectVelocity(&model, data, mjOBJ_BODY, body, velocity, /*flg_local=*/1);
    const double spin = angular * (1 + mju_norm3(velocity));
    const double speed = linear * (1 + mju_norm3(velocity + 3));
    const double* inertia = model.body_inertia + 3 * body;
    for (int i = 0; i < 3; ++i) {
      torque[i] = -spin * inertia[i] * velocity[i];
      force[i] = -speed * model.body_mass[body] * velocity[3 + i];
    }
    const double* R_WI = data->ximat + 9 * body;
    double force_W[3], torque_W[3];
    mju_mulMatVec3(force_W, R_WI, force);
    mju_mulMatVec3(torque_W, R_WI, torque);
    mj_applyFT(&model, data, force_W, torque_W, data->xipos + 3 * body, body, data->qfrc_passive);
  }
}

}  // namespace flyball
