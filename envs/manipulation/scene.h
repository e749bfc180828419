// The scene of a task: a robot, a table, and what lies on it.
#ifndef FLYBALL_ENVS_MANIPULATION_SCENE_H_
#define FLYBALL_ENVS_MANIPULATION_SCENE_H_

#include <compare>
#include <memory>
#include <string>

#include "envs/manipulation/robot.h"
#include "envs/manipulation/task.h"
#include "physics/world/scene.h"

namespace flyball {

// How things touch. Coefficients of friction multiply in all of them, as in panda-gym.
enum class Touch {
  // Primitive shapes; the pairs that can touch are listed with their coefficients.
  kPrimitives,
  // The same pairs, with the peer's convex hulls for hand and fingers, and fingers whose servos act in
  // the contact solver.
  kHulls,
  // The peer's hulls and its soft fingers (stiffness and damping in the geoms); the engine combines
  // the coefficients by Bullet's rule.
  kSoftHulls,
};

struct SceneNeeds {
  Touch touch;
  bool motors = false;  // the arm's joints have torque motors, and its bodies bear their own weight
  // Objects bring half their coefficient to whatever they touch but the fingers, so that it may be
  // changed for a row; else such pairs are listed with fixed coefficients.
  bool free_friction = false;
  std::string meshes =
      {};  // a folder of those that the Panda is seen in (see PandaMeshes); empty: ours
  auto operator<=>(const SceneNeeds&) const = default;
};

// With the Panda compiled once for each set of arguments, then shared. Throws DataError if another
// robot's model does not compile or does not fit its file.
std::shared_ptr<const Scene> TaskScene(const Task& task, const Robot& robot,
                                       const SceneNeeds& needs);

}  // namespace flyball

#endif  // FLYBALL_ENVS_MANIPULATION_SCENE_H_
