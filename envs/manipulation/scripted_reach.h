// The expert of Reach: straight to the goal, by end effector or by joints.
#ifndef FLYBALL_ENVS_MANIPULATION_SCRIPTED_REACH_H_
#define FLYBALL_ENVS_MANIPULATION_SCRIPTED_REACH_H_

#include <memory>

#include "envs/core/policy.h"
#include "physics/world/scene.h"

namespace flyball {

struct Robot;

// `by_joints`: actions displace joints; `scale`: metres or radians of an action of 1.
std::unique_ptr<Policy> MakeScriptedReach(std::shared_ptr<const Scene> scene, const Robot& robot,
                                          bool by_joints, double scale);

}  // namespace flyball

#endif  // FLYBALL_ENVS_MANIPULATION_SCRIPTED_REACH_H_
