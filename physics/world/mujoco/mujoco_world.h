// A World on MuJoCo's own dynamics.
#ifndef FLYBALL_PHYSICS_WORLD_MUJOCO_MUJOCO_WORLD_H_
#define FLYBALL_PHYSICS_WORLD_MUJOCO_MUJOCO_WORLD_H_

#include <memory>
#include <span>
#include <vector>

#include "physics/world/mujoco/servo_torque.h"
#include "physics/world/world.h"

namespace flyball {

std::unique_ptr<World> MakeMujocoWorld(std::shared_ptr<const Scene> scene,
                                       const WorldSettings& settings);

class MujocoWorld final : public World {
 public:
  MujocoWorld(std::shared_ptr<const Scene> scene, const WorldSettings& settings);

  std::span<const Contact> Contacts() const override;
  std::span<const double> Accelerations() const override;
  // The scene is MuJoCo's own: nothing is left out.
  std::vector<UnsupportedFeature> Unsupported() const override { return {}; }

 protected:
  void StepEngine(int substeps) override;
  void ResetEngine() override;
  void ServosChanged() override;
  void ServosAimed() override { servo_torque_.Aim(servos_); }
  void ModelChanged() override { ServosChanged(); }
  void VisitEngine(StateVisitor& visitor) override;
  size_t EngineBytes() const override;

 private:
  // One substep in two halves, with the hook and the servos between them.
  void SplitSubstep(int substep, bool rk4);
  bool has_drag() const {
    return settings_.mujoco.linear_damping > 0 || settings_.mujoco.angular_damping > 0;
  }
  // A substep in which no constraint acts and no servo saturates, if that is what it is (false, and
  // nothing has moved, if not): every acceleration is then the one that its servo asks for, and
  // neither the inertia matrix nor its factors are needed. `with_positions`: the position stage is
  // still to be done.
  bool FreeSubstep(bool with_positions);
  void ThrowIfWarned() const;
  void ReadContacts() const;

  ServoTorque servo_torque_;
  bool plain_ = false;  // the model lets substeps be free (see FreeSubstep)
  // Whether the last substep was free. It decides only in which order things are tried.
  bool was_free_ = false;
  std::vector<double> qpos_at_begin_;      // (nq) of the last substep
  std::vector<double> accelerations_;      // (nv) of the last substep
  mutable std::vector<Contact> contacts_;  // of the last substep, read from data_ when first asked
  mutable std::vector<int> order_;         // scratch of reading them
  mutable bool contacts_read_ = true;
};

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_WORLD_MUJOCO_MUJOCO_WORLD_H_
