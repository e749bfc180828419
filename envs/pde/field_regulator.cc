#include <Eigen/QR>
#include <algorithm>
#include <cmath>
#include <numbers>

#include "envs/pde/field_setup.h"
#include "physics/linear/discretize.h"
#include "physics/linear/riccati.h"

namespace flyball {

FieldRegulator RegulateAdvection(const FieldConfig& config, const std::vector<double>& shapes,
                                 double viscosity, double sample_time) {
  const int n = config.n, m = config.num_actions;
  const double unit = 2 * std::numbers::pi / config.length;

  // Modes that live: those beyond lose nine tenths within half a step, and are left alone.
  constexpr int kFewest = 8, kMost = 48;
  const double reach = std::sqrt(std::log(10.0) / (0.5 * viscosity * sample_time)) / unit;
  const int most = std::min(n / 2 - 1, std::clamp(static_cast<int>(reach), kFewest, kMost));
  const int size = 2 * most + 1;

  // An orthonormal basis on the grid: the mean, then cosine and sine of each mode; and d/dx in it.
  Matrix basis(n, size), slope = Matrix::Zero(size, size);
  for (int j = 0; j < n; ++j) {
    basis(j, 0) = std::sqrt(1.0 / n);
    for (int k = 1; k <= most; ++k) {
      const double phase = 2 * std::numbers::pi * ((static_cast<long>(k) * j) % n) / n;
      basis(j, 2 * k - 1) = std::sqrt(2.0 / n) * std::cos(phase);
      basis(j, 2 * k) = std::sqrt(2.0 / n) * std::sin(phase);
    }
  }
  for (int k = 1; k <= most; ++k) {
    slope(2 * k, 2 * k - 1) = -unit * k;
    slope(2 * k - 1, 2 * k) = unit * k;
  }

  // v_t = viscosity v_xx - (target v)_x + force about the target, and what the target itself does.
  const Eigen::Map<const Eigen::VectorXd> target(config.target.data(), n);
  const Eigen::Map<const Eigen::Matrix<double, -1, -1, Eigen::RowMajor>> push(shapes.data(), n, m);
  const Matrix a =
      viscosity * slope * slope - slope * (basis.transpose() * target.asDiagonal() * basis);
  const Matrix b = basis.transpose() * push;
  const Eigen::VectorXd modes = basis.transpose() * target;
  const Eigen::VectorXd square = basis.transpose() * target.cwiseProduct(target);
  const Eigen::VectorXd drift = viscosity * slope * slope * modes - 0.5 * slope * square;

  // Orthonormal, so a sum over grid points is a sum over modes.
  const HeldInput step = DiscretizeHeldInput(a, b, sample_time);
  const QuadraticCost cost{config.state_weight * Matrix::Identity(size, size),
                           config.action_weight * Matrix::Identity(m, m), Matrix::Zero(size, m)};
  const Matrix gain = SolveDiscreteRiccati(step.a, step.b, cost).gain;

  // The force that holds the target as well as the actuators can.
  const Eigen::VectorXd hold = -b.colPivHouseholderQr().solve(drift);
  const Eigen::VectorXd offset = hold - gain * modes;
  return {Flatten(gain * basis.transpose()), {offset.data(), offset.data() + m}};
}

}  // namespace flyball
