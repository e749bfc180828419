#include "envs/manipulation/observation.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

namespace flyball {
namespace {

using Kind = Channel::Kind;

Entry Make(std::string name, int size, const char* unit, double bound, std::string doc) {
  return {.name = std::move(name),
          .size = size,
          .unit = unit,
          .low = -bound,
          .high = bound,
          .doc = std::move(doc)};
}

std::vector<Channel> ThingChannels(const Task& task, int thing, bool full) {
  constexpr double kPi = std::numbers::pi;
  const std::string name = task.things[static_cast<size_t>(thing)].name;
  const bool quaternion = full || task.goal == Task::Goal::kRotation;
  const Channel turned =
      quaternion ? Channel{Kind::kQuaternion, thing,
                           Make(name + "_quaternion", 4, "1", 1.01, "x y z w, body to world")}
                 : Channel{Kind::kRpy, thing,
                           Make(name + "_rpy", 3, "rad", kPi + 1e-6,
                                "roll pitch yaw: R = Rz(yaw) Ry(pitch) Rx(roll)")};
  return {
      {Kind::kPosition, thing, Make(name + "_position", 3, "m", kInfinity, "its centre, world")},
      turned,
      {Kind::kVelocity, thing,
       Make(name + "_velocity", 3, "m/s", kInfinity, "of its centre, world axes")},
      {Kind::kAngularVelocity, thing,
       Make(name + "_angular_velocity", 3, "rad/s", kInfinity, "world axes")}};
}

}  // namespace

std::vector<ThingPlace> PlacesOf(const Task& task, const Scene& scene) {
  std::vector<ThingPlace> places;
  for (const Thing& thing : task.things) {
    const int joint = scene.Id(Element::kJoint, thing.name);
    places.push_back(
        {scene.Id(Element::kBody, thing.name), scene.JointAddress(joint), scene.JointDof(joint)});
  }
  return places;
}

std::vector<Channel> ChannelsOf(const Task& task, bool full, int num_drives) {
  std::vector<Channel> channels = {
      {Kind::kEePosition, -1,
       Make("ee_position", 3, "m", 10, "end effector (between the finger tips), world frame")},
      {Kind::kEeVelocity, -1,
       Make("ee_velocity", 3, "m/s", kInfinity, "its linear velocity, world frame")}};
  if (task.gripper || full) {
    channels.push_back(
        {Kind::kGripperWidth, -1, Make("gripper_width", 1, "m", 1, "between the fingers")});
  }
  if (full) {
    channels.push_back({Kind::kEeQuaternion, -1,
                        Make("ee_quaternion", 4, "1", 1.01, "x y z w, end effector to world")});
    channels.push_back({Kind::kEeAngularVelocity, -1,
                        Make("ee_angular_velocity", 3, "rad/s", kInfinity, "world axes")});
    channels.push_back(
        {Kind::kJointPositions, -1,
         Make("joint_positions", num_drives, "rad, m", kInfinity, "arm joints, then fingers")});
    channels.push_back({Kind::kJointVelocities, -1,
                        Make("joint_velocities", num_drives, "rad/s, m/s", kInfinity,
                             "arm joints, then fingers")});
    channels.push_back({Kind::kFingerForces, -1,
                        Make("finger_forces", 6, "N", kInfinity,
                             "contact force on each finger in the last substep, world axes")});
  }
  for (int thing = 0; thing < task.num_things(); ++thing) {
    for (Channel& channel : ThingChannels(task, thing, full))
      channels.push_back(std::move(channel));
  }
  return channels;
}

Observation::Observation(std::vector<Channel> channels, const World& world, const Arm& arm,
                         std::vector<ThingPlace> things)
    : channels_(std::move(channels)), world_(world), arm_(arm), things_(std::move(things)) {
  for (const Channel& channel : channels_) size_ += channel.entry.size;
}

void Observation::Read(std::span<double> out) const {
  for (const Channel& channel : channels_) {
    const std::span<double> part = out.first(static_cast<size_t>(channel.entry.size));
    out = out.subspan(part.size());
    const auto write = [&part](const auto& values) {
      std::copy(values.begin(), values.end(), part.begin());
    };
    switch (channel.kind) {
      case Kind::kEePosition:
        write(arm_.EndEffectorPosition());
        break;
      case Kind::kEeVelocity:
        write(arm_.EndEffectorVelocity());
        break;
      case Kind::kEeQuaternion: {
        const auto q = arm_.EndEffectorPose().q_W;
        write(std::array{q[1], q[2], q[3], q[0]});
        break;
      }
      case Kind::kEeAngularVelocity:
        write(arm_.EndEffectorTwist().w_W);
        break;
      case Kind::kGripperWidth:
        part[0] = arm_.GripperWidth();
        break;
      case Kind::kJointPositions:
        arm_.ReadJoints(part);
        break;
      case Kind::kJointVelocities:
        arm_.ReadJointVelocities(part);
        break;
      case Kind::kFingerForces:
        arm_.ReadFingerForces(part);
        break;
      default:
        ReadThing(channel, part);
    }
  }
}

void Observation::ReadThing(const Channel& channel, std::span<double> out) const {
  const ThingPlace& place = things_[static_cast<size_t>(channel.thing)];
  const std::span<const double> q = world_.qpos().subspan(static_cast<size_t>(place.qpos), 7);
  const auto write = [&out](const auto& values) {
    std::copy(values.begin(), values.end(), out.begin());
  };
  switch (channel.kind) {
    case Kind::kPosition:
      write(q.first(3));
      break;
    case Kind::kRpy:
      write(RollPitchYaw(q.last(4)));
      break;
    case Kind::kQuaternion:
      write(std::array{q[4], q[5], q[6], q[3]});
      break;
    case Kind::kVelocity:
      write(world_.qvel().subspan(static_cast<size_t>(place.qvel), 3));
      break;
    default:
      write(world_.BodyTwist(place.body).w_W);
  }
}

Vec3 RollPitchYaw(std::span<const double> q) {
  constexpr double kHalfPi = std::numbers::pi / 2;
  const double w = q[0], x = q[1], y = q[2], z = q[3];
  const double sine = -2.0 * (x * z - w * y) / (w * w + x * x + y * y + z * z);
  if (sine <= -0.99999) return {0.0, -kHalfPi, 2.0 * std::atan2(x, -y)};
  if (sine >= 0.99999) return {0.0, kHalfPi, 2.0 * std::atan2(-x, y)};
  return {std::atan2(2.0 * (y * z + w * x), w * w - x * x - y * y + z * z), std::asin(sine),
          std::atan2(2.0 * (x * y + w * z), w * w + x * x - y * y - z * z)};
}

}  // namespace flyball
