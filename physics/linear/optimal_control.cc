#include "physics/linear/optimal_control.h"

#include <cmath>
#include <functional>
#include <optional>
#include <sstream>

#include "physics/linear/riccati.h"
#include "physics/linear/stability.h"
#include "physics/numeric/decompositions.h"
#include "physics/numeric/error.h"

namespace flyball {
namespace {

bool IsPositive(const Matrix& symmetric) {
  return symmetric.size() == 0 || Eigen::LLT<Matrix>(symmetric).info() == Eigen::Success;
}

// Not negative, up to rounding.
bool IsNotNegative(const Matrix& symmetric) {
  const double slack = 1e-10 * symmetric.norm();
  return IsPositive(symmetric + slack * Matrix::Identity(symmetric.rows(), symmetric.cols()));
}

// Root and inverse root of a positive symmetric matrix.
struct Roots {
  Matrix root, inverse;
};
Roots RootsOf(const Matrix& symmetric) {
  const Eigen::SelfAdjointEigenSolver<Matrix> eigen(symmetric);
  return {eigen.operatorSqrt(), eigen.operatorInverseSqrt()};
}

// The game in which u and w both play: weights of (x, [gamma w; u / unit]) of |z|^2 - gamma^2 |w|^2. In
// these units a large gamma, or a u that counts in volts where w counts in metres, leaves the weights of
// one size.
struct Game {
  Matrix b;
  QuadraticCost cost;
  Eigen::VectorXd unit;  // (nu) what costs the regulator one
};
Game GameOf(const GeneralizedPlant& plant, const Matrix& regulator, double gamma) {
  const Eigen::Index n = plant.a.rows(), w = plant.b1.cols(), m = plant.b2.cols();
  Game game;
  game.unit = (plant.d12.transpose() * plant.d12 + plant.b2.transpose() * regulator * plant.b2)
                  .diagonal()
                  .unaryExpr([](double cost) { return cost > 0.0 ? 1.0 / std::sqrt(cost) : 1.0; });
  game.b.resize(n, w + m);
  game.b << plant.b1 / gamma, plant.b2 * game.unit.asDiagonal();
  Matrix d(plant.c1.rows(), w + m);
  d << plant.d11 / gamma, plant.d12 * game.unit.asDiagonal();
  game.cost = {plant.c1.transpose() * plant.c1, d.transpose() * d, plant.c1.transpose() * d};
  game.cost.r.topLeftCorner(w, w).diagonal().array() -= 1.0;
  return game;
}

// The solution of the game at a level, with the gains of w and then of u, if it is one: the value is
// not negative and u has a reason to stop. Whether w has one depends on who knows what.
std::optional<RiccatiSolution> ValueOf(const GeneralizedPlant& plant, const Matrix& regulator,
                                       double gamma) {
  const Game game = GameOf(plant, regulator, gamma);
  auto solution = SolveGameRiccati(plant.a, game.b, game.cost, regulator);
  if (!solution || !IsNotNegative(solution->p)) return std::nullopt;
  const Matrix convex =
      plant.d12.transpose() * plant.d12 + plant.b2.transpose() * solution->p * plant.b2;
  if (!IsPositive(convex)) return std::nullopt;
  Eigen::VectorXd unit(plant.b1.cols() + plant.b2.cols());
  unit << Eigen::VectorXd::Constant(plant.b1.cols(), 1.0 / gamma), game.unit;
  solution->gain = (unit.asDiagonal() * solution->gain).eval();
  return solution;
}

std::optional<HinfStateFeedback> TryHinf(const GeneralizedPlant& plant, const Matrix& regulator,
                                         double gamma) {
  const auto value = ValueOf(plant, regulator, gamma);
  if (!value) return std::nullopt;
  const Eigen::Index w = plant.b1.cols(), m = plant.b2.cols();
  const Matrix concave = gamma * gamma * Matrix::Identity(w, w) -
                         plant.d11.transpose() * plant.d11 -
                         plant.b1.transpose() * value->p * plant.b1;
  if (!IsPositive(concave)) return std::nullopt;
  HinfStateFeedback design{value->gain.bottomRows(m), value->gain.topRows(w), value->p, gamma, 0.0};
  design.spectral_radius = SpectralRadius(plant.a + plant.b2 * design.gain);
  if (!(design.spectral_radius < 1.0)) return std::nullopt;
  return design;
}

// The covariance of the Kalman predictor, where the game of the filter is looked for from; zero where
// there is none.
Matrix PredictorCovariance(const Matrix& a, const Matrix& b, const Matrix& c, const Matrix& d) {
  try {
    return SolveFilterRiccati(a, c, {b * b.transpose(), d * d.transpose(), b * d.transpose()})
        .covariance;
  } catch (const Error&) {
    return Matrix::Zero(a.rows(), a.rows());
  }
}

// With w known to be at its worst, what is left is to estimate the feedback from the measurement;
// the filter's equation is that of the game, transposed.
std::optional<ObserverController> TryHinfOutput(const GeneralizedPlant& plant,
                                                const Matrix& regulator, double gamma) {
  const auto value = ValueOf(plant, regulator, gamma);
  if (!value) return std::nullopt;
  const Matrix& p = value->p;
  const Eigen::Index n = plant.a.rows(), w = plant.b1.cols(), m = plant.b2.cols(),
                     y = plant.c.rows();

  // u = -(kx x + kw w) answers a w that is known; against it w = worst x gains the most.
  const Matrix convex = plant.d12.transpose() * plant.d12 + plant.b2.transpose() * p * plant.b2;
  const Eigen::LLT<Matrix> llt(convex);
  const Matrix kw_right = plant.b2.transpose() * p * plant.b1 + plant.d12.transpose() * plant.d11;
  const Matrix kx =
      llt.solve(plant.b2.transpose() * p * plant.a + plant.d12.transpose() * plant.c1);
  const Matrix kw = llt.solve(kw_right);
  const Matrix concave = gamma * gamma * Matrix::Identity(w, w) -
                         plant.d11.transpose() * plant.d11 - plant.b1.transpose() * p * plant.b1 +
                         kw_right.transpose() * kw;
  if (!IsPositive(concave)) return std::nullopt;
  const Matrix worst = value->gain.topRows(w);

  // In r = concave^1/2 (w - worst x) and s = convex^1/2 (u + kx x + kw w) the loop's level is one.
  const Roots in = RootsOf(concave), out = RootsOf(convex);
  const Matrix a = plant.a + plant.b1 * worst, b = plant.b1 * in.inverse;
  const Matrix c = plant.c + plant.d21 * worst, d = plant.d21 * in.inverse;
  const Matrix feedback = kx + kw * worst;
  const Matrix wanted = out.root * feedback, through = out.root * kw * in.inverse;

  // Estimate `wanted x + through r` from y = c x + d r: the dual game, in which y is minimised over
  // and the estimate is the one that has to stay below one.
  Matrix both(n, m + y), noise(m + y, w);
  both << wanted.transpose(), c.transpose();
  noise << through, d;
  QuadraticCost dual{b * b.transpose(), noise * noise.transpose(), b * noise.transpose()};
  dual.r.topLeftCorner(m, m).diagonal().array() -= 1.0;
  const auto filter = SolveGameRiccati(a.transpose(), both, dual, PredictorCovariance(a, b, c, d));
  if (!filter || !IsNotNegative(filter->p)) return std::nullopt;
  const Matrix& q = filter->p;
  const Matrix seen = c * q * c.transpose() + d * d.transpose();
  if (!IsPositive(seen)) return std::nullopt;
  const Eigen::LLT<Matrix> seen_llt(seen);
  const Matrix across = wanted * q * c.transpose() + through * d.transpose();
  const Matrix left = Matrix::Identity(m, m) - wanted * q * wanted.transpose() -
                      through * through.transpose() + across * seen_llt.solve(across.transpose());
  if (!IsPositive(left)) return std::nullopt;

  ObserverController controller;
  controller.a = a;
  controller.b = plant.b2;
  controller.c = c;
  controller.l =
      seen_llt.solve((a * q * c.transpose() + b * d.transpose()).transpose()).transpose();
  controller.k = -feedback;
  controller.f = -out.inverse * seen_llt.solve(across.transpose()).transpose();
  if (!(SpectralRadius(Close(plant, controller).a) < 1.0)) return std::nullopt;
  return controller;
}

// The value without w: where games are looked for from. Names what is wrong with the plant if there
// is none.
Matrix Regulator(const GeneralizedPlant& plant) {
  return SolveDiscreteRiccati(plant.a, plant.b2, plant.Cost()).p;
}

double Attainable(const GeneralizedPlant& plant, double tolerance,
                  const std::function<bool(double)>& attains) {
  // A scale to start from: what one unit of w does to z in one step.
  double high = std::sqrt((plant.c1 * plant.b1).squaredNorm() + plant.d11.squaredNorm());
  if (!(high > 0.0)) high = 1.0;
  for (int i = 0; !attains(high); ++i) {
    if (i == 60) throw PhysicsError("no H-infinity controller was found at any level");
    high *= 2.0;
  }
  double low = 0.5 * high;
  for (int i = 0; attains(low); ++i) {
    high = low;
    if (i == 60) return high;  // z can be kept still altogether
    low *= 0.5;
  }
  while (high - low > tolerance * high) {
    const double middle = 0.5 * (low + high);
    (attains(middle) ? high : low) = middle;
  }
  return high;
}

[[noreturn]] void Refuse(double gamma, double attainable) {
  std::ostringstream text;
  text << "gamma is " << gamma << "; no controller attains it: the smallest level is "
       << attainable;
  throw InputError(text.str());
}

void CheckGamma(double gamma) {
  if (gamma > 0.0 && std::isfinite(gamma)) return;
  throw InputError("gamma is " + std::to_string(gamma) + "; it must be positive and finite");
}

}  // namespace

ObserverController DesignH2(const GeneralizedPlant& plant) {
  const RiccatiSolution regulator = SolveDiscreteRiccati(plant.a, plant.b2, plant.Cost());
  const NoiseCovariance noise{plant.b1 * plant.b1.transpose(), plant.d21 * plant.d21.transpose(),
                              plant.b1 * plant.d21.transpose()};
  const FilterSolution filter = SolveFilterRiccati(plant.a, plant.c, noise);

  // What the measurement says of x and of w: x̂ + (..) e and (..) e.
  const Matrix seen = plant.c * filter.covariance * plant.c.transpose() + noise.measurement;
  const Eigen::FullPivLU<Matrix> lu(seen);
  const Matrix of_x = lu.solve(plant.c * filter.covariance).transpose();
  const Matrix of_w = lu.solve(plant.d21).transpose();
  // u = k x̂ + kw ŵ, since the part of w that is known can be answered.
  const Matrix& p = regulator.p;
  const Matrix convex = plant.d12.transpose() * plant.d12 + plant.b2.transpose() * p * plant.b2;
  const Matrix kw = -Eigen::FullPivLU<Matrix>(convex).solve(plant.b2.transpose() * p * plant.b1 +
                                                            plant.d12.transpose() * plant.d11);
  return {plant.a,     plant.b2,       plant.c,
          filter.gain, regulator.gain, regulator.gain * of_x + kw * of_w};
}

HinfStateFeedback DesignHinf(const GeneralizedPlant& plant, double gamma) {
  CheckGamma(gamma);
  if (const auto design = TryHinf(plant, Regulator(plant), gamma)) return *design;
  Refuse(gamma, AttainableHinf(plant));
}

double AttainableHinf(const GeneralizedPlant& plant, double tolerance) {
  const Matrix regulator = Regulator(plant);
  return Attainable(plant, tolerance,
                    [&](double gamma) { return TryHinf(plant, regulator, gamma).has_value(); });
}

ObserverController DesignHinfOutput(const GeneralizedPlant& plant, double gamma) {
  CheckGamma(gamma);
  if (const auto design = TryHinfOutput(plant, Regulator(plant), gamma)) return *design;
  Refuse(gamma, AttainableHinfOutput(plant));
}

double AttainableHinfOutput(const GeneralizedPlant& plant, double tolerance) {
  const Matrix regulator = Regulator(plant);
  return Attainable(plant, tolerance, [&](double gamma) {
    return TryHinfOutput(plant, regulator, gamma).has_value();
  });
}

}  // namespace flyball
