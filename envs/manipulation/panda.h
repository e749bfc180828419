// The Panda as the manipulation tasks use it, and the two ways to drive it.
#ifndef FLYBALL_ENVS_MANIPULATION_PANDA_H_
#define FLYBALL_ENVS_MANIPULATION_PANDA_H_

#include "envs/core/options.h"
#include "envs/manipulation/arm.h"

namespace flyball {

// How a task is set up, decided by preset and engine. All of panda-gym's quirks that do not belong to
// one task are here.
struct ManipulationSetup {
  Robot robot;
  ArmSettings arm;
  WorldSettings world;
  bool start_unsolved;  // draw the goal again until it is not reached at the start
};
// preset: "default" or "panda_gym"; throws InputError otherwise.
ManipulationSetup PandaSetup(const std::string& preset, Engine engine);

// preset and engine, which every manipulation id takes.
OptionSchema ManipulationOptions();

}  // namespace flyball

#endif  // FLYBALL_ENVS_MANIPULATION_PANDA_H_
