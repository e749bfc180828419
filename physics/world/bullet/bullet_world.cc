#include "physics/world/bullet/bullet_world.h"

#include <mujoco/mujoco.h>

#include <algorithm>
#include <string>

#include "physics/numeric/error.h"
#include "physics/world/bullet/support.h"
#include "physics/world/mujoco/guard.h"

namespace flyball::bullet {

BulletWorld::BulletWorld(std::shared_ptr<const Scene> scene, const WorldSettings& settings)
    : World(std::move(scene), settings) {
  CheckSettings(settings_.bullet);
  RequireSupported(*model_);
  accelerations_.assign(static_cast<size_t>(model_->nv), 0.0);
  qpos_at_begin_.resize(static_cast<size_t>(model_->nq));
  qvel_at_begin_.resize(static_cast<size_t>(model_->nv));
  if (settings_.bullet.stale_link_pose) link_rotations_.resize(static_cast<size_t>(model_->nbody));
  Build();
  contacts_.reserve(narrowphase_->usual_contacts());
}

// Shapes are the scene's, but for geoms whose size this row overrides.
std::vector<Shape> BulletWorld::RowShapes() const {
  const mjModel& original = scene_->model();
  std::vector<Shape> shapes = *SharedShapes(*scene_, settings_.bullet.collision_margin);
  for (int i = 0; i < model_->ngeom; ++i) {
    Shape& shape = shapes[static_cast<size_t>(i)];
    const double* size = model_->geom_size + 3 * i;
    if (shape && !std::equal(size, size + 3, original.geom_size + 3 * i)) {
      shape = MakeShape(*model_, i, settings_.bullet.collision_margin);
    }
  }
  return shapes;
}

void BulletWorld::Build() {
  // Rows and colliders point into the bodies: they go first.
  joint_rows_.clear();
  islands_.reset();
  narrowphase_.reset();
  bodies_ = std::make_unique<Bodies>(*model_, settings_.bullet);
  narrowphase_ = std::make_unique<Narrowphase>(*model_, *bodies_, RowShapes(), settings_);

  joint_forces_.Configure(*model_);
  const int disabled = model_->opt.disableflags;
  joint_rows_.resize(static_cast<size_t>(model_->njnt));
  for (int j = 0; j < model_->njnt; ++j) {
    const JointPlace& joint = bodies_->joint(j);
    if (joint.type != mjJNT_HINGE && joint.type != mjJNT_SLIDE) continue;
    JointRows& rows = joint_rows_[static_cast<size_t>(j)];
    btMultiBody* body = &bodies_->tree(joint.tree);
    rows.tree = joint.tree;
    rows.servo = std::make_unique<JointDrive>(body, joint.link);
    if (model_->jnt_limited[j] && !(disabled & mjDSBL_LIMIT)) {
      const double* range = model_->jnt_range + 2 * j;
      rows.limit =
          std::make_unique<JointLimit>(body, joint.link, range[0] - joint.q0, range[1] - joint.q0);
    }
    if (joint_forces_.is_stiff(joint.dof)) {
      rows.damper = std::make_unique<JointDamper>(body, joint.link, model_->dof_damping[joint.dof]);
    }
    const double loss = model_->dof_frictionloss[joint.dof];
    if (loss > 0 && !(disabled & mjDSBL_FRICTIONLOSS)) {
      rows.friction = std::make_unique<JointDrive>(body, joint.link);
      rows.friction->Set(0, 0, loss);
    }
  }
  OrderRows();
  aimed_.reserve(joint_rows_.size());
  speeds_.assign(static_cast<size_t>(model_->nv), 0.0);
  jacobian_.resize(3 * speeds_.size());
  driven_.assign(static_cast<size_t>(bodies_->num_trees()), 0);
  free_ = driven_;
  islands_ = std::make_unique<Islands>(*bodies_, narrowphase_->pairs().size(),
                                       narrowphase_->usual_contacts(), 4 * joint_rows_.size(),
                                       settings_.bullet);
  ServosChanged();
}

// Sweeps that stop before they have converged depend on the order of the rows (a joint at its cap: by
// 1e-5 rad). PyBullet lists limits, then motors, and Bullet sorts the list by island with an unstable
// quicksort: among equals that is a fixed shuffle, repeated here.
void BulletWorld::OrderRows() {
  btAlignedObjectArray<RowPlace> order;
  for (const bool is_limit : {true, false}) {
    for (int j = 0; j < static_cast<int>(joint_rows_.size()); ++j) {
      const JointRows& rows = joint_rows_[static_cast<size_t>(j)];
      if (is_limit ? rows.limit != nullptr : rows.servo != nullptr) order.push_back({j, is_limit});
    }
  }
  order.quickSort([](const RowPlace&, const RowPlace&) { return false; });
  row_order_.clear();
  for (int i = 0; i < order.size(); ++i) row_order_.push_back(order[i]);
}

void BulletWorld::StepEngine(int substeps) {
  for (int i = 0; i < substeps; ++i) {
    const bool last = i + 1 == substeps;
    // Coordinates are fresh as Step begins; later they and the kinematics are if something looks.
    const bool looked_at =
        has_hook() || joint_forces_.active() || (last && settings_.keep_previous_pose);
    if (i > 0 && (looked_at || last || aims_servos() || feeds_forward_)) {
      bodies_->Store(data_->qpos, data_->qvel);
      SetKinematicsFresh(false);
    }
    AimServos(i);
    if (looked_at) RefreshKinematics();
    if (last) {
      std::copy_n(data_->qpos, qpos_at_begin_.size(), qpos_at_begin_.begin());
      std::copy_n(data_->qvel, qvel_at_begin_.size(), qvel_at_begin_.begin());
      KeepPrevious(qpos_at_begin_);
    }
    Substep(i);
  }
  bodies_->Store(data_->qpos, data_->qvel);
  const double rate = 1.0 / timestep();
  for (size_t i = 0; i < accelerations_.size(); ++i) {
    accelerations_[i] = (data_->qvel[i] - qvel_at_begin_[i]) * rate;
  }
  ReadContacts();
  SetKinematicsFresh(false);
}

// Bullet's order of work: forces, contacts, velocities without constraints, constraints, positions.
void BulletWorld::Substep(int substep) {
  const double h = timestep();
  BeforeSubstep(substep);
  bodies_->UpdateFrames();
  bodies_->ClearForces();
  if (!(model_->opt.disableflags & mjDSBL_GRAVITY)) bodies_->AddGravity(model_->opt.gravity);
  ApplyWrenches();
  if (joint_forces_.active()) bodies_->AddJointForces(joint_forces_.Compute(*model_, data_).data());

  narrowphase_->Detect();
  FeedServos();
  bodies_->IntegrateVelocities(h, free_);
  AddRows();
  islands_->Solve(narrowphase_->touches(), h);
  bodies_->IntegratePositions(h);

  if (model_->na) joint_forces_.AdvanceActivations(*model_, data_);
  data_->time += h;
}

// Inverse dynamics gives the torques that take the servos to their speeds. Where nothing else acts on
// a tree, that is what they do, and its speeds are set; elsewhere the torques join the forces, and the
// rows change them by what contacts, limits and caps ask for.
void BulletWorld::FeedServos() {
  std::fill(free_.begin(), free_.end(), 0);
  if (!feeds_forward_) return;
  RefreshKinematics();
  bool unsaturated = false;
  Guarded("inverse dynamics", [&] { unsaturated = servo_torque_.ApplyFree(*model_, data_); });
  FindFreeTrees(unsaturated);
  for (const Servo& servo : aimed_) {
    const JointPlace& joint = bodies_->joint(servo.joint);
    btMultiBody& tree = bodies_->tree(joint.tree);
    if (free_[static_cast<size_t>(joint.tree)]) {
      tree.setJointVel(joint.link, speeds_[static_cast<size_t>(joint.dof)]);
      continue;
    }
    const double force =
        std::clamp(data_->qfrc_applied[joint.dof], -servo.max_force, servo.max_force);
    tree.addJointTorque(joint.link, force);
    joint_rows_[static_cast<size_t>(servo.joint)].servo->SetFeedforward(force);
  }
}

void BulletWorld::FindFreeTrees(bool unsaturated) {
  if (!unsaturated) return;
  free_ = driven_;
  const double rate = 1.0 / timestep();
  for (const Servo& servo : aimed_) {
    const JointPlace& joint = bodies_->joint(servo.joint);
    const JointLimit* limit = joint_rows_[static_cast<size_t>(servo.joint)].limit.get();
    const double speed = servo.gain * (servo.target - data_->qpos[joint.qpos]) * rate;
    speeds_[static_cast<size_t>(joint.dof)] = speed;
    if (limit && !limit->Allows(speed, timestep())) free_[static_cast<size_t>(joint.tree)] = 0;
  }
  for (const Narrowphase::Touch& touch : narrowphase_->touches()) {
    if (!touch.manifold->getNumContacts()) continue;
    const int tree1 = touch.tree1, tree2 = touch.tree2;
    if (tree1 >= 0 && tree2 >= 0) {
      free_[static_cast<size_t>(tree1)] = free_[static_cast<size_t>(tree2)] = 0;
    } else {
      char& is_free = free_[static_cast<size_t>(std::max(tree1, tree2))];
      if (is_free && !StaysClear(touch)) is_free = 0;
    }
  }
}

// Whether points of a driven tree beside something static, none of which push now, do not come to push
// at the speeds that the servos want: the solver's rows would give nothing.
bool BulletWorld::StaysClear(const Narrowphase::Touch& touch) {
  const GeomPair& pair = narrowphase_->pairs()[static_cast<size_t>(touch.pair)];
  const int geom = touch.tree1 >= 0 ? pair.geom1 : pair.geom2;
  const int body = model_->geom_bodyid[geom];
  // Bullet's normal points to its first object.
  const double toward = touch.manifold->getBody0()->getUserIndex() == geom ? 1 : -1;
  for (int i = 0; i < touch.manifold->getNumContacts(); ++i) {
    const btManifoldPoint& point = touch.manifold->getContactPoint(i);
    const double gap = point.getDistance() + settings_.bullet.linear_slop;
    if (gap <= 0) return false;
    double p_W[3];
    bullet::Store(toward > 0 ? point.m_positionWorldOnA : point.m_positionWorldOnB, p_W);
    mj_jac(model_, data_, jacobian_.data(), nullptr, p_W, body);
    double apart = 0;  // m/s
    for (int k = 0; k < 3; ++k) {
      const double* row = jacobian_.data() + k * model_->nv;
      apart += toward * point.m_normalWorldOnB[k] * mju_dot(row, speeds_.data(), model_->nv);
    }
    if (apart * timestep() < -gap) return false;
  }
  return true;
}

void BulletWorld::AddRows() {
  const auto is_free = [&](const JointRows& rows) {
    return free_[static_cast<size_t>(rows.tree)] != 0;
  };
  islands_->ClearRows();
  for (const RowPlace& place : row_order_) {
    const JointRows& rows = joint_rows_[static_cast<size_t>(place.joint)];
    if (is_free(rows)) continue;
    if (place.is_limit) {
      if (rows.limit->active()) islands_->AddRow(rows.limit.get(), rows.tree);
    } else if (rows.servo->active()) {
      islands_->AddRow(rows.servo.get(), rows.tree);
    }
  }
  for (const JointRows& rows : joint_rows_) {
    if (rows.damper) islands_->AddRow(rows.damper.get(), rows.tree);
    if (rows.friction) islands_->AddRow(rows.friction.get(), rows.tree);
  }
}

// Forces of data_->xfrc_applied. With stale_link_pose they are meant as fixed to the body, and act
// along the directions that the body had a substep earlier, at the places it has now.
void BulletWorld::ApplyWrenches() {
  const bool stale = settings_.bullet.stale_link_pose;
  for (int body = 1; body < model_->nbody; ++body) {
    const double* wrench = data_->xfrc_applied + 6 * body;
    if (std::all_of(wrench, wrench + 6, [](double value) { return value == 0; })) continue;
    btVector3 force = ToVector(wrench), torque = ToVector(wrench + 3);
    if (stale) {
      const std::array<double, 9>& r = link_rotations_[static_cast<size_t>(body)];
      const btMatrix3x3 before(r[0], r[1], r[2], r[3], r[4], r[5], r[6], r[7], r[8]);
      const BodyPlace& place = bodies_->body(body);
      const btMatrix3x3 turn =
          before * bodies_->LinkFrame(place.tree, place.link).getBasis().transpose();
      force = turn * force;
      torque = turn * torque;
    }
    bodies_->AddWrench(body, force, torque);
  }
  if (stale) KeepLinkRotations();
}

void BulletWorld::KeepLinkRotations() {
  for (size_t body = 0; body < link_rotations_.size(); ++body) {
    const BodyPlace& place = bodies_->body(static_cast<int>(body));
    const btMatrix3x3 R = bodies_->LinkFrame(place.tree, place.link).getBasis();
    for (int i = 0; i < 3; ++i) bullet::Store(R[i], link_rotations_[body].data() + 3 * i);
  }
}

// The points that touched or pushed in the last substep, as they were when it began.
void BulletWorld::ReadContacts() {
  contacts_.clear();
  const double rate = 1.0 / timestep();
  for (const Narrowphase::Touch& touch : narrowphase_->touches()) {
    const GeomPair& pair = narrowphase_->pairs()[static_cast<size_t>(touch.pair)];
    for (int i = 0; i < touch.manifold->getNumContacts(); ++i) {
      const btManifoldPoint& point = touch.manifold->getContactPoint(i);
      if (point.m_distance1 > 0 && point.m_appliedImpulse == 0) continue;
      // Bullet's normal and impulses are those on its first object, which may be either geom.
      const double on_geom2 = touch.manifold->getBody0()->getUserIndex() == pair.geom1 ? -1 : 1;
      const btVector3 impulse = point.m_normalWorldOnB * point.m_appliedImpulse +
                                point.m_lateralFrictionDir1 * point.m_appliedImpulseLateral1 +
                                point.m_lateralFrictionDir2 * point.m_appliedImpulseLateral2;
      Contact contact{};
      contact.geom1 = pair.geom1;
      contact.geom2 = pair.geom2;
      bullet::Store((point.m_positionWorldOnA + point.m_positionWorldOnB) * 0.5,
                    contact.p_WC.data());
      bullet::Store(point.m_normalWorldOnB * on_geom2, contact.normal_W.data());
      contact.distance = point.m_distance1;
      bullet::Store(impulse * (on_geom2 * rate), contact.force_W.data());
      contacts_.push_back(contact);
    }
  }
}

void BulletWorld::ResetEngine() {
  bodies_->Load(data_->qpos, data_->qvel);
  narrowphase_->Forget();
  narrowphase_->PlaceStatic(*data_);
  KeepLinkRotations();
  contacts_.clear();
  std::fill(accelerations_.begin(), accelerations_.end(), 0.0);
}

void BulletWorld::ServosChanged() {
  for (JointRows& rows : joint_rows_) {
    if (rows.servo) rows.servo->Set(0, 0, 0);
  }
  AimRows();
  std::fill(driven_.begin(), driven_.end(), 0);
  feeds_forward_ = false;
  if (!settings_.bullet.servo_feedforward || joint_forces_.active()) return;
  servo_torque_.Configure(*model_, aimed_);
  if (!servo_torque_.drives_whole_trees()) return;
  feeds_forward_ = std::none_of(joint_rows_.begin(), joint_rows_.end(),
                                [](const JointRows& rows) { return rows.damper || rows.friction; });
  for (const Servo& servo : aimed_) {
    driven_[static_cast<size_t>(bodies_->joint(servo.joint).tree)] = feeds_forward_;
  }
}

void BulletWorld::ServosAimed() {
  AimRows();
  if (feeds_forward_) servo_torque_.Aim(aimed_);
}

void BulletWorld::AimRows() {
  aimed_.assign(servos_.begin(), servos_.end());
  for (Servo& servo : aimed_) {
    const size_t j = static_cast<size_t>(servo.joint);
    // As PyBullet: a target beyond the joint's range is not pulled at against the limit.
    if (joint_rows_[j].limit) {
      servo.target =
          std::clamp(servo.target, model_->jnt_range[2 * j], model_->jnt_range[2 * j + 1]);
    }
    joint_rows_[j].servo->Set(servo.target - bodies_->joint(servo.joint).q0, servo.gain,
                              servo.max_force);
  }
}

// New numbers: everything is built anew around the present motion and contacts.
void BulletWorld::ModelChanged() {
  std::vector<std::byte> motion, contacts;
  StateSaver motion_saver(motion), contact_saver(contacts);
  bodies_->VisitState(motion_saver);
  narrowphase_->VisitState(contact_saver);
  joint_rows_.clear();
  islands_.reset();
  narrowphase_.reset();
  const std::unique_ptr<Bodies> before = std::move(bodies_);
  Build();
  // Armature may turn the principal axes that a ball joint's coordinates are counted in.
  if (bodies_->HasFramesOf(*before)) {
    StateLoader loader(motion);
    bodies_->VisitState(loader);
  } else {
    before->Store(qpos_at_begin_.data(), qvel_at_begin_.data());
    bodies_->Load(qpos_at_begin_.data(), qvel_at_begin_.data());
  }
  narrowphase_->PlaceStatic(*data_);
  StateLoader loader(contacts);
  narrowphase_->VisitState(loader);
}

void BulletWorld::VisitEngine(StateVisitor& visitor) {
  if (visitor.loading()) narrowphase_->PlaceStatic(*data_);
  bodies_->VisitState(visitor);
  narrowphase_->VisitState(visitor);
  visitor("bullet link rotations", std::span<std::array<double, 9>>(link_rotations_));
  // These decide nothing; they can be asked for.
  visitor("contacts", contacts_);
  visitor("accelerations", std::span<double>(accelerations_));
}

size_t BulletWorld::EngineBytes() const {
  size_t rows = 0;
  for (const JointRows& one : joint_rows_) {
    rows += (one.limit != nullptr) + (one.servo != nullptr) + (one.friction != nullptr) +
            (one.damper != nullptr);
  }
  return bodies_->memory_bytes() + narrowphase_->memory_bytes() + islands_->memory_bytes() +
         rows * sizeof(JointDrive) + contacts_.capacity() * sizeof(Contact) +
         link_rotations_.size() * 9 * sizeof(double) + servo_torque_.memory_bytes() +
         aimed_.capacity() * sizeof(Servo) + (speeds_.size() + jacobian_.size()) * sizeof(double) +
         (accelerations_.size() + qpos_at_begin_.size() + qvel_at_begin_.size()) * sizeof(double);
}

std::vector<UnsupportedFeature> BulletWorld::Unsupported() const {
  return UnsupportedFeatures(*model_);
}

}  // namespace flyball::bullet

// The one symbol of this build that can be seen; engine.cc picks between builds.
#define FLYBALL_BULLET_JOIN_(name, isa) FLYBALL_BULLET_PASTE_(name, isa)
#define FLYBALL_BULLET_PASTE_(name, isa) name##_##isa
extern "C" flyball::World* FLYBALL_BULLET_JOIN_(flyball_bullet_make, FLYBALL_ISA)(
    const std::shared_ptr<const flyball::Scene>& scene, const flyball::WorldSettings& settings) {
  return new flyball::bullet::BulletWorld(scene, settings);
}
