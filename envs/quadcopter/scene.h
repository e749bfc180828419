// The drones as a scene: what the engines step, and what is drawn of any of the tasks.
#ifndef FLYBALL_ENVS_QUADCOPTER_SCENE_H_
#define FLYBALL_ENVS_QUADCOPTER_SCENE_H_

#include <memory>
#include <span>

#include "envs/core/batch.h"
#include "envs/quadcopter/config.h"
#include "physics/world/scene.h"

namespace flyball::quadcopter {

// Drones over level ground at z = 0: free bodies "drone0" ... with the airframe's mass and inertia
// about the centre of mass and its collision cylinder; gates and pads of the task to be seen only.
// No contact in preset gpd_dyn, which has none.
std::shared_ptr<const Scene> MakeScene(const Config& config);

// Adds where the drones are to be now. `state`: EnvSpec::state, flattened.
void MarkGoals(const Config& config, std::span<const double> state, std::vector<Marker>& markers);

// A batch of the analytic model with something to draw: a world that is made when a picture is
// asked for, and put into the row's state then.
std::unique_ptr<Batch> WithPictures(std::unique_ptr<Batch> batch, const Config& config,
                                    int state_size);

}  // namespace flyball::quadcopter

#endif  // FLYBALL_ENVS_QUADCOPTER_SCENE_H_
