// Ready-made edits of a scene before it is compiled (see Scene::Edit).
#ifndef FLYBALL_PHYSICS_WORLD_SCENE_EDITS_H_
#define FLYBALL_PHYSICS_WORLD_SCENE_EDITS_H_

#include <span>
#include <string>

typedef struct mjSpec_ mjSpec;

namespace flyball {

// Only the pairs that <contact> lists may touch: every other collision is switched off, and with it the
// search for candidates that MuJoCo makes in each step (3 us for an arm beside a table).
void KeepListedPairsOnly(mjSpec* spec);

// Gives these joints the rows of friction loss that servos act through (see
// MujocoSettings::servos_in_solver), as stiff as MuJoCo has them: without a servo they lose next to
// nothing. Each of the joints must be in the model.
void AddServoRows(mjSpec* spec, std::span<const std::string> joints);

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_WORLD_SCENE_EDITS_H_
