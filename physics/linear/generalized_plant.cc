#include "physics/linear/generalized_plant.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "physics/linear/riccati.h"
#include "physics/linear/stability.h"
#include "physics/numeric/decompositions.h"
#include "physics/numeric/error.h"

namespace flyball {
namespace {

void RequireStable(const ClosedLoop& loop) {
  const double radius = SpectralRadius(loop.a);
  if (!(radius < 1.0)) {
    throw PhysicsError("the closed loop is not stable: its spectral radius is " +
                       std::to_string(radius));
  }
}

// Whether the energy gain of a stable loop is below gamma (bounded real lemma): the game in which w
// alone plays has a solution, and w has no reason to play without bound.
bool IsBelow(const ClosedLoop& loop, double gamma) {
  const Eigen::Index m = loop.b.cols();
  const Matrix limit = gamma * gamma * Matrix::Identity(m, m) - loop.d.transpose() * loop.d;
  const QuadraticCost cost{loop.c.transpose() * loop.c, -limit, loop.c.transpose() * loop.d};
  const auto solution =
      SolveGameRiccati(loop.a, loop.b, cost, Matrix::Zero(loop.a.rows(), loop.a.rows()));
  if (!solution) return false;
  const Matrix concave = limit - loop.b.transpose() * solution->p * loop.b;
  return Eigen::LLT<Matrix>(concave).info() == Eigen::Success;
}

}  // namespace

GeneralizedPlant Generalize(const LinearPlant& plant, const Matrix& a, const Matrix& b1,
                            const Matrix& b2) {
  GeneralizedPlant out{a, b1, b2, plant.c1, plant.d11, plant.d12, plant.c, plant.d21};
  if (!plant.uniform_input_weight) return out;
  // R = D12'D12 + E: the root of E goes below.
  const Eigen::Index z = plant.nz(), m = plant.nu();
  const Matrix extra = plant.Cost().r - plant.d12.transpose() * plant.d12;
  const Eigen::SelfAdjointEigenSolver<Matrix> eigen(extra);
  out.c1 = Matrix::Zero(z + m, plant.nx());
  out.d11 = Matrix::Zero(z + m, plant.nw());
  out.d12 = Matrix::Zero(z + m, m);
  out.c1.topRows(z) = plant.c1;
  out.d11.topRows(z) = plant.d11;
  out.d12.topRows(z) = plant.d12;
  out.d12.bottomRows(m) =
      eigen.eigenvalues().cwiseMax(0.0).cwiseSqrt().asDiagonal() * eigen.eigenvectors().transpose();
  return out;
}

GeneralizedPlant WithMeasurementNoise(const GeneralizedPlant& plant, double variance) {
  if (variance == 0.0) return plant;
  const Eigen::Index w = plant.b1.cols(), p = plant.c.rows();
  GeneralizedPlant noisy = plant;
  noisy.b1 = Matrix::Zero(plant.b1.rows(), w + p);
  noisy.d11 = Matrix::Zero(plant.d11.rows(), w + p);
  noisy.d21 = Matrix::Zero(p, w + p);
  noisy.b1.leftCols(w) = plant.b1;
  noisy.d11.leftCols(w) = plant.d11;
  noisy.d21.leftCols(w) = plant.d21;
  noisy.d21.rightCols(p).diagonal().setConstant(std::sqrt(variance));
  return noisy;
}

GeneralizedPlant WithFaintWeights(const GeneralizedPlant& plant, double share) {
  const Eigen::Index n = plant.a.rows(), m = plant.b2.cols(), w = plant.b1.cols(),
                     z = plant.c1.rows();
  // An input weighs what it costs, and what it does to z within a step.
  const auto root = [share](double square, Eigen::Index count) {
    return std::sqrt(share * square / static_cast<double>(count));
  };
  const double state = root(plant.c1.squaredNorm(), n);
  const double input = root(plant.d12.squaredNorm() + (plant.c1 * plant.b2).squaredNorm(), m);
  const double noise = root(plant.b1.squaredNorm(), n);
  GeneralizedPlant faint = plant;
  faint.b1 = Matrix::Zero(n, w + n);
  faint.c1 = Matrix::Zero(z + n + m, n);
  faint.d11 = Matrix::Zero(z + n + m, w + n);
  faint.d12 = Matrix::Zero(z + n + m, m);
  faint.d21 = Matrix::Zero(plant.c.rows(), w + n);
  faint.b1.leftCols(w) = plant.b1;
  faint.b1.rightCols(n).diagonal().setConstant(noise);
  faint.c1.topRows(z) = plant.c1;
  faint.c1.middleRows(z, n).diagonal().setConstant(state);
  faint.d11.topLeftCorner(z, w) = plant.d11;
  faint.d12.topRows(z) = plant.d12;
  faint.d12.bottomRows(m).diagonal().setConstant(input);
  faint.d21.leftCols(w) = plant.d21;
  return faint;
}

GeneralizedPlant WithLateMeasurement(const GeneralizedPlant& plant) {
  const Eigen::Index n = plant.a.rows(), p = plant.c.rows();
  GeneralizedPlant late = plant;
  late.a = Matrix::Zero(n + p, n + p);
  late.a.topLeftCorner(n, n) = plant.a;
  late.a.bottomLeftCorner(p, n) = plant.c;
  late.b1.resize(n + p, plant.b1.cols());
  late.b1 << plant.b1, plant.d21;
  late.b2 = Matrix::Zero(n + p, plant.b2.cols());
  late.b2.topRows(n) = plant.b2;
  late.c1 = Matrix::Zero(plant.c1.rows(), n + p);
  late.c1.leftCols(n) = plant.c1;
  late.c = Matrix::Zero(p, n + p);
  late.c.rightCols(p).setIdentity();
  late.d21.setZero();
  return late;
}

ClosedLoop Close(const GeneralizedPlant& plant, const ObserverController& controller) {
  // u = ku x + kx x̂ + kw w, with e = c x + d21 w - c_c x̂.
  const ObserverController& o = controller;
  const Eigen::Index n = plant.a.rows(), nc = o.a.rows();
  const Matrix ku = o.f * plant.c, kx = o.k - o.f * o.c, kw = o.f * plant.d21;
  ClosedLoop loop;
  loop.a.resize(n + nc, n + nc);
  loop.a << plant.a + plant.b2 * ku, plant.b2 * kx, o.b * ku + o.l * plant.c,
      o.a + o.b * kx - o.l * o.c;
  loop.b.resize(n + nc, plant.b1.cols());
  loop.b << plant.b1 + plant.b2 * kw, o.b * kw + o.l * plant.d21;
  loop.c.resize(plant.c1.rows(), n + nc);
  loop.c << plant.c1 + plant.d12 * ku, plant.d12 * kx;
  loop.d = plant.d11 + plant.d12 * kw;
  return loop;
}

ClosedLoop Close(const GeneralizedPlant& plant, const Matrix& state_gain) {
  return {plant.a + plant.b2 * state_gain, plant.b1, plant.c1 + plant.d12 * state_gain, plant.d11};
}

double H2Norm(const ClosedLoop& loop) {
  RequireStable(loop);
  const Matrix p = SolveDiscreteLyapunov(loop.a, loop.c.transpose() * loop.c);
  const Matrix mean = loop.b.transpose() * p * loop.b + loop.d.transpose() * loop.d;
  return std::sqrt(std::max(0.0, mean.trace()));
}

double HinfNorm(const ClosedLoop& loop, double tolerance) {
  RequireStable(loop);
  // The gain is at least that of one impulse, and at most twice that of some power of two more.
  double low = 0.0, high = std::max(H2Norm(loop), 1e-300);
  while (!IsBelow(loop, high)) {
    low = high;
    high *= 2.0;
    if (!std::isfinite(high)) throw PhysicsError("the gain of the closed loop has no bound");
  }
  while (high - low > tolerance * high) {
    const double middle = 0.5 * (low + high);
    (IsBelow(loop, middle) ? high : low) = middle;
  }
  return high;
}

}  // namespace flyball
