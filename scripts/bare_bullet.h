// Bullet alone, for scripts/bench: the bodies and shapes of a scene in Bullet's own dynamics world, with
// its own broadphase, joint motors and limits, as PyBullet's server sets them up.
#ifndef FLYBALL_SCRIPTS_BARE_BULLET_H_
#define FLYBALL_SCRIPTS_BARE_BULLET_H_

#include <memory>
#include <span>

#include "physics/world/world.h"

namespace flyball {

class BareBullet {
 public:
  // `world`: whose scene, timestep and settings are taken. It must outlive this.
  explicit BareBullet(const World& world);
  ~BareBullet();

  void SetState(std::span<const double> qpos, std::span<const double> qvel);
  // Aims the motors and calls stepSimulation for one timestep.
  void Step(std::span<const World::Servo> servos);
  void Read(std::span<double> qpos, std::span<double> qvel) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace flyball

#endif  // FLYBALL_SCRIPTS_BARE_BULLET_H_
