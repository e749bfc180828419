#include "physics/world/kinematic_chain.h"

#include <mujoco/mujoco.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "physics/numeric/error.h"

namespace flyball {
namespace {

constexpr int kMostJoints = 32;

Mat3 Multiply(const Mat3& a, const Mat3& b) {
  Mat3 c;
  mju_mulMatMat(c.data(), a.data(), b.data(), 3, 3, 3);
  return c;
}

Vec3 Rotate(const Mat3& R, const Vec3& v) {
  Vec3 out;
  mju_mulMatVec3(out.data(), R.data(), v.data());
  return out;
}

Vec3 Add(const Vec3& a, const Vec3& b) { return {a[0] + b[0], a[1] + b[1], a[2] + b[2]}; }

Mat3 FromQuaternion(const double* q) {
  Mat3 R;
  mju_quat2Mat(R.data(), q);
  return R;
}

Mat3 FromAxisAngle(const Vec3& axis, double angle) {
  double q[4];
  mju_axisAngle2Quat(q, axis.data(), angle);
  return FromQuaternion(q);
}

Vec3 Copy(const double* v) { return {v[0], v[1], v[2]}; }

}  // namespace

KinematicChain::KinematicChain(const Scene& scene, int site) {
  const mjModel& model = scene.model();
  // Bodies from the world to the site's, then their joints and the fixed offsets between them.
  std::vector<int> bodies;
  for (int body = model.site_bodyid[site]; body > 0; body = model.body_parentid[body]) {
    bodies.insert(bodies.begin(), body);
  }
  Vec3 offset = {0, 0, 0};
  Mat3 rotation = {1, 0, 0, 0, 1, 0, 0, 0, 1};
  for (const int body : bodies) {
    offset = Add(offset, Rotate(rotation, Copy(model.body_pos + 3 * body)));
    rotation = Multiply(rotation, FromQuaternion(model.body_quat + 4 * body));
    for (int k = 0; k < model.body_jntnum[body]; ++k) {
      const int joint = model.body_jntadr[body] + k;
      const int type = model.jnt_type[joint];
      if (type != mjJNT_HINGE && type != mjJNT_SLIDE) {
        throw InputError("kinematic chain to site " + std::to_string(site) +
                         ": only hinge and slide joints are allowed on the way");
      }
      const int address = model.jnt_qposadr[joint];
      joints_.push_back({.offset = offset,
                         .rotation = rotation,
                         .anchor = Copy(model.jnt_pos + 3 * joint),
                         .axis = Copy(model.jnt_axis + 3 * joint),
                         .zero = model.qpos0[address],
                         .slides = type == mjJNT_SLIDE});
      offset = {0, 0, 0};
      rotation = {1, 0, 0, 0, 1, 0, 0, 0, 1};
      addresses_.push_back(address);
      ids_.push_back(joint);
      const double infinity = std::numeric_limits<double>::infinity();
      low_.push_back(model.jnt_limited[joint] ? model.jnt_range[2 * joint] : -infinity);
      high_.push_back(model.jnt_limited[joint] ? model.jnt_range[2 * joint + 1] : infinity);
    }
  }
  if (joints_.empty() || joints_.size() > kMostJoints) {
    throw InputError("kinematic chain of " + std::to_string(joints_.size()) + " joints; 1 to " +
                     std::to_string(kMostJoints) + " are allowed");
  }
  site_offset_ = Add(offset, Rotate(rotation, Copy(model.site_pos + 3 * site)));
  site_rotation_ = Multiply(rotation, FromQuaternion(model.site_quat + 4 * site));
}

KinematicChain::State KinematicChain::Forward(std::span<const double> q) const {
  return ForwardWithJacobian(q, {});
}

KinematicChain::State KinematicChain::ForwardWithJacobian(std::span<const double> q,
                                                          std::span<double> J) const {
  Vec3 p = {0, 0, 0};
  Mat3 R = {1, 0, 0, 0, 1, 0, 0, 0, 1};
  std::array<Vec3, kMostJoints> anchors, axes;
  for (size_t i = 0; i < joints_.size(); ++i) {
    const Joint& joint = joints_[i];
    p = Add(p, Rotate(R, joint.offset));
    R = Multiply(R, joint.rotation);
    anchors[i] = Add(p, Rotate(R, joint.anchor));
    axes[i] = Rotate(R, joint.axis);
    const double amount = q[i] - joint.zero;
    if (joint.slides) {
      for (int k = 0; k < 3; ++k) p[k] += axes[i][k] * amount;
    } else {
      // Turning about the anchor moves the body's origin too.
      R = Multiply(R, FromAxisAngle(joint.axis, amount));
      const Vec3 swung = Rotate(R, joint.anchor);
      for (int k = 0; k < 3; ++k) p[k] = anchors[i][k] - swung[k];
    }
  }
  const State state{.p_W = Add(p, Rotate(R, site_offset_)), .R_W = Multiply(R, site_rotation_)};
  if (J.empty()) return state;

  const size_t n = joints_.size();
  for (size_t i = 0; i < n; ++i) {
    const Vec3 arm = {state.p_W[0] - anchors[i][0], state.p_W[1] - anchors[i][1],
                      state.p_W[2] - anchors[i][2]};
    Vec3 linear = axes[i], angular = {0, 0, 0};
    if (!joints_[i].slides) {
      mju_cross(linear.data(), axes[i].data(), arm.data());
      angular = axes[i];
    }
    for (size_t k = 0; k < 3; ++k) {
      J[k * n + i] = linear[k];
      J[(3 + k) * n + i] = angular[k];
    }
  }
  return state;
}

}  // namespace flyball
