// Registers the Bullet engine: the best of its builds that this processor runs.
#include "physics/numeric/isa.h"
#include "physics/world/world.h"

extern "C" {
flyball::World* flyball_bullet_make_base(const std::shared_ptr<const flyball::Scene>&,
                                         const flyball::WorldSettings&);
#ifdef FLYBALL_HAS_V3
flyball::World* flyball_bullet_make_v3(const std::shared_ptr<const flyball::Scene>&,
                                       const flyball::WorldSettings&);
#endif
}

namespace flyball {
namespace {

std::unique_ptr<World> MakeBulletWorld(std::shared_ptr<const Scene> scene,
                                       const WorldSettings& settings) {
#ifdef FLYBALL_HAS_V3
  if (BestIsa() >= Isa::kV3) {
    return std::unique_ptr<World>(flyball_bullet_make_v3(scene, settings));
  }
#endif
  return std::unique_ptr<World>(flyball_bullet_make_base(scene, settings));
}

[[maybe_unused]] const bool registered = RegisterEngine(Engine::kBullet, &MakeBulletWorld);

}  // namespace
}  // namespace flyball
