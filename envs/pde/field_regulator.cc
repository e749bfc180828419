// The linear-quadratic regulator of a periodic field, linearised at its target.
#include <Eigen/QR>
#include <algorithm>
#include <cmath>
#include <numbers>

#include "envs/pde/field_setup.h"
#include "physics/linear/discretize.h"
#include "physics/linear/riccati.h"
#include "physics/numeric/decompositions.h"
#include "physics/numeric/error.h"

namespace flyball {
namespace {

using Vector = Eigen::VectorXd;

// Waves on the grid of one field, orthonormal: the mean, then cosine and sine of each mode.
struct Waves {
  Matrix on_grid;              // (points, 2 most + 1)
  std::vector<double> number;  // rad/m of each mode, 0 .. most
  int size() const { return static_cast<int>(on_grid.cols()); }
};

Waves MakeWaves(const FieldConfig& c, int most) {
  const int n = c.points;
  Waves waves{Matrix(n, 2 * most + 1), {}};
  for (int k = 0; k <= most; ++k) waves.number.push_back(2 * std::numbers::pi / c.length * k);
  for (int j = 0; j < n; ++j) {
    waves.on_grid(j, 0) = std::sqrt(1.0 / n);
    for (int k = 1; k <= most; ++k) {
      const double phase = 2 * std::numbers::pi * ((static_cast<long>(k) * j) % n) / n;
      waves.on_grid(j, 2 * k - 1) = std::sqrt(2.0 / n) * std::cos(phase);
      waves.on_grid(j, 2 * k) = std::sqrt(2.0 / n) * std::sin(phase);
    }
  }
  return waves;
}

// What multiplying exp(i q x) by multiplier(q) does to cosines and sines.
template <class Multiplier>
Matrix OnWaves(const Waves& waves, const Multiplier& multiplier) {
  Matrix out = Matrix::Zero(waves.size(), waves.size());
  out(0, 0) = multiplier(0.0).real();
  for (int k = 1; 2 * k < waves.size(); ++k) {
    const std::complex<double> m = multiplier(waves.number[k]);
    out(2 * k - 1, 2 * k - 1) = out(2 * k, 2 * k) = m.real();
    out(2 * k, 2 * k - 1) = -m.imag();  // i exp(i q x): cos becomes -sin
    out(2 * k - 1, 2 * k) = m.imag();
  }
  return out;
}

// Modes that live: those beyond lose nine tenths within half a step, and are left alone.
int LivingModes(const FieldTask& task, const FieldConfig& c, std::span<const double> constants,
                double sample_time) {
  constexpr int kFewest = 8, kMost = 48;
  const int highest = std::min(c.points / 2 - 1, kMost);
  if (!task.physics().symbol) return std::min(highest, kMost / 2);
  const double quick = -std::log(10.0) / (0.5 * sample_time);
  int most = std::min(kFewest, highest), growing = 0;
  for (int k = 0; k <= highest; ++k) {
    const double q = 2 * std::numbers::pi / c.length * k;
    const double rate = task.physics().symbol(q, constants).real();
    if (rate > quick) most = std::max(most, k);
    growing += rate > 0.0 ? (k > 0 ? 2 : 1) : 0;
  }
  // To hold more growing waves than there are actuators takes more force than there is: only the
  // longest ones are regulated then.
  return growing > c.num_actions ? std::max(1, (c.num_actions - 1) / 2) : most;
}

// Whether cosine and sine of a mode turn into each other, as waves that travel do.
bool Turns(const Matrix& a, Eigen::Index cosine) {
  return std::abs(a(cosine + 1, cosine)) + std::abs(a(cosine, cosine + 1)) > 1e-9 * a.norm();
}

// An orthonormal basis of what the actuators reach of each mode. At a constant target a mode is a plane
// in which everything moves alike: where it does not turn, a direction without force stays without.
// `mean`: whether the mean is one of them; `turns`: (modes, from the first on).
Matrix Reached(const Matrix& push, double largest, bool mean, const std::vector<bool>& turns) {
  Matrix basis = Matrix::Zero(push.rows(), push.rows());
  Eigen::Index count = 0;
  const auto add = [&](Eigen::Index first, Eigen::Index size, bool whole) {
    // Left singular vectors of one or two rows: of their products with one another. (Eigen's
    // decomposition into singular values takes long to compile.)
    const Matrix rows = push.middleRows(first, size);
    Matrix products = Matrix::Zero(2, 2);
    products.topLeftCorner(size, size) = rows * rows.transpose();
    if (size == 1) products(1, 1) = -1.0;  // no row: no direction, before the one there is
    const Eigen::SelfAdjointEigenSolver<Matrix> eigen(products);
    for (Eigen::Index i = 1; i >= 2 - size; --i) {
      const double reach = eigen.eigenvalues()(whole ? 1 : i);
      if (std::sqrt(std::max(reach, 0.0)) < 1e-3 * largest) continue;
      basis.col(count++).segment(first, size) = eigen.eigenvectors().col(i).head(size);
    }
  };
  if (mean) add(0, 1, false);
  for (Eigen::Index k = 1; k < push.rows(); k += 2) add(k, 2, turns[k / 2]);
  return basis.leftCols(count);
}

// On the mean and `most` modes.
FieldRegulator RegulateModes(const FieldTask& task, const FieldConfig& config,
                             const Options& options, int most) {
  const PeriodicEquation& equation = task.physics();
  const std::vector<double> constants = ConstantsOf(task, options);
  const double sample_time = options.at("sample_time").AsNumber();
  const int n = config.points, m = config.num_actions, fields = config.fields;
  const Waves waves = MakeWaves(config, most);
  const Matrix& basis = waves.on_grid;
  const Eigen::Index size = waves.size();
  const std::vector<double> shapes = ActuatorShapes(task, options, n);
  const Eigen::Map<const Eigen::Matrix<double, -1, -1, Eigen::RowMajor>> grid_push(shapes.data(), n,
                                                                                   m);
  const Matrix push = basis.transpose() * grid_push;

  // v_t = a v + b force + drift about the target, all fields in waves.
  Matrix a = Matrix::Zero(fields * size, fields * size), b = Matrix::Zero(fields * size, m);
  b.bottomRows(size) = push;
  Vector modes(fields * size), drift;
  for (int f = 0; f < fields; ++f) {
    modes.segment(f * size, size) =
        basis.transpose() * Eigen::Map<const Vector>(config.target.data() + f * n, n);
  }
  if (fields == 2) {
    const auto part = [&](bool lower) {
      return OnWaves(waves, [&](double q) {
        const Rotation g = equation.rotation(q, constants);
        return std::complex<double>(lower ? g.b : g.a);
      });
    };
    a.topRightCorner(size, size) = part(false);
    a.bottomLeftCorner(size, size) = part(true);
    drift = a * modes;
  } else {
    a = OnWaves(waves, [&](double q) { return equation.symbol(q, constants); });
    drift = a * modes;
    if (!equation.linear()) {
      const Matrix flux =
          OnWaves(waves, [&](double q) { return equation.multiplier(q, constants); });
      const Polynomial p = equation.polynomial(constants);
      Vector value(n), slope(n);
      for (int j = 0; j < n; ++j) {
        value(j) = p(config.target[j]);
        slope(j) = p.Slope(config.target[j]);
      }
      a += flux * (basis.transpose() * slope.asDiagonal() * basis);
      drift += flux * (basis.transpose() * value);
    }
  }

  // Only what is reached can be regulated; the rest is left to itself.
  // (The mean of a wave function does not turn where there is no potential.)
  const bool mean = fields == 1 || equation.rotation(0.0, constants).a != 0.0;
  std::vector<bool> turns;
  for (Eigen::Index k = 1; k < size; k += 2) turns.push_back(fields == 1 && Turns(a, k));
  const Matrix one = Reached(push, push.norm(), mean, turns);
  Matrix reached = Matrix::Zero(fields * size, fields * one.cols());
  for (int f = 0; f < fields; ++f) {
    reached.block(f * size, f * one.cols(), size, one.cols()) = one;
  }
  // Orthonormal, so a sum over grid points is a sum over waves.
  const HeldInput step =
      DiscretizeHeldInput(reached.transpose() * a * reached, reached.transpose() * b, sample_time);
  const Matrix input =
      IsControlgym(options) && equation.linear() ? Matrix(reached.transpose() * b) : step.b;
  const Eigen::Index states = reached.cols();
  const QuadraticCost cost{config.state_weight * Matrix::Identity(states, states),
                           config.action_weight * Matrix::Identity(m, m), Matrix::Zero(states, m)};
  const Matrix gain = SolveDiscreteRiccati(step.a, input, cost).gain * reached.transpose();

  // The force that holds the target as well as the actuators can.
  const Vector hold = -b.colPivHouseholderQr().solve(drift);
  const Vector offset = hold - gain * modes;
  Matrix on_grid(m, fields * n);
  for (int f = 0; f < fields; ++f) {
    on_grid.middleCols(f * n, n) = gain.middleCols(f * size, size) * basis.transpose();
  }
  return {Flatten(on_grid), {offset.data(), offset.data() + m}};
}

}  // namespace

FieldRegulator RegulateField(const FieldTask& task, const FieldConfig& config,
                             const Options& options) {
  int most =
      LivingModes(task, config, ConstantsOf(task, options), options.at("sample_time").AsNumber());
  // Where many modes grow alike (diffusion that is next to nothing) there are more of them than
  // actuators, and no feedback holds them all: then the longest waves are regulated.
  while (true) {
    try {
      return RegulateModes(task, config, options, most);
    } catch (const Error&) {
      if (most <= 1) throw;
      most /= 2;
    }
  }
}

}  // namespace flyball
