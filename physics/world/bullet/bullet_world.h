// World on Bullet's multibody dynamics. The substep is Bullet's own (PyBullet's order of operations
// and solver), run over our bodies, contact pairs and rows in fixed orders, so that everything that
// decides the future can be saved and nothing depends on the past beyond it.
#ifndef FLYBALL_PHYSICS_WORLD_BULLET_BULLET_WORLD_H_
#define FLYBALL_PHYSICS_WORLD_BULLET_BULLET_WORLD_H_

#include <memory>
#include <vector>

#include "physics/world/bullet/bodies.h"
#include "physics/world/bullet/islands.h"
#include "physics/world/bullet/joint_forces.h"
#include "physics/world/bullet/joint_rows.h"
#include "physics/world/bullet/narrowphase.h"
#include "physics/world/mujoco/servo_torque.h"
#include "physics/world/world.h"

namespace flyball::bullet {

class BulletWorld final : public World {
 public:
  // Throws InputError if the scene holds what this engine cannot simulate.
  BulletWorld(std::shared_ptr<const Scene> scene, const WorldSettings& settings);

  std::span<const Contact> Contacts() const override { return contacts_; }
  std::span<const double> Accelerations() const override { return accelerations_; }
  std::vector<UnsupportedFeature> Unsupported() const override;

 protected:
  void StepEngine(int substeps) override;
  void ResetEngine() override;
  void ServosChanged() override;
  void ServosAimed() override;
  void ModelChanged() override;
  void VisitEngine(StateVisitor& visitor) override;
  size_t EngineBytes() const override;

 private:
  void Build();
  std::vector<Shape> RowShapes() const;
  void Substep(int substep);
  void AimRows();
  void FeedServos();
  void FindFreeTrees(bool unsaturated);
  bool StaysClear(const Narrowphase::Touch& touch);
  void AddRows();
  void ApplyWrenches();
  void KeepLinkRotations();
  void ReadContacts();

  std::unique_ptr<Bodies> bodies_;
  std::unique_ptr<Narrowphase> narrowphase_;
  std::unique_ptr<Islands> islands_;
  JointForces joint_forces_;
  // Rows of a hinge or slide; all null for other joints.
  struct JointRows {
    int tree = -1;
    std::unique_ptr<JointLimit> limit;
    std::unique_ptr<JointDrive> servo, friction;
    std::unique_ptr<JointDamper> damper;
  };
  std::vector<JointRows> joint_rows_;  // (njnt)
  struct RowPlace {
    int joint;
    bool is_limit;
  };
  void OrderRows();
  std::vector<RowPlace> row_order_;  // limits and servos as they are solved

  // With servo_feedforward, where the servos allow it.
  bool feeds_forward_ = false;
  ServoTorque servo_torque_;
  std::vector<Servo> aimed_;               // servos_ with their targets inside the joints' ranges
  std::vector<char> driven_;               // (num_trees) by aimed_
  std::vector<double> speeds_, jacobian_;  // (nv) that aimed_ want; (3 x nv) scratch
  std::vector<char> free_;  // (num_trees) driven, and nothing constrains it in this substep

  std::vector<Contact> contacts_;
  std::vector<double> accelerations_;  // (nv)
  std::vector<double> qpos_at_begin_, qvel_at_begin_;
  std::vector<std::array<double, 9>>
      link_rotations_;  // (nbody) if stale_link_pose: R_WL, row-major
};

}  // namespace flyball::bullet

#endif  // FLYBALL_PHYSICS_WORLD_BULLET_BULLET_WORLD_H_
