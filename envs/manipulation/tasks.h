// The tasks, one value each; their files say how their episodes start and what solves them.
#ifndef FLYBALL_ENVS_MANIPULATION_TASKS_H_
#define FLYBALL_ENVS_MANIPULATION_TASKS_H_

#include "envs/manipulation/task.h"

namespace flyball {

extern const Task kReach, kPush, kSlide, kPickAndPlace, kStack, kFlip;

// The peer's cube: 40 mm, 1 kg.
inline constexpr Thing kCube = {.name = "object",
                                .shape = Thing::Shape::kBox,
                                .size = {0.02, 0.02, 0.02},
                                .mass = 1.0,
                                .friction = 0.5,
                                .rgba = "0.1 0.9 0.1 1",
                                .faces = false};
// The part of the table where the peer puts things: half its width and depth (m).
inline constexpr double kReachXy = 0.15;

}  // namespace flyball

#endif  // FLYBALL_ENVS_MANIPULATION_TASKS_H_
