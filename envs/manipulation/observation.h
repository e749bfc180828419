// What the tasks observe: the peer's numbers, or all there is. One list of channels both describes the
// observation and reads it.
#ifndef FLYBALL_ENVS_MANIPULATION_OBSERVATION_H_
#define FLYBALL_ENVS_MANIPULATION_OBSERVATION_H_

#include <span>
#include <string>
#include <vector>

#include "envs/core/field.h"
#include "envs/manipulation/arm.h"
#include "envs/manipulation/task.h"

namespace flyball {

// Where a thing is found in the world.
struct ThingPlace {
  int body, qpos, qvel;
};
std::vector<ThingPlace> PlacesOf(const Task& task, const Scene& scene);

struct Channel {
  enum class Kind {
    kEePosition,
    kEeVelocity,
    kEeQuaternion,
    kEeAngularVelocity,
    kGripperWidth,
    kJointPositions,
    kJointVelocities,
    kFingerForces,
    kPosition,
    kRpy,
    kQuaternion,
    kVelocity,
    kAngularVelocity
  };
  Kind kind;
  int thing = -1;  // of the last five
  Entry entry = {};
};

// `full`: with the arm's joints, the end effector's orientation, contact forces and quaternions.
// `num_drives`: joints of arm and gripper.
std::vector<Channel> ChannelsOf(const Task& task, bool full, int num_drives);

class Observation {
 public:
  Observation(std::vector<Channel> channels, const World& world, const Arm& arm,
              std::vector<ThingPlace> things);
  int size() const { return size_; }
  void Read(std::span<double> out) const;

 private:
  void ReadThing(const Channel& channel, std::span<double> out) const;

  std::vector<Channel> channels_;
  const World& world_;
  const Arm& arm_;
  std::vector<ThingPlace> things_;
  int size_ = 0;
};

// Roll, pitch, yaw (rad) of a quaternion w x y z as PyBullet gives them: R = Rz(yaw) Ry(pitch) Rx(roll),
// with roll 0 where pitch is straight up or down.
Vec3 RollPitchYaw(std::span<const double> q);

}  // namespace flyball

#endif  // FLYBALL_ENVS_MANIPULATION_OBSERVATION_H_
