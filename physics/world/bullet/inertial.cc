#include "physics/world/bullet/inertial.h"

#include <Eigen/Eigenvalues>

namespace flyball::bullet {
namespace {

// Reflected inertia of joint j: its own and what a geared actuator contributes.
double Armature(const mjModel& m, int j) {
  double armature = m.dof_armature[m.jnt_dofadr[j]];
  if (const int actuator = m.jnt_actuatorid[j]; actuator >= 0) {
    const double gear = m.actuator_gear[6 * m.actuator_outadr[actuator]];
    armature += gear * gear * m.actuator_armature[actuator];
  }
  return armature;
}

}  // namespace

Inertial EffectiveInertial(const mjModel& m, int body) {
  Inertial inertial{ToTransform(m.body_ipos + 3 * body, m.body_iquat + 4 * body), m.body_mass[body],
                    ToVector(m.body_inertia + 3 * body)};
  Eigen::Matrix3d added = Eigen::Matrix3d::Zero();
  for (int k = 0; k < m.body_jntnum[body]; ++k) {
    const int j = m.body_jntadr[body] + k;
    const double armature = Armature(m, j);
    if (armature == 0) continue;
    if (m.jnt_type[j] == mjJNT_SLIDE || m.jnt_type[j] == mjJNT_FREE) inertial.mass += armature;
    if (m.jnt_type[j] == mjJNT_BALL || m.jnt_type[j] == mjJNT_FREE) {
      inertial.inertia += btVector3(armature, armature, armature);
    }
    if (m.jnt_type[j] == mjJNT_HINGE) {
      const Eigen::Map<const Eigen::Vector3d> axis(m.jnt_axis + 3 * j);
      added += armature * axis * axis.transpose();
    }
  }
  if (added.isZero(0)) return inertial;

  // The sum's principal axes are new ones.
  Eigen::Matrix3d R, D = Eigen::Matrix3d::Zero();
  for (int i = 0; i < 3; ++i) {
    for (int k = 0; k < 3; ++k) R(i, k) = inertial.X_BI.getBasis()[i][k];
    D(i, i) = inertial.inertia[i];
  }
  const Eigen::SelfAdjointEigenSolver<Eigen::Matrix3d> solver(R * D * R.transpose() + added);
  Eigen::Matrix3d axes = solver.eigenvectors();
  if (axes.determinant() < 0) axes.col(2) *= -1;
  btMatrix3x3 basis;
  for (int i = 0; i < 3; ++i) {
    for (int k = 0; k < 3; ++k) basis[i][k] = axes(i, k);
    inertial.inertia[i] = solver.eigenvalues()[i];
  }
  inertial.X_BI.setBasis(basis);
  return inertial;
}

}  // namespace flyball::bullet
