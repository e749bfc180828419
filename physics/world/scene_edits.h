// Ready-made edits of a scene before it is compiled (see Scene::Edit).
#ifndef FLYBALL_PHYSICS_WORLD_SCENE_EDITS_H_
#define FLYBALL_PHYSICS_WORLD_SCENE_EDITS_H_

typedef struct mjSpec_ mjSpec;

namespace flyball {

// Only the pairs that <contact> lists may touch: every other collision is switched off, and with it the
// search for candidates that MuJoCo makes in each step (3 us for an arm beside a table).
void KeepListedPairsOnly(mjSpec* spec);

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_WORLD_SCENE_EDITS_H_
