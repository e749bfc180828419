#include "physics/world/kinematic_chain.h"

#include <mujoco/mujoco.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "physics/numeric/error.h"

namespace flyball {
namespace {

Mat3 Multiply(const Mat3& a, const Mat3& b) {
  Mat3 c;
  for (size_t i = 0; i < 9; i += 3) {
    for (size_t k = 0; k < 3; ++k) {
      c[i + k] = a[i] * b[k] + a[i + 1] * b[3 + k] + a[i + 2] * b[6 + k];
    }
  }
  return c;
}

Vec3 Rotate(const Mat3& R, const Vec3& v) {
  return {R[0] * v[0] + R[1] * v[1] + R[2] * v[2], R[3] * v[0] + R[4] * v[1] + R[5] * v[2],
          R[6] * v[0] + R[7] * v[1] + R[8] * v[2]};
}

Vec3 Add(const Vec3& a, const Vec3& b) { return {a[0] + b[0], a[1] + b[1], a[2] + b[2]}; }
Vec3 Subtract(const Vec3& a, const Vec3& b) { return {a[0] - b[0], a[1] - b[1], a[2] - b[2]}; }

Vec3 Cross(const Vec3& a, const Vec3& b) {
  return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}

Mat3 FromQuaternion(const double* q) {
  Mat3 R;
  mju_quat2Mat(R.data(), q);
  return R;
}

// Rodrigues' formula.
Mat3 FromAxisAngle(const Vec3& u, double angle) {
  const double s = std::sin(angle), c = std::cos(angle), t = 1.0 - c;
  return {c + t * u[0] * u[0],        t * u[0] * u[1] - s * u[2], t * u[0] * u[2] + s * u[1],
          t * u[0] * u[1] + s * u[2], c + t * u[1] * u[1],        t * u[1] * u[2] - s * u[0],
          t * u[0] * u[2] - s * u[1], t * u[1] * u[2] + s * u[0], c + t * u[2] * u[2]};
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
  if (joints_.empty() || joints_.size() > size_t{kMostJoints}) {
    throw InputError("kinematic chain of " + std::to_string(joints_.size()) + " joints; 1 to " +
                     std::to_string(kMostJoints) + " are allowed");
  }
  site_offset_ = Add(offset, Rotate(rotation, Copy(model.site_pos + 3 * site)));
  site_rotation_ = Multiply(rotation, FromQuaternion(model.site_quat + 4 * site));
}

KinematicChain::State KinematicChain::Sweep(std::span<const double> q, Axes* axes) const {
  Vec3 p = {0, 0, 0};
  Mat3 R = {1, 0, 0, 0, 1, 0, 0, 0, 1};
  for (size_t i = 0; i < joints_.size(); ++i) {
    const Joint& joint = joints_[i];
    p = Add(p, Rotate(R, joint.offset));
    R = Multiply(R, joint.rotation);
    const Vec3 anchor = Add(p, Rotate(R, joint.anchor));
    const Vec3 axis = Rotate(R, joint.axis);
    if (axes) (*axes)[i] = {anchor, axis};
    const double amount = q[i] - joint.zero;
    if (joint.slides) {
      for (size_t k = 0; k < 3; ++k) p[k] += axis[k] * amount;
    } else {
      // Turning about the anchor moves the body's origin too.
      R = Multiply(R, FromAxisAngle(joint.axis, amount));
      p = Subtract(anchor, Rotate(R, joint.anchor));
    }
  }
  return {.p_W = Add(p, Rotate(R, site_offset_)), .R_W = Multiply(R, site_rotation_)};
}

KinematicChain::State KinematicChain::Forward(std::span<const double> q) const {
  return Sweep(q, nullptr);
}

KinematicChain::State KinematicChain::ForwardWithJacobian(std::span<const double> q,
                                                          std::span<double> J) const {
  Axes axes;
  const State state = Sweep(q, &axes);
  const size_t n = joints_.size();
  for (size_t i = 0; i < n; ++i) {
    const auto& [anchor, axis] = axes[i];
    const bool slides = joints_[i].slides;
    const Vec3 linear = slides ? axis : Cross(axis, Subtract(state.p_W, anchor));
    for (size_t k = 0; k < 3; ++k) {
      J[k * n + i] = linear[k];
      J[(3 + k) * n + i] = slides ? 0.0 : axis[k];
    }
  }
  return state;
}

KinematicChain::Motion KinematicChain::ForwardWithTwist(std::span<const double> q,
                                                        std::span<const double> v) const {
  Axes axes;
  Motion motion{.pose = Sweep(q, &axes), .twist = {}};
  for (size_t i = 0; i < joints_.size(); ++i) {
    const auto& [anchor, axis] = axes[i];
    const bool slides = joints_[i].slides;
    const Vec3 linear = slides ? axis : Cross(axis, Subtract(motion.pose.p_W, anchor));
    for (size_t k = 0; k < 3; ++k) {
      motion.twist.v_W[k] += linear[k] * v[i];
      if (!slides) motion.twist.w_W[k] += axis[k] * v[i];
    }
  }
  return motion;
}

}  // namespace flyball
