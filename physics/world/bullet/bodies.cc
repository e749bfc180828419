#include "physics/world/bullet/bodies.h"

#include <mujoco/mujoco.h>

#include <algorithm>

namespace flyball::bullet {

Bodies::Bodies(const mjModel& m, const BulletSettings& settings) : places_(PlacesOf(m)) {
  for (int i = 0; i < m.ntree; ++i) {
    Tree tree = BuildTree(m, settings, i, places_);
    trees_.push_back(std::move(tree.multibody));
    weights_.push_back(std::move(tree.weights));
  }
  UpdateFrames();
}

bool Bodies::HasFramesOf(const Bodies& other) const {
  return std::equal(places_.joints.begin(), places_.joints.end(), other.places_.joints.begin(),
                    other.places_.joints.end(), [](const JointPlace& a, const JointPlace& b) {
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
  for (const JointPlace& joint : places_.joints) {
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
  for (const JointPlace& joint : places_.joints) {
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
  for (const JointPlace& joint : places_.joints) {
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
  const BodyPlace& place = places_.bodies[static_cast<size_t>(body)];
  if (place.tree < 0) return;
  btMultiBody& mb = tree(place.tree);
  // A welded body's centre is not the link's.
  const btVector3 arm_W =
      LinkFrame(place.tree, place.link).getBasis() * places_.com_L[static_cast<size_t>(body)];
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
  size_t total = places_.bodies.size() * (sizeof(BodyPlace) + sizeof(btVector3)) +
                 places_.joints.size() * sizeof(JointPlace);
  for (const auto& tree : trees_) {
    const size_t dofs = static_cast<size_t>(tree->getNumDofs());
    const size_t links = static_cast<size_t>(tree->getNumLinks());
    total += sizeof(btMultiBody) + links * (sizeof(btMultibodyLink) + sizeof(btMatrix3x3)) +
             (4 * (6 + dofs) + dofs * dofs) * sizeof(double) + 2 * dofs * sizeof(btVector3);
  }
  return total;
}

}  // namespace flyball::bullet
