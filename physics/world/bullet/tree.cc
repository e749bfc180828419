#include "physics/world/bullet/tree.h"

#include <mujoco/mujoco.h>

#include "physics/world/bullet/inertial.h"

namespace flyball::bullet {
namespace {

// Bullet clamps velocities at 100 and impulses at 1000. Here what diverges must be seen to.
constexpr double kUnbounded = 1e100;

btTransform BodyInParent(const mjModel& m, int body) {
  return ToTransform(m.body_pos + 3 * body, m.body_quat + 4 * body);
}

// Lays one link after the other. Bodies come after their parents.
class Builder {
 public:
  Builder(const mjModel& model, int tree, Places& places)
      : m_(model), tree_(tree), first_(model.tree_bodyadr[tree]),
        end_(first_ + model.tree_bodynum[tree]),
        floating_(model.body_jntnum[first_] == 1 &&
                  model.jnt_type[model.body_jntadr[first_]] == mjJNT_FREE),
        places_(places) {}

  Tree Build(const BulletSettings& settings) {
    const int num_links = CountLinks();
    const Inertial root = EffectiveInertial(m_, first_);
    out_.multibody = std::make_unique<btMultiBody>(num_links, floating_ ? root.mass : 0.0,
                                                   floating_ ? root.inertia : btVector3(0, 0, 0),
                                                   /*fixedBase=*/!floating_, /*canSleep=*/false);
    out_.weights.assign(static_cast<size_t>(num_links) + 1, 0.0);
    if (floating_) PlaceBase(root);
    for (int body = floating_ ? first_ + 1 : first_; body < end_; ++body) AddBody(body);

    btMultiBody& mb = *out_.multibody;
    mb.setLinearDamping(settings.linear_damping);
    mb.setAngularDamping(settings.angular_damping);
    mb.setMaxCoordinateVelocity(kUnbounded);
    mb.setMaxAppliedImpulse(kUnbounded);
    mb.finalizeMultiDof();
    return std::move(out_);
  }

 private:
  BodyPlace& Place(int body) { return places_.bodies[static_cast<size_t>(body)]; }
  JointPlace& PlaceOfJoint(int joint) { return places_.joints[static_cast<size_t>(joint)]; }
  btVector3& Centre(int body) { return places_.com_L[static_cast<size_t>(body)]; }

  // A body without joints needs a link of its own only if it has mass: drag acts per link.
  bool IsWelded(int body) const { return m_.body_jntnum[body] == 0 && m_.body_mass[body] == 0; }
  int CountLinks() const {
    int count = 0;
    for (int body = floating_ ? first_ + 1 : first_; body < end_; ++body) {
      count += m_.body_jntnum[body] ? m_.body_jntnum[body] : !IsWelded(body);
    }
    return count;
  }

  void PlaceBase(const Inertial& inertial) {
    const int j = m_.body_jntadr[first_];
    const btTransform X_IB = inertial.X_BI.inverse();
    Place(first_) = {tree_, -1, X_IB};
    Centre(first_) = X_IB * ToVector(m_.body_ipos + 3 * first_);
    PlaceOfJoint(j) = {tree_,
                       -1,
                       mjJNT_FREE,
                       m_.jnt_qposadr[j],
                       m_.jnt_dofadr[j],
                       0.0,
                       btQuaternion::getIdentity(),
                       inertial.X_BI};
    out_.weights[0] = m_.body_mass[first_];
  }

  void AddBody(int body) {
    // The parent's frame in its link; the world's in the base of a fixed tree, which sits at its
    // origin.
    const BodyPlace& parent = Place(m_.body_parentid[body]);
    int parent_link = parent.tree < 0 ? -1 : parent.link;
    btTransform X_PB = parent.X_LB * BodyInParent(m_, body);  // in the parent link's frame
    if (IsWelded(body)) {
      Place(body) = {tree_, parent_link, X_PB};
      Centre(body) = X_PB * ToVector(m_.body_ipos + 3 * body);
      return;
    }

    const Inertial inertial = EffectiveInertial(m_, body);
    const int count = m_.body_jntnum[body];
    if (count == 0) {
      const btTransform X_PL = X_PB * inertial.X_BI;
      out_.multibody->setupFixed(link_, inertial.mass, inertial.inertia, parent_link,
                                 X_PL.getRotation().inverse(), X_PL.getOrigin(),
                                 btVector3(0, 0, 0));
    }
    for (int k = 0; k < count; ++k) {
      const int j = m_.body_jntadr[body] + k;
      if (k + 1 == count) {
        AddJoint(j, parent_link, X_PB, inertial);
        break;
      }
      // All but the last joint move massless links in body axes with their centre at the anchor.
      const btTransform X_BL(btQuaternion::getIdentity(), ToVector(m_.jnt_pos + 3 * j));
      AddJoint(j, parent_link, X_PB, {X_BL, 0.0, btVector3(0, 0, 0)});
      parent_link = link_++;
      X_PB = X_BL.inverse();
    }

    const btTransform X_IB = inertial.X_BI.inverse();
    Place(body) = {tree_, link_, X_IB};
    Centre(body) = X_IB * ToVector(m_.body_ipos + 3 * body);
    out_.weights[static_cast<size_t>(link_) + 1] = m_.body_mass[body];
    ++link_;
  }

  // The present link hangs on its parent by joint j. X_PB: the body's frame in the parent link's.
  void AddJoint(int j, int parent_link, const btTransform& X_PB, const Inertial& link) {
    btMultiBody& mb = *out_.multibody;
    const btTransform& X_BL = link.X_BI;
    const btTransform X_PL = X_PB * X_BL;
    const btVector3 anchor = ToVector(m_.jnt_pos + 3 * j);
    const btQuaternion R_LP = X_PL.getRotation().inverse();
    const btVector3 parent_to_pivot = X_PB * anchor;
    const btQuaternion R_LB = X_BL.getRotation().inverse();
    const btVector3 pivot_to_com = quatRotate(R_LB, X_BL.getOrigin() - anchor);
    const btVector3 axis = quatRotate(R_LB, ToVector(m_.jnt_axis + 3 * j));
    switch (m_.jnt_type[j]) {
      case mjJNT_HINGE:
        mb.setupRevolute(link_, link.mass, link.inertia, parent_link, R_LP, axis, parent_to_pivot,
                         pivot_to_com, true);
        break;
      case mjJNT_SLIDE:
        mb.setupPrismatic(link_, link.mass, link.inertia, parent_link, R_LP, axis, parent_to_pivot,
                          pivot_to_com, true);
        break;
      default:
        mb.setupSpherical(link_, link.mass, link.inertia, parent_link, R_LP, parent_to_pivot,
                          pivot_to_com, true);
    }
    const bool scalar = m_.jnt_type[j] == mjJNT_HINGE || m_.jnt_type[j] == mjJNT_SLIDE;
    PlaceOfJoint(j) = {tree_,
                       link_,
                       m_.jnt_type[j],
                       m_.jnt_qposadr[j],
                       m_.jnt_dofadr[j],
                       scalar ? m_.qpos0[m_.jnt_qposadr[j]] : 0.0,
                       X_BL.getRotation(),
                       btTransform::getIdentity()};
  }

  const mjModel& m_;
  int tree_, first_, end_;
  bool floating_;  // its base is free; another tree's base is the world
  Places& places_;
  Tree out_;
  int link_ = 0;  // the one that is laid next
};

}  // namespace

Places PlacesOf(const mjModel& m) {
  const size_t num_bodies = static_cast<size_t>(m.nbody);
  Places places{std::vector<BodyPlace>(num_bodies),
                std::vector<JointPlace>(static_cast<size_t>(m.njnt)),
                std::vector<btVector3>(num_bodies, btVector3(0, 0, 0))};
  // Bodies come after their parents, so that static chains can be laid in one pass.
  for (int i = 1; i < m.nbody; ++i) {
    if (m.body_treeid[i] >= 0) continue;
    const BodyPlace& parent = places.bodies[static_cast<size_t>(m.body_parentid[i])];
    places.bodies[static_cast<size_t>(i)].X_LB = parent.X_LB * BodyInParent(m, i);
  }
  return places;
}

Tree BuildTree(const mjModel& m, const BulletSettings& settings, int tree, Places& places) {
  return Builder(m, tree, places).Build(settings);
}

}  // namespace flyball::bullet
