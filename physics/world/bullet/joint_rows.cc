#include "physics/world/bullet/joint_rows.h"

#include <algorithm>

namespace flyball::bullet {

JointRow::JointRow(btMultiBody* body, int link, int type)
    : btMultiBodyConstraint(body, nullptr, link, -1, /*numRows=*/2, /*isUnilateral=*/true, type) {
  finalizeMultiDof();
}

void JointRow::finalizeMultiDof() {
  allocateJacobiansMultiDof();
  for (int i = 0; i < m_data.size(); ++i) m_data[i] = 0;
  const int dof = 6 + m_bodyA->getLink(m_linkA).m_dofOffset;
  jacobianA(0)[dof] = 1;
  jacobianA(1)[dof] = -1;
  m_numDofsFinalized = m_jacSizeBoth;
}

btMultiBodySolverConstraint& JointRow::Add(btMultiBodyConstraintArray& rows,
                                           btMultiBodyJacobianData& data,
                                           const btContactSolverInfo& info, int direction,
                                           double velocity, double lower_impulse,
                                           double upper_impulse) {
  btMultiBodySolverConstraint& row = rows.expandNonInitializing();
  const int index = direction > 0 ? 0 : 1;
  row.m_orgConstraint = this;
  row.m_orgDofIndex = index;
  // The missing second body is the solver's fixed one while the row is filled, and none after.
  row.m_solverBodyIdA = -1;
  row.m_solverBodyIdB = data.m_fixedBodyId;
  const btVector3 zero(0, 0, 0);
  fillMultiBodyConstraint(row, data, jacobianA(index), nullptr, zero, zero, zero, zero,
                          /*posError=*/0, info, lower_impulse, upper_impulse,
                          /*angConstraint=*/false, /*relaxation=*/1, /*isFriction=*/false,
                          direction * velocity);
  row.m_solverBodyIdB = -1;
  row.m_contactNormal1 = row.m_contactNormal2 = zero;
  row.m_relpos1CrossNormal = row.m_relpos2CrossNormal = zero;
  return row;
}

bool JointLimit::Allows(double velocity, double timestep) const {
  const double q = m_bodyA->getJointPos(m_linkA);
  const double rate = kLimitErp / timestep;
  return (q > lower_ || velocity >= (lower_ - q) * rate) &&
         (q < upper_ || velocity <= (upper_ - q) * rate);
}

void JointLimit::createConstraintRows(btMultiBodyConstraintArray& rows,
                                      btMultiBodyJacobianData& data,
                                      const btContactSolverInfo& info) {
  constexpr double kMaxImpulse = 1e10;
  const double q = m_bodyA->getJointPos(m_linkA);
  for (int direction : {1, -1}) {
    const double gap = direction > 0 ? q - lower_ : upper_ - q;
    if (gap > 0) continue;
    btMultiBodySolverConstraint& row = Add(rows, data, info, direction, 0, 0, kMaxImpulse);
    // Bullet's rule: shallow violations are corrected at erp within the row, deep ones only
    // stopped.
    if (!info.m_splitImpulse || gap > info.m_splitImpulsePenetrationThreshold) {
      row.m_rhs += -gap * info.m_erp / info.m_timeStep * row.m_jacDiagABInv;
    }
  }
}

void JointDrive::createConstraintRows(btMultiBodyConstraintArray& rows,
                                      btMultiBodyJacobianData& data,
                                      const btContactSolverInfo& info) {
  const double impulse = std::min(max_force_ * info.m_timeStep, 1e10);
  const double given = feedforward_ * info.m_timeStep;
  const double velocity = gain_ * (target_ - m_bodyA->getJointPos(m_linkA)) / info.m_timeStep;
  Add(rows, data, info, 1, velocity, -impulse - given, impulse - given);
}

void JointDamper::createConstraintRows(btMultiBodyConstraintArray& rows,
                                       btMultiBodyJacobianData& data,
                                       const btContactSolverInfo& info) {
  btMultiBodySolverConstraint& row = Add(rows, data, info, 1, 0, -1e100, 1e100);
  if (row.m_jacDiagABInv == 0) return;
  // The impulse that stops the joint, softened: impulse = -coefficient * timestep * new velocity.
  const double softness = 1.0 / (coefficient_ * info.m_timeStep);
  const double scale = 1.0 / (1.0 + softness * row.m_jacDiagABInv);
  row.m_rhs *= scale;
  row.m_jacDiagABInv *= scale;
  row.m_cfm = softness * row.m_jacDiagABInv;
}

}  // namespace flyball::bullet
