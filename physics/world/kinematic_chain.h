// KinematicChain: the hinge and slide joints between the world and a site, for inverse kinematics at
// configurations other than the world's present one. The same numbers serve both engines.
#ifndef FLYBALL_PHYSICS_WORLD_KINEMATIC_CHAIN_H_
#define FLYBALL_PHYSICS_WORLD_KINEMATIC_CHAIN_H_

#include <array>
#include <span>
#include <vector>

#include "physics/world/scene.h"
#include "physics/world/world.h"

namespace flyball {

class KinematicChain {
 public:
  static constexpr int kMostJoints = 32;

  // Throws InputError if a ball or free joint lies between the world and the site.
  KinematicChain(const Scene& scene, int site);

  int num_joints() const { return static_cast<int>(joints_.size()); }
  // Addresses of the chain's joints in qpos, base first.
  std::span<const int> qpos_addresses() const { return addresses_; }
  std::span<const int> joint_ids() const { return ids_; }
  // Limits (rad or m); infinite where the model has none.
  std::span<const double> low() const { return low_; }
  std::span<const double> high() const { return high_; }

  // Pose of the site at joint positions q (num_joints), and its Jacobian: rows 0-2 m per rad (or m),
  // rows 3-5 rad per rad, row-major (6 x num_joints), world frame.
  struct State {
    Vec3 p_W;
    Mat3 R_W;
  };
  State Forward(std::span<const double> q) const;
  State ForwardWithJacobian(std::span<const double> q, std::span<double> J) const;
  // Pose and velocity of the site at joint positions q and rates v (num_joints each).
  struct Motion {
    State pose;
    Twist twist;
  };
  Motion ForwardWithTwist(std::span<const double> q, std::span<const double> v) const;

 private:
  struct Joint {
    Vec3 offset;    // from the previous joint's frame to this joint's body frame, then
    Mat3 rotation;  // its orientation there
    Vec3 anchor;    // the joint's point in its body's frame
    Vec3 axis;      // unit, in its body's frame
    double zero;    // qpos at which the model's frames are given
    bool slides;
  };
  // Where each joint's axis stands in the world, for what is made of it.
  struct Axis {
    Vec3 anchor_W, direction_W;
  };
  using Axes = std::array<Axis, kMostJoints>;
  State Sweep(std::span<const double> q, Axes* axes) const;

  std::vector<Joint> joints_;
  std::vector<int> addresses_, ids_;
  std::vector<double> low_, high_;
  Vec3 site_offset_;  // from the last joint's body frame
  Mat3 site_rotation_;
};

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_WORLD_KINEMATIC_CHAIN_H_
