#include "envs/manipulation/action.h"

#include <algorithm>
#include <array>
#include <numbers>

#include "physics/numeric/error.h"

namespace flyball {
namespace {

// In the order of the enumeration. (A function: options are asked for while the library is loaded.)
const std::vector<std::string>& Names() {
  static const std::vector<std::string> names = {"ee_displacement", "ee_pose_displacement",
                                                 "ee_pose",         "joint_displacement",
                                                 "joint_position",  "joint_torque"};
  return names;
}

constexpr char kFrom[] = "from where it was last told to be (panda_gym: from where it is)";

std::vector<Entry> EePoseEntries() {
  constexpr double kPi = std::numbers::pi;
  return {{.name = "ee_x", .unit = "m", .low = -0.4, .high = 0.4, .doc = "world frame"},
          {.name = "ee_y", .unit = "m", .low = -0.5, .high = 0.5, .doc = "world frame"},
          {.name = "ee_z", .unit = "m", .low = 0.0, .high = 0.7, .doc = "above the table"},
          {.name = "ee_rotation",
           .size = 3,
           .unit = "rad",
           .low = -kPi,
           .high = kPi,
           .doc = "rotation vector, world axes, from the gripper pointing down as at the start"}};
}

// One entry for each joint of the arm, between `low` and `high` of it.
template <class Bounds>
std::vector<Entry> JointEntries(const char* name, const char* unit, const char* doc, int joints,
                                const Bounds& bounds) {
  std::vector<Entry> entries;
  for (int i = 0; i < joints; ++i) {
    const auto [low, high] = bounds(i);
    entries.push_back(
        {.name = name + std::to_string(i + 1), .unit = unit, .low = low, .high = high, .doc = doc});
  }
  return entries;
}

}  // namespace

std::vector<std::string> ActionModeNames() { return Names(); }

ActionMode ActionModeOf(const std::string& name) {
  const auto found = std::find(Names().begin(), Names().end(), name);
  if (found == Names().end()) throw InputError(UnknownName("action", name, Names()));
  return static_cast<ActionMode>(found - Names().begin());
}

std::string NameOf(ActionMode mode) { return Names()[static_cast<size_t>(mode)]; }

std::vector<Entry> ActionEntries(ActionMode mode, bool gripper, const Scene& scene,
                                 const Robot& robot) {
  const KinematicChain chain(scene, scene.Id(Element::kSite, robot.end_effector_site));
  const int joints = chain.num_joints();
  std::vector<Entry> entries;
  switch (mode) {
    case ActionMode::kEeDisplacement:
    case ActionMode::kEePoseDisplacement:
      entries = {{.name = "ee_displacement",
                  .size = 3,
                  .unit = "0.05 m",
                  .low = -1,
                  .high = 1,
                  .doc = std::string("world frame, ") + kFrom}};
      if (mode == ActionMode::kEeDisplacement) break;
      entries.push_back({.name = "ee_rotation",
                         .size = 3,
                         .unit = "0.2 rad",
                         .low = -1,
                         .high = 1,
                         .doc = std::string("rotation vector, world axes, ") + kFrom});
      break;
    case ActionMode::kEePose:
      entries = EePoseEntries();
      break;
    case ActionMode::kJointDisplacement:
      entries = {{.name = "joint_displacement",
                  .size = joints,
                  .unit = "0.05 rad",
                  .low = -1,
                  .high = 1,
                  .doc = kFrom}};
      break;
    case ActionMode::kJointPosition:
      entries =
          JointEntries("joint_position", "rad", "where the joint is to be", joints, [&](int i) {
            return std::pair(chain.low()[static_cast<size_t>(i)],
                             chain.high()[static_cast<size_t>(i)]);
          });
      break;
    case ActionMode::kJointTorque:
      entries = JointEntries("joint_torque", "N m", "besides what holds the arm against gravity",
                             joints, [&](int i) {
                               const double most = robot.max_force[static_cast<size_t>(i)];
                               return std::pair(-most, most);
                             });
  }
  if (gripper) {
    entries.push_back({.name = "gripper",
                       .unit = "0.2 m",
                       .low = -1,
                       .high = 1,
                       .doc = std::string("change of the width between the fingers, ") + kFrom});
  }
  return entries;
}

std::vector<double> IdleAction(ActionMode mode, const Arm& arm, bool gripper) {
  const std::span<const double> home =
      arm.home().first(static_cast<size_t>(arm.chain().num_joints()));
  std::vector<double> idle(home.size(), 0.0);
  if (mode == ActionMode::kJointPosition) idle.assign(home.begin(), home.end());
  if (mode == ActionMode::kEeDisplacement) idle.resize(3);
  if (mode == ActionMode::kEePoseDisplacement) idle.assign(6, 0.0);
  if (mode == ActionMode::kEePose) {
    const Vec3 p = arm.chain().Forward(home).p_W;
    idle = {p[0], p[1], p[2], 0, 0, 0};
  }
  if (gripper) idle.push_back(0.0);
  return idle;
}

void Apply(ActionMode mode, bool gripper, std::span<const double> action, Arm& arm) {
  const std::span<const double> body = gripper ? action.first(action.size() - 1) : action;
  const auto vector = [&body](size_t at, double scale) {
    return Vec3{scale * body[at], scale * body[at + 1], scale * body[at + 2]};
  };
  switch (mode) {
    case ActionMode::kEeDisplacement:
      arm.MoveEndEffector(vector(0, kDisplacement));
      break;
    case ActionMode::kEePoseDisplacement:
      arm.MoveEndEffector(vector(0, kDisplacement), vector(3, kTurn));
      break;
    case ActionMode::kEePose:
      arm.PlaceEndEffector(vector(0, 1.0), vector(3, 1.0));
      break;
    case ActionMode::kJointDisplacement: {
      std::array<double, 32> displacement;
      for (size_t i = 0; i < body.size(); ++i) displacement[i] = kDisplacement * body[i];
      arm.MoveJoints(std::span(displacement).first(body.size()));
      break;
    }
    case ActionMode::kJointPosition:
      arm.PlaceJoints(body);
      break;
    case ActionMode::kJointTorque:
      arm.PushJoints(body);
  }
  if (gripper) {
    arm.ChangeGripperWidth(kGripperChange * action.back());
  } else {
    arm.MoveGripper(0.0);
  }
}

}  // namespace flyball
