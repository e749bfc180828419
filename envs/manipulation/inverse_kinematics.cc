#include "envs/manipulation/inverse_kinematics.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <numbers>

namespace flyball {
namespace {

constexpr int kMostJoints = 32;
using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::ColMajor, kMostJoints,
                             kMostJoints>;
using Vector = Eigen::Matrix<double, Eigen::Dynamic, 1, Eigen::ColMajor, kMostJoints, 1>;

// The rotation from `from` to `to` as axis times angle, angle in (-pi, pi].
Vec3 RotationBetween(const std::array<double, 4>& from, const std::array<double, 4>& to) {
  const Eigen::Quaterniond a(from[0], from[1], from[2], from[3]), b(to[0], to[1], to[2], to[3]);
  const Eigen::Quaterniond d = b * a.conjugate();
  const double sine = d.vec().norm();
  double angle = 2.0 * std::acos(std::clamp(d.w(), -1.0, 1.0));
  if (angle > std::numbers::pi) angle -= 2.0 * std::numbers::pi;
  // Near no rotation acos loses digits; the sine does not.
  if (sine < 1e-3) angle = 2.0 * std::asin(sine) * (d.w() < 0 ? -1.0 : 1.0);
  if (sine < 1e-15) return {0, 0, 0};
  const double scale = angle / sine;
  return {d.x() * scale, d.y() * scale, d.z() * scale};
}

}  // namespace

std::array<double, 4> QuaternionOf(const Mat3& R) {
  const Eigen::Matrix3d m =
      Eigen::Map<const Eigen::Matrix<double, 3, 3, Eigen::RowMajor>>(R.data());
  const Eigen::Quaterniond q(m);
  return {q.w(), q.x(), q.y(), q.z()};
}

void SolveIk(const KinematicChain& chain, const IkSettings& settings, const Vec3& p_target_W,
             const std::array<double, 4>& q_target_W, std::span<double> q) {
  const int n = chain.num_joints();
  std::array<double, 6 * kMostJoints> jacobian;
  for (int iteration = 0; iteration < settings.iterations; ++iteration) {
    const std::span<double> J_data(jacobian.data(), 6 * static_cast<size_t>(n));
    const KinematicChain::State now = chain.ForwardWithJacobian(q, J_data);
    const Vec3 rotation = RotationBetween(QuaternionOf(now.R_W), q_target_W);
    Eigen::Matrix<double, 6, 1> error;
    for (int k = 0; k < 3; ++k) {
      error[k] = p_target_W[k] - now.p_W[k];
      error[3 + k] = rotation[k];
    }
    const bool close = error.head<3>().norm() <= settings.position_tolerance &&
                       error.tail<3>().norm() <= settings.rotation_tolerance;

    // Normal equations, with the joints that stand at a limit and would go further left out.
    Eigen::Matrix<double, 6, Eigen::Dynamic, Eigen::RowMajor, 6, kMostJoints> J =
        Eigen::Map<const Eigen::Matrix<double, 6, Eigen::Dynamic, Eigen::RowMajor>>(jacobian.data(),
                                                                                    6, n);
    Vector dq(n);
    for (int attempt = 0; attempt <= n; ++attempt) {
      Matrix normal = J.transpose() * J;
      normal.diagonal().array() += settings.damping;
      dq = normal.ldlt().solve(Vector(J.transpose() * error));
      if (!settings.within_limits) break;
      bool blocked = false;
      for (int i = 0; i < n; ++i) {
        const bool out =
            (q[i] <= chain.low()[i] && dq[i] < 0) || (q[i] >= chain.high()[i] && dq[i] > 0);
        if (!out || J.col(i).isZero(0.0)) continue;
        J.col(i).setZero();
        blocked = true;
      }
      if (!blocked) break;
    }
    const double largest = dq.cwiseAbs().maxCoeff();
    if (largest > settings.largest_step) dq *= settings.largest_step / largest;
    for (int i = 0; i < n; ++i) {
      q[i] += dq[i];
      if (settings.within_limits) q[i] = std::clamp(q[i], chain.low()[i], chain.high()[i]);
    }
    if (close) break;
  }
}

}  // namespace flyball
