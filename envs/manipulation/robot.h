// A robot arm as data, read from a small file beside its model (docs/add_a_robot.md).
#ifndef FLYBALL_ENVS_MANIPULATION_ROBOT_H_
#define FLYBALL_ENVS_MANIPULATION_ROBOT_H_

#include <string>
#include <string_view>
#include <vector>

#include "physics/world/scene.h"
#include "physics/world/types.h"

namespace flyball {

struct Robot {
  std::string doc;
  std::string file;   // what it was read from, for messages
  std::string model;  // full path of its MJCF or URDF
  Vec3 p_WR = {};     // where the model's origin stands (m); the table top is at z = 0
  double yaw = 0.0;   // of the model about z (rad)
  // The end effector: a site of the model, or a point of a body (m, its frame).
  std::string end_effector_site;
  std::string end_effector_body;
  Vec3 p_BE = {};
  std::vector<std::string> gripper_joints;  // none, or two
  std::vector<std::string> touching;        // bodies, besides the gripper's; see RobotMount
  std::vector<double> home;                 // arm joints, then gripper joints (rad, m)
  std::vector<double> max_force;            // of the servos, in the same order (N m, N)
  double max_speed = 0.0;                   // rad/s, of the arm's joints
  double max_acceleration = 0.0;            // rad/s^2
  double max_acceleration_touching = 0.0;   // the same in tasks with something to touch
  double finger_speed = 0.2;                // m/s

  bool is_panda() const;  // the one that comes with us
};

// "panda", or the path of a robot file. Throws InputError if it is neither, DataError naming file, line
// and field for what is wrong in it.
Robot RobotNamed(const std::string& name);
Robot ParseRobot(std::string_view text, const std::string& path);

// Throws DataError naming the robot's file if the compiled model's joints are not the arm's and then
// the gripper's, or home, forces and limits do not fit them.
void CheckRobot(const Robot& robot, const Scene& scene);

}  // namespace flyball

#endif  // FLYBALL_ENVS_MANIPULATION_ROBOT_H_
