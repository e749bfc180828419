// Names, units, bounds and text of every number of the manipulation environments.
#include <algorithm>
#include <numbers>
#include <string>
#include <utility>

#include "envs/manipulation/observation.h"
#include "envs/manipulation/options.h"

namespace flyball {
namespace {

constexpr double kPi = std::numbers::pi;
constexpr double kFar = 10;  // m, as the peer's spaces have it

Entry GoalEntry(const Task& task, bool achieved) {
  switch (task.goal) {
    case Task::Goal::kEndEffector:
      return {.name = achieved ? "ee_position" : "goal",
              .size = 3,
              .unit = "m",
              .low = -kFar,
              .high = kFar,
              .doc = achieved ? "end effector (between the finger tips), world frame"
                              : "where the end effector is to be, world frame"};
    case Task::Goal::kRotation:
      return {.name = achieved ? "object_quaternion" : "goal",
              .size = 4,
              .unit = "1",
              .low = -1.01,
              .high = 1.01,
              .doc = achieved ? "how the object is turned, x y z w"
                              : "how the object is to be turned, x y z w"};
    case Task::Goal::kPositions:
      break;
  }
  // Things may be knocked off the table and out of the room.
  return {.name = achieved ? "object_position" : "goal",
          .size = task.goal_size(),
          .unit = "m",
          .low = achieved ? -kInfinity : -kFar,
          .high = achieved ? kInfinity : kFar,
          .doc = std::string(achieved ? "centre of each object" : "where each centre is to be") +
                 ", world frame"};
}

const Entry kPositionEntry = {
    .name = "position", .size = 3, .unit = "m", .doc = "centre, world frame"};

std::vector<Field> StateFields(const Task& task, const Scene& scene, const Entry& goal) {
  const int drives = static_cast<int>(scene.Names(Element::kJoint).size()) - task.num_things();
  const int things = task.num_things();
  const char* order = "arm joints, fingers, then each object (position, quaternion w x y z)";
  const Entry joints = {
      .name = "position", .size = drives, .unit = "rad, m", .doc = "arm joints, then fingers"};
  std::vector<Field> fields = {
      VectorField(
          "qpos", DType::kFloat64,
          {{.name = "position", .size = drives + 7 * things, .unit = "rad, m", .doc = order}},
          "all positions of the model"),
      VectorField(
          "qvel", DType::kFloat64,
          {{.name = "velocity",
            .size = drives + 6 * things,
            .unit = "rad/s, m/s",
            .doc = "arm joints, fingers, then each object (linear in world axes, angular in "
                   "its own)"}},
          "all velocities of the model"),
      VectorField("joints", DType::kFloat64, {joints}, "the robot's part of qpos")};
  for (const Thing& thing : task.things) {
    fields.push_back(VectorField(
        thing.name, DType::kFloat64,
        {kPositionEntry,
         {.name = "quaternion", .size = 4, .unit = "1", .doc = "w x y z, body to world"}},
        "its part of qpos"));
  }
  fields.push_back(VectorField("goal", DType::kFloat64, {goal}));
  return fields;
}

const char* DistanceUnit(const Task& task) {
  return task.goal == Task::Goal::kRotation ? "1" : "m";
}

}  // namespace

EnvSpec SpecOf(const Task& task, Variant variant, const Options& options) {
  const TabletopOptions resolved = Resolved(task, variant, options);
  const std::shared_ptr<const Scene> scene = SceneOf(task, resolved);
  const Robot& robot = resolved.setup.robot;
  const DType dtype = ObservationDType(options);

  EnvSpec spec;
  spec.doc = task.doc;
  std::vector<Entry> entries;
  for (const Channel& channel :
       ChannelsOf(task, resolved.full, static_cast<int>(robot.home.size()))) {
    entries.push_back(channel.entry);
  }
  const Entry achieved = GoalEntry(task, true), desired = GoalEntry(task, false);
  spec.observation = {VectorField("observation", dtype, entries, "robot, then objects"),
                      VectorField("achieved_goal", dtype, {achieved}, "what is"),
                      VectorField("desired_goal", dtype, {desired}, "what is to be")};
  AddPictures(resolved.pictures, *scene, false, spec);
  spec.action.field = VectorField("action", DType::kFloat32,
                                  ActionEntries(resolved.action, task.gripper, *scene, robot),
                                  "clipped to its bounds");
  const bool turns = task.goal == Task::Goal::kRotation;
  spec.info = {
      ScalarField("is_success", DType::kBool, "1", "the distance is below the task's threshold", 0,
                  1),
      ScalarField("distance", DType::kFloat64, DistanceUnit(task),
                  turns ? "1 - <achieved, desired>^2: squared sine of half the angle between"
                        : "norm of achieved - desired",
                  0)};
  if (resolved.action == ActionMode::kEePose) {
    spec.info.push_back(ScalarField("pose_position_error", DType::kFloat64, "m",
                                    "between the pose asked for and the one the arm goes to: 0 to "
                                    "rounding, or the pose cannot be reached from where the arm is",
                                    0));
    spec.info.push_back(ScalarField("pose_rotation_error", DType::kFloat64, "rad",
                                    "angle between the same", 0, kPi));
  }
  for (Field& field : RandomisationInfo(resolved.randomise)) spec.info.push_back(std::move(field));
  spec.state = StateFields(task, *scene, desired);
  spec.reset = spec.state;
  for (const Thing& thing : task.things) {
    spec.reset.push_back(VectorField(thing.name, DType::kFloat64, {kPositionEntry},
                                     "its position alone; the object is not turned"));
  }
  spec.control_period = resolved.setup.arm.timestep * resolved.setup.arm.substeps;
  spec.max_episode_steps = task.max_episode_steps;
  spec.reward_high = 0.0;
  if (!variant.dense) spec.reward_low = -1.0;
  spec.goal_conditioned = true;
  return spec;
}

}  // namespace flyball
