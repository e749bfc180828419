#include "scripts/bare_bullet.h"

#include <BulletDynamics/Featherstone/btMultiBodyDynamicsWorld.h>
#include <BulletDynamics/Featherstone/btMultiBodyJointLimitConstraint.h>
#include <BulletDynamics/Featherstone/btMultiBodyJointMotor.h>
#include <mujoco/mujoco.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "physics/world/bullet/bodies.h"
#include "physics/world/bullet/pairs.h"
#include "physics/world/bullet/shapes.h"

namespace flyball {
namespace {

// Lets through the pairs of links that have a pair of geoms which may touch.
struct PairFilter final : public btOverlapFilterCallback {
  std::set<std::pair<int, int>> pairs;  // of colliders' user indices
  bool needBroadphaseCollision(btBroadphaseProxy* a, btBroadphaseProxy* b) const override {
    const int i = static_cast<btCollisionObject*>(a->m_clientObject)->getUserIndex();
    const int j = static_cast<btCollisionObject*>(b->m_clientObject)->getUserIndex();
    return pairs.contains(std::minmax(i, j));
  }
};

}  // namespace

struct BareBullet::Impl {
  explicit Impl(const World& task_world)
      : model(task_world.model()), settings(task_world.settings()), timestep(task_world.timestep()),
        bodies(model, settings.bullet),
        shapes(bullet::SharedShapes(task_world.scene(), settings.bullet.collision_margin)),
        dispatcher(&configuration), world(&dispatcher, &broadphase, &solver, &configuration) {
    SetSolver();
    world.setGravity(bullet::ToVector(model.opt.gravity));
    for (int i = 0; i < bodies.num_trees(); ++i) {
      world.addMultiBody(&bodies.tree(i));
      bodies.tree(i).setBaseCollider(nullptr);
    }
    AddColliders();
    AddConstraints();
  }

  ~Impl() {
    for (auto& row : rows) world.removeMultiBodyConstraint(row.get());
    for (auto& collider : colliders) world.removeCollisionObject(collider.get());
    for (int i = 0; i < bodies.num_trees(); ++i) world.removeMultiBody(&bodies.tree(i));
  }

  void SetSolver() {
    btContactSolverInfo& info = world.getSolverInfo();
    info.m_numIterations = settings.bullet.iterations;
    info.m_erp2 = settings.bullet.contact_erp;
    info.m_frictionERP = settings.bullet.friction_erp;
    info.m_linearSlop = settings.bullet.linear_slop;
    info.m_leastSquaresResidualThreshold = settings.bullet.residual_threshold;
    world.getDispatchInfo().m_deterministicOverlappingPairs = true;
  }

  // One collider a link, with a compound shape of its geoms.
  void AddColliders() {
    const auto pairs = bullet::CollidingPairs(model, settings.friction_rule);
    std::map<std::pair<int, int>, int> index;  // of (tree, link) among colliders
    std::vector<int> collider_of(static_cast<size_t>(model.ngeom), -1);
    const auto add = [&](int geom) {
      const int body = model.geom_bodyid[geom];
      const bullet::BodyPlace& place = bodies.body(body);
      // Bodies that do not move have colliders of their own: a table is none of the floor's.
      const std::pair key =
          place.tree < 0 ? std::pair{-1, geom} : std::pair{place.tree, place.link};
      const auto [found, fresh] = index.insert({key, static_cast<int>(colliders.size())});
      if (fresh) {
        compounds.push_back(std::make_unique<btCompoundShape>());
        if (place.tree >= 0) {
          auto collider =
              std::make_unique<btMultiBodyLinkCollider>(&bodies.tree(place.tree), place.link);
          (place.link < 0
               ? bodies.tree(place.tree).setBaseCollider(collider.get())
               : void(bodies.tree(place.tree).getLink(place.link).m_collider = collider.get()));
          colliders.push_back(std::move(collider));
        } else {
          colliders.push_back(std::make_unique<btCollisionObject>());
          colliders.back()->setCollisionFlags(btCollisionObject::CF_STATIC_OBJECT);
        }
        colliders.back()->setCollisionShape(compounds.back().get());
        colliders.back()->setUserIndex(found->second);
      }
      if (collider_of[static_cast<size_t>(geom)] < 0) {
        collider_of[static_cast<size_t>(geom)] = found->second;
        const btTransform X_BG =
            bullet::ToTransform(model.geom_pos + 3 * geom, model.geom_quat + 4 * geom);
        compounds[static_cast<size_t>(found->second)]->addChildShape(
            place.X_LB * X_BG,
            const_cast<btCollisionShape*>((*shapes)[static_cast<size_t>(geom)].get()));
      }
      return found->second;
    };
    for (const bullet::GeomPair& pair : pairs) {
      filter.pairs.insert(std::minmax({add(pair.geom1), add(pair.geom2)}));
      // Bullet multiplies the two; the square root stands for a pair's own coefficient.
      for (const int geom : {pair.geom1, pair.geom2}) {
        colliders[static_cast<size_t>(collider_of[static_cast<size_t>(geom)])]->setFriction(
            std::sqrt(pair.sliding));
      }
    }
    AddBareLinks();
    world.getPairCache()->setOverlapFilterCallback(&filter);
    for (auto& collider : colliders) world.addCollisionObject(collider.get());
  }

  // Bullet finds a row's island by the collider of its link: a link without geoms gets an empty one.
  void AddBareLinks() {
    for (int i = 0; i < bodies.num_trees(); ++i) {
      btMultiBody& tree = bodies.tree(i);
      for (int link = 0; link < tree.getNumLinks(); ++link) {
        if (tree.getLink(link).m_collider) continue;
        auto collider = std::make_unique<btMultiBodyLinkCollider>(&tree, link);
        compounds.push_back(std::make_unique<btCompoundShape>());
        collider->setCollisionShape(compounds.back().get());
        collider->setUserIndex(static_cast<int>(colliders.size()));
        tree.getLink(link).m_collider = collider.get();
        colliders.push_back(std::move(collider));
      }
    }
  }

  void AddConstraints() {
    motors.resize(static_cast<size_t>(model.njnt));
    const auto keep = [&](auto row) {
      world.addMultiBodyConstraint(row.get());
      auto* plain = row.get();
      rows.push_back(std::move(row));
      return plain;
    };
    for (int j = 0; j < model.njnt; ++j) {
      const bullet::JointPlace& joint = bodies.joint(j);
      if (joint.type != mjJNT_HINGE && joint.type != mjJNT_SLIDE) continue;
      btMultiBody* body = &bodies.tree(joint.tree);
      if (model.jnt_limited[j]) {
        keep(std::make_unique<btMultiBodyJointLimitConstraint>(
            body, joint.link, model.jnt_range[2 * j] - joint.q0,
            model.jnt_range[2 * j + 1] - joint.q0));
      }
      motors[static_cast<size_t>(j)] =
          keep(std::make_unique<btMultiBodyJointMotor>(body, joint.link, 0.0, 0.0));
    }
  }

  const mjModel& model;
  WorldSettings settings;
  double timestep;
  bullet::Bodies bodies;
  std::shared_ptr<const std::vector<bullet::Shape>> shapes;
  std::vector<std::unique_ptr<btCompoundShape>> compounds;
  btDefaultCollisionConfiguration configuration;
  btCollisionDispatcher dispatcher;
  btDbvtBroadphase broadphase;
  btMultiBodyConstraintSolver solver;
  PairFilter filter;
  btMultiBodyDynamicsWorld world;
  std::vector<std::unique_ptr<btCollisionObject>> colliders;
  std::vector<std::unique_ptr<btMultiBodyConstraint>> rows;
  std::vector<btMultiBodyJointMotor*> motors;  // (njnt)
};

BareBullet::BareBullet(const World& world) : impl_(std::make_unique<Impl>(world)) {}
BareBullet::~BareBullet() = default;

void BareBullet::SetState(std::span<const double> qpos, std::span<const double> qvel) {
  impl_->bodies.Load(qpos.data(), qvel.data());
}

void BareBullet::Step(std::span<const World::Servo> servos) {
  for (const World::Servo& servo : servos) {
    btMultiBodyJointMotor& motor = *impl_->motors[static_cast<size_t>(servo.joint)];
    motor.setPositionTarget(servo.target - impl_->bodies.joint(servo.joint).q0, servo.gain);
    motor.setVelocityTarget(0.0, 1.0);
    motor.setMaxAppliedImpulse(std::min(servo.max_force * impl_->timestep, 1e10));
  }
  impl_->world.stepSimulation(impl_->timestep, 0, impl_->timestep);
}

void BareBullet::Read(std::span<double> qpos, std::span<double> qvel) const {
  impl_->bodies.Store(qpos.data(), qvel.data());
}

}  // namespace flyball
