// What a World says about where its bodies are and how they move: MuJoCo's kinematics, for any engine.
#include <mujoco/mujoco.h>

#include <algorithm>

#include "physics/numeric/error.h"
#include "physics/world/mujoco/guard.h"
#include "physics/world/world.h"

namespace flyball {
namespace {

Vec3 ToVec3(const double* values) { return {values[0], values[1], values[2]}; }

Pose ToPose(const double* position, const double* matrix) {
  Pose pose{ToVec3(position), {}};
  mju_mat2Quat(pose.q_W.data(), matrix);
  return pose;
}

}  // namespace

void World::UpdateKinematics() const {
  Guarded("kinematics", [&] {
    mj_kinematics(model_, data_);
    mj_comPos(model_, data_);
    mj_camlight(model_, data_);
    if (model_->nflex) mj_flex(model_, data_);
    if (model_->ntendon) mj_tendon(model_, data_);
    mj_comVel(model_, data_);
  });
  kinematics_fresh_ = true;
}

void World::KeepPrevious(std::span<const double> qpos_at_begin) {
  if (!settings_.keep_previous_pose) return;
  const auto copy = [](std::vector<double>& to, const double* from) {
    std::copy_n(from, to.size(), to.begin());
  };
  copy(previous_.qpos, qpos_at_begin.data());
  copy(previous_.site_xpos, data_->site_xpos);
  copy(previous_.site_xmat, data_->site_xmat);
}

Pose World::BodyPose(int body) const {
  CheckedId(body, static_cast<int>(model_->nbody), "body");
  RefreshKinematics();
  const double* q = data_->xquat + 4 * body;
  return {ToVec3(data_->xpos + 3 * body), {q[0], q[1], q[2], q[3]}};
}

Pose World::SitePose(int site) const {
  CheckedId(site, static_cast<int>(model_->nsite), "site");
  RefreshKinematics();
  return ToPose(data_->site_xpos + 3 * site, data_->site_xmat + 9 * site);
}

Twist World::BodyTwist(int body) const {
  CheckedId(body, static_cast<int>(model_->nbody), "body");
  RefreshKinematics();
  double velocity[6];  // angular, linear
  mj_objectVelocity(model_, data_, mjOBJ_XBODY, body, velocity, 0);
  return {ToVec3(velocity + 3), ToVec3(velocity)};
}

Twist World::SiteTwist(int site) const {
  CheckedId(site, static_cast<int>(model_->nsite), "site");
  RefreshKinematics();
  double velocity[6];
  mj_objectVelocity(model_, data_, mjOBJ_SITE, site, velocity, 0);
  return {ToVec3(velocity + 3), ToVec3(velocity)};
}

void World::SiteJacobian(int site, std::span<double> J_translation,
                         std::span<double> J_rotation) const {
  CheckedId(site, static_cast<int>(model_->nsite), "site");
  const size_t size = static_cast<size_t>(3 * model_->nv);
  if (J_translation.size() != size || J_rotation.size() != size) {
    throw InputError("World::SiteJacobian: the spans hold " + std::to_string(J_translation.size()) +
                     " and " + std::to_string(J_rotation.size()) + " values; 3 x nv is " +
                     std::to_string(size));
  }
  RefreshKinematics();
  mj_jacSite(model_, data_, J_translation.data(), J_rotation.data(), site);
}

Pose World::PreviousSitePose(int site) const {
  CheckedId(site, static_cast<int>(model_->nsite), "site");
  if (!settings_.keep_previous_pose) {
    throw InputError("World::PreviousSitePose needs WorldSettings.keep_previous_pose");
  }
  return ToPose(previous_.site_xpos.data() + 3 * site, previous_.site_xmat.data() + 9 * site);
}

Twist World::PreviousSiteTwist(int site) const {
  CheckedId(site, static_cast<int>(model_->nsite), "site");
  if (!settings_.keep_previous_pose) {
    throw InputError("World::PreviousSiteTwist needs WorldSettings.keep_previous_pose");
  }
  // Velocities in the site's own axes, turned by the orientation it had.
  const Twist now = SiteTwist(site);
  const double* R_WS = data_->site_xmat + 9 * site;
  const double* R_WP = previous_.site_xmat.data() + 9 * site;
  const auto turn = [&](const Vec3& v_W) {
    Vec3 v_S, turned_W;
    mju_mulMatTVec3(v_S.data(), R_WS, v_W.data());
    mju_mulMatVec3(turned_W.data(), R_WP, v_S.data());
    return turned_W;
  };
  return {turn(now.v_W), turn(now.w_W)};
}

}  // namespace flyball
