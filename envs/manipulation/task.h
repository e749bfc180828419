// A manipulation task as data: what lies on the table, how an episode starts, what is to be reached.
#ifndef FLYBALL_ENVS_MANIPULATION_TASK_H_
#define FLYBALL_ENVS_MANIPULATION_TASK_H_

#include <array>
#include <memory>
#include <span>
#include <vector>

#include "envs/core/policy.h"
#include "physics/numeric/random.h"
#include "physics/world/types.h"

namespace flyball {

// A loose object.
struct Thing {
  enum class Shape { kBox, kCylinder };
  const char* name;  // of its body, joint and geom; also its key in state and reset
  Shape shape;
  Vec3 size;        // m: half edges; of a cylinder (axis z) radius, half height, unused
  double mass;      // kg
  double friction;  // multiplies with that of what it touches
  const char* rgba;
  bool faces;  // its faces are coloured, so that its orientation shows

  double half_height() const { return shape == Shape::kBox ? size[2] : size[1]; }
};

// How an episode starts, world frame (m). Things start unturned.
struct Start {
  std::array<double, 6> goal = {};  // as many as the task's goal has
  std::array<Vec3, 2> things = {};  // centres
};

struct Task {
  // What the goal is about: where the end effector is (3), where the things are (3 each), or how the
  // one thing is turned (quaternion x y z w).
  enum class Goal { kEndEffector, kPositions, kRotation };

  const char* name;  // "Push": the id is PandaPush...
  const char* doc;
  std::vector<Thing> things;
  bool gripper;         // actions open and shut it; else it stays shut
  double table_length;  // m, along x
  double table_x;       // m, its middle
  Goal goal;
  // Success is a smaller distance than this: m (of the goals as vectors), or 1 - <q, goal>^2, which is
  // the squared sine of half the angle between.
  double threshold;
  int max_episode_steps;
  // Draws goal and things as panda-gym does, in its order. `as_peer`: with the peer's heights too,
  // where things start in the air; else they stand on the table.
  Start (*draw)(Rng& rng, bool as_peer);
  // Least distance between things, centre to centre (m): starts of the default preset are drawn again
  // until it holds and they are not solved.
  double clearance;

  int goal_size() const {
    return goal == Goal::kRotation ? 4 : goal == Goal::kEndEffector ? 3 : 3 * num_things();
  }
  int num_things() const { return static_cast<int>(things.size()); }
};

// What success is measured by; see Task::threshold. Both goals have goal_size() numbers.
double GoalDistance(const Task& task, std::span<const double> achieved,
                    std::span<const double> desired);

// What the four ids of a task differ in.
struct Variant {
  bool joints;  // actions displace the joints instead of the end effector
  bool dense;   // reward -distance instead of -1 until reached
};

// -distance, or -1 until the threshold is reached (at which it is 0, though it is no success yet).
double RewardOf(const Task& task, Variant variant, double distance);

// low + (high - low) * u for three numbers u in a row, as numpy's uniform() draws them.
Vec3 UniformBox(Rng& rng, const Vec3& low, const Vec3& high);

}  // namespace flyball

#endif  // FLYBALL_ENVS_MANIPULATION_TASK_H_
