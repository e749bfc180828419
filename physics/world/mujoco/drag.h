// The drag that Bullet has on every body, for MuJoCo.
#ifndef FLYBALL_PHYSICS_WORLD_MUJOCO_DRAG_H_
#define FLYBALL_PHYSICS_WORLD_MUJOCO_DRAG_H_

typedef struct mjModel_ mjModel;
typedef struct mjData_ mjData;

namespace flyball {

// Adds F = -m v (linear + linear |v|) and T = -I w (angular + angular |w|), at and about each body's centre of
// mass, to data->qfrc_passive. Positions and velocities must be fresh.
void AddDrag(const mjModel& model, mjData* data, double linear, double angular);

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_WORLD_MUJOCO_DRAG_H_
