#include "physics/world/bullet/bodies.h"

#include <mujoco/mujoco.h>

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <string>

#include "physics/numeric/error.h"

namespace flyball::bullet {
namespace {

// Bullet clamps velocities at 100 and impulses at 1000. Here what diverges must be seen to.
constexpr double kUnbounded = 1e100;

// Mass properties of a body as Bullet gets them: principal frame in body axes, mass, inertia.
struct Inertial {
  btTransform X_BI;
  double mass;
  btVector3 inertia;
};

// Reflected inertia of joint j: its own and what a geared actuator contributes.
double Armature(const mjModel& m, int j) {
  double armature = m.dof_armature[m.jnt_dofadr[j]];
  if (const int actuator = m.jnt_actuatorid[j]; actuator >= 0) {
    const double gear = m.actuator_gear[6 * m.actuator_outadr[actuator]];
    armature += gear * gear * m.actuator_armature[actuator];
  }
  return armature;
}

// Bullet has no armature: a hinge's is added to the inertia of the body it moves, about its axis; a
// slide's to its mass. Ancestors feel it too, which they should not (Unsupported says so).
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

btTransform BodyInParent(const mjModel& m, int body) {
  return ToTransform(m.body_pos + 3 * body, m.body_quat + 4 * body);
}

}  // namespace

Bodies::Bodies(const mjModel& m, const BulletSettings& settings)
    : bodies_(static_cast<size_t>(m.nbody)), joints_(static_cast<size_t>(m.njnt)),
      com_L_(static_cast<size_t>(m.nbody), btVector3(0, 0, 0)) {
  // Bodies come after their parents, so that static chains and trees can be laid in one pass.
  for (int i = 1; i < m.nbody; ++i) {
    if (m.body_treeid[i] >= 0) continue;
    const BodyPlace& parent = bodies_[static_cast<size_t>(m.body_parentid[i])];
    bodies_[static_cast<size_t>(i)].X_LB = parent.X_LB * BodyInParent(m, i);
  }
  for (int tree = 0; tree < m.ntree; ++tree) BuildTree(m, settings, tree);
  UpdateFrames();
}

void Bodies::BuildTree(const mjModel& m, const BulletSettings& settings, int tree) {
  const int first = m.tree_bodyadr[tree];
  const int end = first + m.tree_bodynum[tree];
  const bool floating = m.body_jntnum[first] == 1 && m.jnt_type[m.body_jntadr[first]] == mjJNT_FREE;
  const auto place = [&](int body) -> BodyPlace& { return bodies_[static_cast<size_t>(body)]; };

  // A body without joints needs a link of its own only if it has mass: drag acts per link.
  const auto is_welded = [&](int body) {
    return m.body_jntnum[body] == 0 && m.body_mass[body] == 0;
  };
  int num_links = 0;
  for (int body = first; body < end; ++body) {
    if (body == first && floating) continue;
    num_links += m.body_jntnum[body] ? m.body_jntnum[body] : !is_welded(body);
  }

  const Inertial root = EffectiveInertial(m, first);
  trees_.push_back(std::make_unique<btMultiBody>(num_links, floating ? root.mass : 0.0,
                                                 floating ? root.inertia : btVector3(0, 0, 0),
                                                 /*fixedBase=*/!floating, /*canSleep=*/false));
  btMultiBody& mb = *trees_.back();
  std::vector<double> weights(static_cast<size_t>(num_links) + 1, 0.0);

  int link = 0;
  for (int body = first; body < end; ++body) {
    const Inertial inertial = EffectiveInertial(m, body);
    const btTransform X_IB = inertial.X_BI.inverse();
    com_L_[static_cast<size_t>(body)] = X_IB * ToVector(m.body_ipos + 3 * body);
    if (body == first && floating) {
      const int j = m.body_jntadr[body];
      place(body) = {tree, -1, X_IB};
      joints_[static_cast<size_t>(j)] = {tree,
                                         -1,
                                         mjJNT_FREE,
                                         m.jnt_qposadr[j],
                                         m.jnt_dofadr[j],
                                         0.0,
                                         btQuaternion::getIdentity(),
                                         inertial.X_BI};
      weights[0] = m.body_mass[body];
      continue;
    }

    // The parent's frame in its link; the world's in the base of a fixed tree, which sits at its
    // origin.
    const BodyPlace& parent = place(m.body_parentid[body]);
    int parent_link = parent.tree < 0 ? -1 : parent.link;
    btTransform X_PB = parent.X_LB * BodyInParent(m, body);  // in the parent link's frame
    if (is_welded(body)) {
      place(body) = {tree, parent_link, X_PB};
      com_L_[static_cast<size_t>(body)] = X_PB * ToVector(m.body_ipos + 3 * body);
      continue;
    }
    if (m.body_jntnum[body] == 0) {
      const btTransform X_PL = X_PB * inertial.X_BI;
      mb.setupFixed(link, inertial.mass, inertial.inertia, parent_link,
                    X_PL.getRotation().inverse(), X_PL.getOrigin(), btVector3(0, 0, 0));
    }
    for (int k = 0; k < m.body_jntnum[body]; ++k) {
      const int j = m.body_jntadr[body] + k;
      const bool last = k + 1 == m.body_jntnum[body];
      // All but the last joint move massless links in body axes with their centre at the anchor.
      const btVector3 anchor = ToVector(m.jnt_pos + 3 * j);
      const btTransform X_BL =
          last ? inertial.X_BI : btTransform(btQuaternion::getIdentity(), anchor);
      const btTransform X_PL = X_PB * X_BL;
      const btQuaternion R_LP = X_PL.getRotation().inverse();
      const btVector3 parent_to_pivot = X_PB * anchor;
      const btQuaternion R_LB = X_BL.getRotation().inverse();
      const btVector3 pivot_to_com = quatRotate(R_LB, X_BL.getOrigin() - anchor);
      const btVector3 axis = quatRotate(R_LB, ToVector(m.jnt_axis + 3 * j));
      const double mass = last ? inertial.mass : 0.0;
      const btVector3 inertia = last ? inertial.inertia : btVector3(0, 0, 0);
      switch (m.jnt_type[j]) {
        case mjJNT_HINGE:
          mb.setupRevolute(link, mass, inertia, parent_link, R_LP, axis, parent_to_pivot,
                           pivot_to_com, true);
          break;
        case mjJNT_SLIDE:
          mb.setupPrismatic(link, mass, inertia, parent_link, R_LP, axis, parent_to_pivot,
                            pivot_to_com, true);
          break;
        default:
          mb.setupSpherical(link, mass, inertia, parent_link, R_LP, parent_to_pivot, pivot_to_com,
                            true);
      }
      const bool scalar = m.jnt_type[j] == mjJNT_HINGE || m.jnt_type[j] == mjJNT_SLIDE;
      joints_[static_cast<size_t>(j)] = {tree,
                                         link,
                                         m.jnt_type[j],
                                         m.jnt_qposadr[j],
                                         m.jnt_dofadr[j],
                                         scalar ? m.qpos0[m.jnt_qposadr[j]] : 0.0,
                                         X_BL.getRotation(),
                                         btTransform::getIdentity()};
      if (!last) {
        parent_link = link++;
        X_PB = X_BL.inverse();
      }
    }
    weights[static_cast<size_t>(link) + 1] = m.body_mass[body];
    place(body) = {tree, link, X_IB};
    ++link;
  }

  mb.setLinearDamping(settings.linear_damping);
  mb.setAngularDamping(settings.angular_damping);
  mb.setMaxCoordinateVelocity(kUnbounded);
  mb.setMaxAppliedImpulse(kUnbounded);
  mb.finalizeMultiDof();
  weights_.push_back(std::move(weights));
}

bool Bodies::HasFramesOf(const Bodies& other) const {
  return std::equal(joints_.begin(), joints_.end(), other.joints_.begin(), other.joints_.end(),
                    [](const JointPlace& a, const JointPlace& b) {
                      return a.R_BL == b.R_BL && a.X_BL == b.X_BL && a.q0 == b.q0;
                    });
}

void Bodies::Load(const double* qpos, const double* qvel) {
  for (auto& tree : trees_) {
    btMultiBody& mb = *tree;
    mb.clearVelocities();
    mb.clearForcesAndTorques();
    mb.clearConstraintForces();
    if (mb.hasFixedBase()) {
      mb.setBasePos(btVector3(0, 0, 0));
      mb.setWorldToBaseRot(btQuaternion::getIdentity());
    }
  }
  for (const JointPlace& joint : joints_) {
    btMultiBody& mb = tree(joint.tree);
    const double* q = qpos + joint.qpos;
    const double* v = qvel + joint.dof;
    switch (joint.type) {
      case mjJNT_FREE: {
        const btTransform X_WB = ToTransform(q, q + 3);
        const btVector3 w_W = X_WB.getBasis() * ToVector(v + 3);
        const btVector3 arm_W = X_WB.getBasis() * joint.X_BL.getOrigin();
        mb.setBasePos(X_WB.getOrigin() + arm_W);
        mb.setWorldToBaseRot((ToQuaternion(q + 3) * joint.X_BL.getRotation()).inverse());
        mb.setBaseVel(ToVector(v) + w_W.cross(arm_W));
        mb.setBaseOmega(w_W);
        break;
      }
      case mjJNT_BALL: {
        const btQuaternion R = joint.R_BL.inverse() * ToQuaternion(q) * joint.R_BL;
        const double position[4] = {R.x(), R.y(), R.z(), R.w()};
        mb.setJointPosMultiDof(joint.link, position);
        double rate[3];
        bullet::Store(quatRotate(joint.R_BL.inverse(), ToVector(v)), rate);
        mb.setJointVelMultiDof(joint.link, rate);
        break;
      }
      default:
        mb.setJointPos(joint.link, q[0] - joint.q0);
        mb.setJointVel(joint.link, v[0]);
    }
  }
  UpdateFrames();
}

void Bodies::Store(double* qpos, double* qvel) const {
  for (const JointPlace& joint : joints_) {
    const btMultiBody& mb = *trees_[static_cast<size_t>(joint.tree)];
    double* q = qpos + joint.qpos;
    double* v = qvel + joint.dof;
    switch (joint.type) {
      case mjJNT_FREE: {
        const btQuaternion R_WB =
            mb.getWorldToBaseRot().inverse() * joint.X_BL.getRotation().inverse();
        const btVector3 arm_W = quatRotate(R_WB, joint.X_BL.getOrigin());
        const btVector3 w_W = mb.getBaseOmega();
        bullet::Store(mb.getBasePos() - arm_W, q);
        bullet::Store(R_WB, q + 3);
        bullet::Store(mb.getBaseVel() - w_W.cross(arm_W), v);
        bullet::Store(quatRotate(R_WB.inverse(), w_W), v + 3);
        break;
      }
      case mjJNT_BALL: {
        const double* p = mb.getJointPosMultiDof(joint.link);
        const btQuaternion R =
            joint.R_BL * btQuaternion(p[0], p[1], p[2], p[3]) * joint.R_BL.inverse();
        bullet::Store(R, q);
        const double* rate = mb.getJointVelMultiDof(joint.link);
        bullet::Store(quatRotate(joint.R_BL, ToVector(rate)), v);
        break;
      }
      default:
        q[0] = mb.getJointPos(joint.link) + joint.q0;
        v[0] = mb.getJointVel(joint.link);
    }
  }
}

void Bodies::UpdateFrames() {
  for (auto& tree : trees_) tree->forwardKinematics(scratch_q_, scratch_v_);
}

btTransform Bodies::LinkFrame(int tree, int link) const {
  if (tree < 0) return btTransform::getIdentity();
  const btMultiBody& mb = *trees_[static_cast<size_t>(tree)];
  return link < 0 ? mb.getBaseWorldTransform() : mb.getLink(link).m_cachedWorldTransform;
}

void Bodies::ClearForces() {
  for (auto& tree : trees_) {
    tree->clearForcesAndTorques();
    tree->clearConstraintForces();
  }
}

void Bodies::AddGravity(const double* gravity) {
  const btVector3 g = ToVector(gravity);
  for (size_t i = 0; i < trees_.size(); ++i) {
    btMultiBody& mb = *trees_[i];
    if (!mb.hasFixedBase()) mb.addBaseForce(g * weights_[i][0]);
    for (int link = 0; link < mb.getNumLinks(); ++link) {
      mb.addLinkForce(link, g * weights_[i][static_cast<size_t>(link) + 1]);
    }
  }
}

void Bodies::AddJointForces(const double* qfrc) {
  for (const JointPlace& joint : joints_) {
    btMultiBody& mb = tree(joint.tree);
    const double* f = qfrc + joint.dof;
    switch (joint.type) {
      case mjJNT_FREE: {
        // At the body's origin: force in world axes, torque in body axes.
        const btQuaternion R_WB =
            mb.getWorldToBaseRot().inverse() * joint.X_BL.getRotation().inverse();
        const btVector3 force = ToVector(f);
        const btVector3 arm_W = quatRotate(R_WB, joint.X_BL.getOrigin());
        mb.addBaseForce(force);
        mb.addBaseTorque(quatRotate(R_WB, ToVector(f + 3)) - arm_W.cross(force));
        break;
      }
      case mjJNT_BALL: {
        const btVector3 torque = quatRotate(joint.R_BL.inverse(), ToVector(f));
        for (int i = 0; i < 3; ++i) mb.addJointTorqueMultiDof(joint.link, i, torque[i]);
        break;
      }
      default:
        mb.addJointTorque(joint.link, f[0]);
    }
  }
}

void Bodies::AddWrench(int body, const btVector3& force_W, const btVector3& torque_W) {
  const BodyPlace& place = bodies_[static_cast<size_t>(body)];
  if (place.tree < 0) return;
  btMultiBody& mb = tree(place.tree);
  // A welded body's centre is not the link's.
  const btVector3 arm_W =
      LinkFrame(place.tree, place.link).getBasis() * com_L_[static_cast<size_t>(body)];
  const btVector3 torque = torque_W + arm_W.cross(force_W);
  if (place.link < 0) {
    mb.addBaseForce(force_W);
    mb.addBaseTorque(torque);
  } else {
    mb.addLinkForce(place.link, force_W);
    mb.addLinkTorque(place.link, torque);
  }
}

void Bodies::IntegrateVelocities(double timestep, std::span<const char> done) {
  for (size_t i = 0; i < trees_.size(); ++i) {
    if (done[i]) continue;
    trees_[i]->computeAccelerationsArticulatedBodyAlgorithmMultiDof(
        timestep, scratch_r_, scratch_v_, scratch_m_, false, false, false);
  }
}

void Bodies::IntegratePositions(double timestep) {
  for (auto& tree : trees_) {
    tree->processDeltaVeeMultiDof2();
    tree->stepPositionsMultiDof(timestep);
  }
}

void Bodies::VisitState(StateVisitor& visitor) {
  for (auto& tree : trees_) {
    btMultiBody& mb = *tree;
    // Base pose and velocity, then per link its coordinates, rates and the frame it was last seen
    // in.
    double base[13];
    bullet::Store(mb.getBasePos(), base);
    bullet::Store(mb.getWorldToBaseRot(), base + 3);
    bullet::Store(mb.getBaseVel(), base + 7);
    bullet::Store(mb.getBaseOmega(), base + 10);
    visitor("bullet base", base);
    if (visitor.loading()) {
      mb.clearVelocities();
      mb.setBasePos(ToVector(base));
      mb.setWorldToBaseRot(ToQuaternion(base + 3));
      mb.setBaseVel(ToVector(base + 7));
      mb.setBaseOmega(ToVector(base + 10));
    }
    for (int link = 0; link < mb.getNumLinks(); ++link) {
      double values[7] = {};
      const int coordinates = mb.getLink(link).m_posVarCount, dofs = mb.getLink(link).m_dofCount;
      if (dofs == 0) continue;
      for (int i = 0; i < coordinates; ++i) values[i] = mb.getJointPosMultiDof(link)[i];
      for (int i = 0; i < dofs; ++i) values[4 + i] = mb.getJointVelMultiDof(link)[i];
      visitor("bullet joint", values);
      if (visitor.loading()) {
        mb.setJointPosMultiDof(link, values);
        mb.setJointVelMultiDof(link, values + 4);
      }
    }
  }
  // Frames follow from the coordinates: the next substep begins by computing them.
  if (visitor.loading()) {
    ClearForces();
    UpdateFrames();
  }
}

size_t Bodies::memory_bytes() const {
  size_t total = bodies_.size() * (sizeof(BodyPlace) + sizeof(btVector3)) +
                 joints_.size() * sizeof(JointPlace);
  for (const auto& tree : trees_) {
    const size_t dofs = static_cast<size_t>(tree->getNumDofs());
    const size_t links = static_cast<size_t>(tree->getNumLinks());
    total += sizeof(btMultiBody) + links * (sizeof(btMultibodyLink) + sizeof(btMatrix3x3)) +
             (4 * (6 + dofs) + dofs * dofs) * sizeof(double) + 2 * dofs * sizeof(btVector3);
  }
  return total;
}

}  // namespace flyball::bullet
