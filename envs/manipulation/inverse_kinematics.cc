#include "envs/manipulation/inverse_kinematics.h"

#include <Eigen/Geometry>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace flyball {
namespace {

constexpr size_t kMostJoints = KinematicChain::kMostJoints;
using Vec6 = std::array<double, 6>;

constexpr double kAdapt = 8.0;  // damping grows and shrinks by this
constexpr double kSettled =
    0.99;  // of the squared error left over by an iteration: it is of no use

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

// A place on the way to the target.
struct Look {
  std::array<double, kMostJoints> q;
  std::array<double, 6 * kMostJoints> J;
  Vec6 error;  // of position (m), then rotation vector (rad), world axes
  double squared;
};

void LookAt(const KinematicChain& chain, const Vec3& p_target_W,
            const std::array<double, 4>& q_target_W, std::span<const double> q, Look* look) {
  std::copy(q.begin(), q.end(), look->q.begin());
  const KinematicChain::State now = chain.ForwardWithJacobian(q, {look->J.data(), 6 * q.size()});
  const Vec3 rotation = RotationBetween(QuaternionOf(now.R_W), q_target_W);
  look->squared = 0.0;
  for (size_t k = 0; k < 3; ++k) {
    look->error[k] = p_target_W[k] - now.p_W[k];
    look->error[3 + k] = rotation[k];
    look->squared += look->error[k] * look->error[k] + rotation[k] * rotation[k];
  }
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
bool WillBeClose(const IkSettings& settings, double damping, const Vec6& y,
                 std::span<const double> dq) {
  double sum = 0.0;
  for (const double d : dq) sum += std::abs(d);
  const double curved = 0.5 * sum * sum;
  return damping * Norm(y[0], y[1], y[2]) + curved <= settings.position_tolerance &&
         damping * Norm(y[3], y[4], y[5]) + curved <= settings.rotation_tolerance;
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
  Look looks[2];
  Look *best = &looks[0], *look = &looks[1];
  best->squared = std::numeric_limits<double>::infinity();
  double damping = settings.damping;
  std::array<double, 6 * kMostJoints> jacobian;
  std::array<double, kMostJoints> step;
  const std::span<double> J(jacobian.data(), 6 * n), dq(step.data(), n);
  for (int iteration = 0; iteration < settings.iterations; ++iteration) {
    LookAt(chain, p_target_W, q_target_W, q, look);
    if (!settings.adapts || look->squared < best->squared) {
      // Out of reach the error settles at what cannot be mended.
      if (settings.adapts && look->squared > kSettled * best->squared) return;
      std::swap(best, look);
      damping = std::max(damping / kAdapt, settings.damping);
    } else {
      // The step led away, as long ones do where the arm is stretched: from the place before it again,
      // more cautiously.
      std::copy_n(best->q.begin(), n, q.begin());
      damping *= kAdapt;
      if (damping > 1.0) return;
    }
    const bool close =
        Norm(best->error[0], best->error[1], best->error[2]) <= settings.position_tolerance &&
        Norm(best->error[3], best->error[4], best->error[5]) <= settings.rotation_tolerance;

    std::copy_n(best->J.begin(), 6 * n, J.begin());
    Vec6 y = DampedStep(J, damping, best->error, dq);
    if (settings.within_limits) {
      while (BlockAtLimits(chain, q, dq, J)) y = DampedStep(J, damping, best->error, dq);
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
    if (close || (settings.adapts && whole && WillBeClose(settings, damping, y, dq))) return;
  }
}

}  // namespace flyball
