// How a manipulation task is set up: its robot, and the two ways to drive it.
#ifndef FLYBALL_ENVS_MANIPULATION_SETUP_H_
#define FLYBALL_ENVS_MANIPULATION_SETUP_H_

#include <string>

#include "envs/manipulation/arm.h"
#include "envs/manipulation/scene.h"

namespace flyball {

inline constexpr double kControlPeriod = 0.04;  // s, both presets

// How a task is set up, decided by preset and engine. All of panda-gym's quirks that do not belong to
// one task are here.
struct ManipulationSetup {
  Robot robot;
  ArmSettings arm;
  WorldSettings world;
  Touch touch;
  bool as_peer;  // starts as panda-gym draws them: solved ones too, and things in the air
};
// preset: "default" or "panda_gym", which is the Panda's alone. `robot`: see RobotNamed. `things`:
// something is to be touched. `substeps`: of a control step; 0: the preset's own.
ManipulationSetup SetupOf(const std::string& preset, Engine engine, bool things, int substeps = 0,
                          const std::string& robot = "panda");

}  // namespace flyball

#endif  // FLYBALL_ENVS_MANIPULATION_SETUP_H_
