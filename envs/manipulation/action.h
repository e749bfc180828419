// What an action does, by option: each way of driving the arm has its entries and is applied here.
#ifndef FLYBALL_ENVS_MANIPULATION_ACTION_H_
#define FLYBALL_ENVS_MANIPULATION_ACTION_H_

#include <span>
#include <string>
#include <vector>

#include "envs/core/field.h"
#include "envs/manipulation/arm.h"

namespace flyball {

enum class ActionMode {
  kEeDisplacement,      // of the end effector, its orientation held
  kEePoseDisplacement,  // and its orientation turned
  kEePose,              // where the end effector is to be and how it is turned
  kJointDisplacement,
  kJointPosition,
  kJointTorque
};
inline constexpr double kDisplacement = 0.05;  // m of the end effector, or rad of each joint
inline constexpr double kTurn = 0.2;           // rad of the end effector, a step
inline constexpr double kGripperChange = 0.2;  // m between the fingers

std::vector<std::string> ActionModeNames();
ActionMode ActionModeOf(const std::string& name);  // throws InputError with the nearest name
std::string NameOf(ActionMode mode);

// `scene` and `robot` give the bounds of joints and torques.
std::vector<Entry> ActionEntries(ActionMode mode, bool gripper, const Scene& scene,
                                 const Robot& robot);
// The action that asks for nothing: zeros, or home where actions are absolute.
std::vector<double> IdleAction(ActionMode mode, const Arm& arm, bool gripper);
// `action` has the numbers of ActionEntries.
void Apply(ActionMode mode, bool gripper, std::span<const double> action, Arm& arm);

}  // namespace flyball

#endif  // FLYBALL_ENVS_MANIPULATION_ACTION_H_
