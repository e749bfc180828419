// The Panda as the manipulation tasks use it, and the two ways to drive it.
#ifndef FLYBALL_ENVS_MANIPULATION_PANDA_H_
#define FLYBALL_ENVS_MANIPULATION_PANDA_H_

#include <string>

#include "envs/manipulation/arm.h"
#include "envs/manipulation/scene.h"

namespace flyball {

// How a task is set up, decided by preset and engine. All of panda-gym's quirks that do not belong to
// one task are here.
struct ManipulationSetup {
  Robot robot;
  ArmSettings arm;
  WorldSettings world;
  Touch touch;
  bool as_peer;  // starts as panda-gym draws them: solved ones too, and things in the air
};
// preset: "default" or "panda_gym"; throws InputError otherwise. `things`: something is to be touched.
// `substeps`: of a control step; 0: the preset's own.
ManipulationSetup PandaSetup(const std::string& preset, Engine engine, bool things,
                             int substeps = 0);

}  // namespace flyball

#endif  // FLYBALL_ENVS_MANIPULATION_PANDA_H_
