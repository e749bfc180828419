// Mounts a robot of a user's model (MJCF or URDF) in a scene: for the edits of Scene::FromFile.
#ifndef FLYBALL_PHYSICS_WORLD_ROBOT_MOUNT_H_
#define FLYBALL_PHYSICS_WORLD_ROBOT_MOUNT_H_

#include <string>
#include <vector>

#include "physics/world/types.h"

typedef struct mjSpec_ mjSpec;

namespace flyball {

struct RobotMount {
  Vec3 p_WR;         // of the model's origin (m)
  double yaw;        // of the model about the world's z axis (rad)
  std::string site;  // of the end effector; made at p_BE of `body` unless that is empty
  std::string body;
  Vec3 p_BE = {};  // m, body frame
  std::vector<std::string> gripper_joints;
  // Bodies whose shapes may touch what is not the robot. Empty: those of the gripper, and those that at
  // least three joints move.
  std::vector<std::string> touching;
  bool motors;  // a torque motor at each joint but the gripper's, and the bodies bear their weight
};

struct RobotGeom {
  std::string name;
  bool finger;  // moved by a joint of the gripper
};

// Puts the robot where it stands and makes its end effector's site. The model's own actuators,
// keyframes and contact pairs go; its shapes touch nothing until pairs are listed, but those that may
// have `contype` and `conaffinity`. Returns these, all with names. Throws DataError (naming `origin`)
// for a body, site or joint that is not there.
std::vector<RobotGeom> MountRobot(mjSpec* spec, const RobotMount& mount, const std::string& origin,
                                  int contype, int conaffinity);

// Adds all that an MJCF text has to the world of `spec`, and takes its options, visual settings too.
void AddToWorld(mjSpec* spec, const std::string& xml);

// A pair of shapes that may touch: coefficients of sliding and spinning friction.
struct TouchingPair {
  std::string geom1, geom2;
  double slide;  // 1
  double spin;   // m; 0: none
};
// How hard a contact is (MuJoCo's solref and solimp).
struct ContactHardness {
  double time_constant, damping_ratio;  // s, 1
  double impedance[3];                  // least, most, width (m)
};
void ListPair(mjSpec* spec, const TouchingPair& pair, const ContactHardness& hardness);

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_WORLD_ROBOT_MOUNT_H_
