#include "physics/linear/predictive_control.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>
#include <utility>
#include <vector>

#include "physics/numeric/decompositions.h"
#include "physics/numeric/error.h"

namespace flyball {
namespace {

// x_k = by_state[k] x_0 + by_inputs[k] [u_0; ...; u_{N-1}].
struct Prediction {
  std::vector<Matrix> by_state, by_inputs;  // (N + 1)
};
Prediction Predict(const PredictiveSettings& s) {
  const Eigen::Index n = s.a.rows(), m = s.b.cols();
  Prediction p;
  p.by_state.push_back(Matrix::Identity(n, n));
  p.by_inputs.push_back(Matrix::Zero(n, m * s.horizon));
  for (int k = 0; k < s.horizon; ++k) {
    p.by_state.push_back(s.a * p.by_state.back());
    p.by_inputs.push_back(s.a * p.by_inputs.back());
    p.by_inputs.back().middleCols(m * k, m) += s.b;
  }
  return p;
}

void Check(const PredictiveSettings& s) {
  const Eigen::Index n = s.a.rows(), m = s.b.cols();
  CheckShape(s.a, n, n, "A");
  CheckShape(s.b, n, m, "B");
  CheckShape(s.cost.q, n, n, "Q");
  CheckShape(s.cost.r, m, m, "R");
  CheckShape(s.cost.s, n, m, "S");
  CheckShape(s.terminal, n, n, "P");
  if (s.horizon < 1) {
    throw InputError("the horizon is " + std::to_string(s.horizon) +
                     " steps; at least 1 is needed");
  }
  if (s.low.size() != m || s.high.size() != m) throw InputError("bounds do not fit the inputs");
}

// Adds the cost of x = X v + Fx p, u = U v + Fu p, for parameters p: to H and to the gradient by p.
struct Cost {
  Matrix hessian, by_parameters;
  void Add(const QuadraticCost& c, const Matrix& x, const Matrix& u, const Matrix& fx,
           const Matrix& fu) {
    const Matrix qx = c.q * x + c.s * u, ru = c.s.transpose() * x + c.r * u;
    hessian += 2.0 * (x.transpose() * qx + u.transpose() * ru);
    by_parameters += 2.0 * (qx.transpose() * fx + ru.transpose() * fu);
  }
  void AddSquare(const Matrix& weight, const Matrix& x, const Matrix& fx) {
    hessian += 2.0 * x.transpose() * weight * x;
    by_parameters += 2.0 * x.transpose() * weight * fx;
  }
};

// Input k among the first m N entries of a vector of `size`.
Matrix Selector(Eigen::Index m, int k, Eigen::Index size) {
  Matrix selector = Matrix::Zero(m, size);
  selector.middleCols(m * k, m).setIdentity();
  return selector;
}

// The regulator's cost, of a vector that begins with the inputs.
Cost RegulatorCost(const PredictiveSettings& s, const Prediction& p, Eigen::Index size) {
  const Eigen::Index n = s.a.rows(), m = s.b.cols();
  Cost cost{Matrix::Zero(size, size), Matrix::Zero(size, n)};
  for (int k = 0; k <= s.horizon; ++k) {
    Matrix x = Matrix::Zero(n, size);
    x.leftCols(m * s.horizon) = p.by_inputs[k];
    if (k == s.horizon) {
      cost.AddSquare(s.terminal, x, p.by_state[k]);
    } else {
      cost.Add(s.cost, x, Selector(m, k, size), p.by_state[k], Matrix::Zero(m, n));
    }
  }
  return cost;
}

QuadraticProgram MakeProgram(const Matrix& hessian, const Matrix& constraints) {
  try {
    return QuadraticProgram(0.5 * (hessian + hessian.transpose()), constraints);
  } catch (const InputError&) {
    throw InputError(
        "the weights leave some input over the horizon without a cost, so that the predictive "
        "controller is not unique");
  }
}

Eigen::VectorXd Repeat(const Eigen::VectorXd& bound, int times) {
  return bound.replicate(times, 1);
}

}  // namespace

Eigen::VectorXd PredictiveProgram::Solve(const Eigen::VectorXd& x,
                                         const Eigen::VectorXd& target) const {
  Eigen::VectorXd gradient = by_state * x;
  if (by_target.size()) gradient += by_target * target;
  const Eigen::VectorXd moved = bounds_by_state * x;
  // What iteration leaves beyond a bound is none of the plant's business.
  return program.Solve(gradient, low + moved, high + moved)
      .x.head(inputs)
      .cwiseMax(low.head(inputs))
      .cwiseMin(high.head(inputs));
}

PredictiveProgram DesignPredictive(const PredictiveSettings& s) {
  FixProductBlocking();
  Check(s);
  const Eigen::Index m = s.b.cols(), size = m * s.horizon;
  const Cost cost = RegulatorCost(s, Predict(s), size);
  return {MakeProgram(cost.hessian, Matrix::Identity(size, size)),
          cost.by_parameters,
          {},
          Repeat(s.low, s.horizon),
          Repeat(s.high, s.horizon),
          Matrix::Zero(size, s.a.rows()),
          m};
}

PredictiveProgram DesignTracking(const PredictiveSettings& s, double frequency,
                                 double offset_weight) {
  FixProductBlocking();
  Check(s);
  if (!(frequency > 0.0 && frequency < std::numbers::pi)) {
    throw InputError("the reference's frequency is " + std::to_string(frequency) +
                     " rad a step; it must be between 0 and pi");
  }
  const Eigen::Index n = s.a.rows(), m = s.b.cols(), inputs = m * s.horizon;

  // All references [xe; xs; xc; ue; us; uc] that the plant follows: x_e = A x_e + B u_e, and for the
  // wave, with (sin, cos) advanced by one step, the same.
  const double c = std::cos(frequency), d = std::sin(frequency);
  const Matrix one = Matrix::Identity(n, n);
  Matrix still(n, n + m), turning = Matrix::Zero(2 * n, 2 * (n + m));
  still << s.a - one, s.b;
  turning.leftCols(2 * n) << s.a - c * one, d * one, -d * one, s.a - c * one;
  turning.block(0, 2 * n, n, m) = turning.block(n, 2 * n + m, n, m) = s.b;
  const Matrix constants = Eigen::FullPivLU<Matrix>(still).kernel();
  const Matrix waves = Eigen::FullPivLU<Matrix>(turning).kernel();
  Matrix basis = Matrix::Zero(3 * (n + m), constants.cols() + waves.cols());
  basis.topLeftCorner(n, constants.cols()) = constants.topRows(n);
  basis.block(3 * n, 0, m, constants.cols()) = constants.bottomRows(m);
  basis.block(n, constants.cols(), 2 * n, waves.cols()) = waves.topRows(2 * n);
  basis.bottomRightCorner(2 * m, waves.cols()) = waves.bottomRows(2 * m);
  basis.colwise().normalize();
  const Eigen::Index free = basis.cols(), size = inputs + free;
  const auto reference = [&](Eigen::Index first, Eigen::Index rows, double sine, double cosine) {
    Matrix out = Matrix::Zero(rows, size);
    out.rightCols(free) = basis.middleRows(first, rows) +
                          sine * basis.middleRows(first + rows, rows) +
                          cosine * basis.middleRows(first + 2 * rows, rows);
    return out;
  };

  // Parameters: the state, then the target. The cost is of what is off the reference.
  const Prediction p = Predict(s);
  Cost cost{Matrix::Zero(size, size), Matrix::Zero(size, 4 * n)};
  for (int k = 0; k <= s.horizon; ++k) {
    const double sine = std::sin(frequency * (k - s.horizon));
    const double cosine = std::cos(frequency * (k - s.horizon));
    Matrix x = -reference(0, n, sine, cosine), by = Matrix::Zero(n, 4 * n);
    x.leftCols(inputs) += p.by_inputs[k];
    by.leftCols(n) = p.by_state[k];
    if (k == s.horizon) {
      cost.AddSquare(s.terminal, x, by);
    } else {
      const Matrix u = Selector(m, k, size) - reference(3 * n, m, sine, cosine);
      cost.Add(s.cost, x, u, by, Matrix::Zero(m, 4 * n));
    }
  }
  // How far the reference is from the target, constant and wave apart.
  for (int part = 0; part < 3; ++part) {
    Matrix x = Matrix::Zero(n, size), by = Matrix::Zero(n, 4 * n);
    x.rightCols(free) = basis.middleRows(part * n, n);
    by.middleCols((part + 1) * n, n) = -one;
    cost.AddSquare(offset_weight * one, x, by);
  }

  // Of references between which nothing decides (inputs that cost and do nothing) the smallest.
  if (Eigen::LLT<Matrix>(cost.hessian).info() != Eigen::Success) {
    cost.hessian.diagonal().tail(free).array() += 1e-10 * cost.hessian.diagonal().maxCoeff();
  }

  // The reference's input stays in its bounds at all phases: in as many directions, each moved
  // inwards so that the circle between two of them is within, too.
  constexpr int kDirections = 16;
  const double inner = std::cos(std::numbers::pi / kDirections);
  Matrix constraints = Matrix::Zero(inputs + kDirections * m, size);
  constraints.topLeftCorner(inputs, inputs).setIdentity();
  for (int i = 0; i < kDirections; ++i) {
    const double angle = 2.0 * std::numbers::pi * i / kDirections;
    constraints.middleRows(inputs + i * m, m) =
        reference(3 * n, m, std::sin(angle) / inner, std::cos(angle) / inner);
  }
  return {MakeProgram(cost.hessian, constraints),
          cost.by_parameters.leftCols(n),
          cost.by_parameters.rightCols(3 * n),
          Repeat(s.low, s.horizon + kDirections),
          Repeat(s.high, s.horizon + kDirections),
          Matrix::Zero(constraints.rows(), n),
          m};
}

PredictiveProgram DesignStochastic(const PredictiveSettings& s, const ChanceSettings& chance) {
  FixProductBlocking();
  Check(s);
  const Eigen::Index n = s.a.rows(), m = s.b.cols(), p = chance.output.rows();
  CheckShape(chance.noise, n, n, "noise");
  CheckShape(chance.gain, m, n, "gain");
  CheckShape(chance.output, p, n, "output");
  const double deviations = NormalQuantile(chance.probability);
  const Eigen::Index inputs = m * s.horizon, slacks = p * s.horizon, size = inputs + slacks;

  const Prediction prediction = Predict(s);
  Cost cost = RegulatorCost(s, prediction, size);
  const double steep = 1e4 * (1.0 + cost.hessian.diagonal().head(inputs).maxCoeff());
  cost.hessian.diagonal().tail(slacks).array() += steep;

  const Eigen::Index rows = inputs + 3 * slacks;
  PredictiveProgram out{MakeProgram(Matrix::Identity(1, 1), Matrix::Identity(1, 1)),
                        cost.by_parameters,
                        {},
                        Repeat(s.low, s.horizon),
                        Repeat(s.high, s.horizon),
                        Matrix::Zero(rows, n),
                        m};
  out.low.conservativeResize(rows);
  out.high.conservativeResize(rows);
  out.low.tail(3 * slacks).setConstant(-INFINITY);
  out.high.tail(3 * slacks).setConstant(INFINITY);
  Matrix constraints = Matrix::Zero(rows, size);
  constraints.topLeftCorner(inputs, inputs).setIdentity();

  // What noise has made of the state by step k, under the feedback; the first state is known.
  const Matrix closed = s.a + s.b * chance.gain;
  Matrix spread = Matrix::Zero(n, n);
  const auto take = [&](const Matrix& of, Eigen::Index i, int k, double room) {
    const double kept = deviations * std::sqrt(std::max(0.0, (of.row(i) * spread).dot(of.row(i))));
    if (kept < room) return kept;
    throw InputError("with probability " + std::to_string(chance.probability) +
                     " noise takes all of a bound in step " + std::to_string(k) + ": it needs " +
                     std::to_string(kept) + " of " + std::to_string(room) +
                     "; ask for less, shorten the horizon or widen the bound");
  };
  for (int k = 0; k < s.horizon; ++k) {
    for (Eigen::Index i = 0; i < m; ++i) {
      const double kept = take(chance.gain, i, k, 0.5 * (s.high[i] - s.low[i]));
      out.low[k * m + i] += kept;
      out.high[k * m + i] -= kept;
    }
    spread = closed * spread * closed.transpose() + chance.noise;
    // C x - slack <= bound, -bound <= C x + slack, 0 <= slack, of the state after step k.
    for (Eigen::Index i = 0; i < p; ++i) {
      const double bound = chance.output_bound - take(chance.output, i, k + 1, chance.output_bound);
      const Eigen::Index slack = inputs + k * p + i, row = inputs + 3 * (k * p + i);
      for (int side = 0; side < 2; ++side) {
        constraints.row(row + side).head(inputs) =
            chance.output.row(i) * prediction.by_inputs[k + 1];
        constraints(row + side, slack) = side == 0 ? -1.0 : 1.0;
        out.bounds_by_state.row(row + side) = -chance.output.row(i) * prediction.by_state[k + 1];
      }
      out.high[row] = bound;
      out.low[row + 1] = -bound;
      constraints(row + 2, slack) = 1.0;
      out.low[row + 2] = 0.0;
    }
  }
  out.program = MakeProgram(cost.hessian, constraints);
  return out;
}

double NormalQuantile(double probability) {
  if (!(probability >= 0.5 && probability < 1.0)) {
    throw InputError("the probability is " + std::to_string(probability) +
                     "; it must be at least 0.5 and below 1");
  }
  // Newton's method on the distribution function, from zero: it is concave to the right.
  double x = 0.0;
  for (int i = 0; i < 100; ++i) {
    const double density = std::exp(-0.5 * x * x) / std::sqrt(2.0 * std::numbers::pi);
    const double step = (probability - 0.5 * std::erfc(-x / std::numbers::sqrt2)) / density;
    x += step;
    if (std::abs(step) < 1e-14 * (1.0 + x)) break;
  }
  return x;
}

}  // namespace flyball
