#include "envs/manipulation/inverse_kinematics.h"

#include <Eigen/Geometry>
#include <algorithm>
#include <cmath>
#include <numbers>

namespace flyball {
namespace {

constexpr size_t kMostJoints = KinematicChain::kMostJoints;
using Vec6 = std::array<double, 6>;

double Norm(double x, double y, double z) { return std::sqrt(x * x + y * y + z * z); }

// The rotation from `from` to `to` as axis times angle, angle in (-pi, pi].
Vec3 RotationBetween(const std::array<double, 4>& from, const std::array<double, 4>& to) {
  // to * conjugate(from), scalar first.
  const double w = to[0] * from[0] + to[1] * from[1] + to[2] * from[2] + to[3] * from[3];
  const Vec3 v = {-to[0] * from[1] + to[1] * from[0] - to[2] * from[3] + to[3] * from[2],
                  -to[0] * from[2] + to[1] * from[3] + to[2] * from[0] - to[3] * from[1],
                  -to[0] * from[3] - to[1] * from[2] + to[2] * from[1] + to[3] * from[0]};
  const double sine = Norm(v[0], v[1], v[2]);
  if (sine < 1e-15) return {0, 0, 0};
  double angle = 2.0 * std::atan2(sine, w);
  if (angle > std::numbers::pi) angle -= 2.0 * std::numbers::pi;
  const double scale = angle / sine;
  return {v[0] * scale, v[1] * scale, v[2] * scale};
}

// One damped step of least squares: dq = J' y with (J J' + damping I) y = e. That is the same dq as of
// (J'J + damping I) dq = J'e, from six equations whatever the number of joints. `J` is 6 x n row-major.
// Returns y.
Vec6 DampedStep(std::span<const double> J, double damping, const Vec6& error,
                std::span<double> dq) {
  const size_t n = dq.size();
  // Cholesky's factor L of J J' + damping I, row by row; the diagonal holds reciprocals.
  double L[6][6];
  for (size_t i = 0; i < 6; ++i) {
    for (size_t k = 0; k <= i; ++k) {
      double sum = i == k ? damping : 0.0;
      for (size_t j = 0; j < n; ++j) sum += J[i * n + j] * J[k * n + j];
      for (size_t j = 0; j < k; ++j) sum -= L[i][j] * L[k][j];
      L[i][k] = i == k ? 1.0 / std::sqrt(sum) : sum * L[k][k];
    }
  }
  Vec6 y = error;
  for (size_t i = 0; i < 6; ++i) {
    for (size_t j = 0; j < i; ++j) y[i] -= L[i][j] * y[j];
    y[i] *= L[i][i];
  }
  for (size_t i = 6; i-- > 0;) {
    for (size_t j = i + 1; j < 6; ++j) y[i] -= L[j][i] * y[j];
    y[i] *= L[i][i];
  }
  for (size_t j = 0; j < n; ++j) {
    dq[j] = 0.0;
    for (size_t i = 0; i < 6; ++i) dq[j] += J[i * n + j] * y[i];
  }
  return y;
}

// Takes the joints out of J that stand at a limit and would go further; whether there were any.
bool BlockAtLimits(const KinematicChain& chain, std::span<const double> q,
                   std::span<const double> dq, std::span<double> J) {
  const size_t n = q.size();
  bool blocked = false;
  for (size_t i = 0; i < n; ++i) {
    const bool out =
        (q[i] <= chain.low()[i] && dq[i] < 0) || (q[i] >= chain.high()[i] && dq[i] > 0);
    if (!out) continue;
    for (size_t k = 0; k < 6; ++k) J[k * n + i] = 0.0;
    blocked = true;  // its dq is zero from now on: it is not met again
  }
  return blocked;
}

// Whether what the step leaves over is known to be within the tolerances, without looking. The linear
// part of it is damping * y. The rest is of second order: turning every joint by dq moves a point a
// metre away by at most |dq|_1^2 / 2 off the tangent.
bool WillBeClose(const IkSettings& settings, const Vec6& y, std::span<const double> dq) {
  if (!settings.trust_last_step) return false;
  double sum = 0.0;
  for (const double d : dq) sum += std::abs(d);
  const double curved = 0.5 * sum * sum;
  return settings.damping * Norm(y[0], y[1], y[2]) + curved <= settings.position_tolerance &&
         settings.damping * Norm(y[3], y[4], y[5]) + curved <= settings.rotation_tolerance;
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
  const size_t n = q.size();
  std::array<double, 6 * kMostJoints> jacobian;
  std::array<double, kMostJoints> step;
  const std::span<double> J(jacobian.data(), 6 * n), dq(step.data(), n);
  for (int iteration = 0; iteration < settings.iterations; ++iteration) {
    const KinematicChain::State now = chain.ForwardWithJacobian(q, J);
    const Vec3 rotation = RotationBetween(QuaternionOf(now.R_W), q_target_W);
    const Vec6 error = {p_target_W[0] - now.p_W[0],
                        p_target_W[1] - now.p_W[1],
                        p_target_W[2] - now.p_W[2],
                        rotation[0],
                        rotation[1],
                        rotation[2]};
    const bool last = Norm(error[0], error[1], error[2]) <= settings.position_tolerance &&
                      Norm(error[3], error[4], error[5]) <= settings.rotation_tolerance;

    Vec6 y = DampedStep(J, settings.damping, error, dq);
    if (settings.within_limits) {
      while (BlockAtLimits(chain, q, dq, J)) y = DampedStep(J, settings.damping, error, dq);
    }
    double largest = 0.0;
    for (const double d : dq) largest = std::max(largest, std::abs(d));
    if (largest > settings.largest_step) {
      for (double& d : dq) d *= settings.largest_step / largest;
    }
    bool whole = largest <= settings.largest_step;  // the step is taken as it was solved
    for (size_t i = 0; i < n; ++i) {
      q[i] += dq[i];
      if (!settings.within_limits) continue;
      const double inside = std::clamp(q[i], chain.low()[i], chain.high()[i]);
      whole &= inside == q[i];
      q[i] = inside;
    }
    if (last || (whole && WillBeClose(settings, y, dq))) break;
  }
}

}  // namespace flyball
