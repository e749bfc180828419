#include "physics/field/boundary_plant.h"

#include <cmath>
#include <string>

#include "physics/numeric/decompositions.h"
#include "physics/numeric/error.h"
#include "physics/numeric/flatten.h"

namespace flyball {
namespace {

using Matrix = Eigen::MatrixXd;
using Vector = Eigen::VectorXd;

void CheckCells(int n) {
  if (n >= 9) return;
  throw InputError("a field with a boundary needs at least 8 cells; it has " +
                   std::to_string(n - 1));
}

}  // namespace

HeldMap MapOf(int n, const std::function<void(std::span<double> x, double u)>& step, int count) {
  HeldMap map{n, std::vector<double>(static_cast<size_t>(n) * n), std::vector<double>(n)};
  std::vector<double> x(n);
  for (int j = 0; j <= n; ++j) {
    std::fill(x.begin(), x.end(), 0.0);
    if (j < n) x[j] = 1.0;
    for (int i = 0; i < count; ++i) step(x, j < n ? 0.0 : 1.0);
    for (int i = 0; i < n; ++i) {
      (j < n ? map.a[static_cast<size_t>(i) * n + j] : map.b[i]) = x[i];
    }
  }
  return map;
}

void Transport::Step(std::span<double> u, double control) const {
  const int last = n() - 1;
  CheckCells(n());
  const double h = step();
  // The source along a characteristic, by the trapezoid rule: at its foot and at its head.
  u[last] = control;
  const double inlet = u[0];
  const double next_inlet = (u[1] + 0.5 * h * beta[1] * inlet) / (1.0 - 0.5 * h * beta[0]);
  for (int i = 1; i < last; ++i) {
    u[i] = u[i + 1] + 0.5 * h * (beta[i + 1] * inlet + beta[i] * next_inlet);
  }
  u[0] = next_inlet;
}

void Hyperbolic::Step(std::span<double> x, double control) const {
  CheckCells(cells + 1);
  const int last = cells;
  const double h = 0.5 * step();
  const std::span<double> r = x.first(cells + 1), s = x.subspan(cells + 1, cells + 1);
  double& z = x[2 * cells + 2];
  r[last] = g * s[last] + control;

  // What arrives at each node: value and half of the source at the characteristic's foot. The other
  // half is at its head, where r and s are not known yet: two equations at each node.
  const double old_inlet = r[0];
  double from_left = s[0] + h * (a21 * r[0] + a22 * s[0]);
  const double det = (1 - h * a11) * (1 - h * a22) - h * h * a12 * a21;
  for (int i = 0; i <= last; ++i) {
    const double right = i < last ? r[i + 1] + h * (a11 * r[i + 1] + a12 * s[i + 1]) : 0.0;
    const double left = from_left;
    if (i > 0) from_left = s[i] + h * (a21 * r[i] + a22 * s[i]);
    if (i == 0) {
      // (1 - h a11) r - h a12 s = right, s = q r + coupling z+, and the trapezoid rule for z.
      const double known = ((1 + h * rate) * z + h * drive * old_inlet) / (1 - h * rate);
      const double slope = h * drive / (1 - h * rate);
      const double by_r = q + coupling * slope;
      from_left = left;  // of node 0, on its way to node 1
      r[0] = (right + h * a12 * coupling * known) / (1 - h * a11 - h * a12 * by_r);
      z = known + slope * r[0];
      s[0] = q * r[0] + coupling * z;
    } else if (i < last) {
      r[i] = ((1 - h * a22) * right + h * a12 * left) / det;
      s[i] = ((1 - h * a11) * left + h * a21 * right) / det;
    } else {
      // r = g s + U here.
      s[i] = (left + h * a21 * control) / (1 - h * a22 - h * a21 * g);
      r[i] = g * s[i] + control;
    }
  }
}

HeldMap ReactionDiffusion::Map(double time) const {
  CheckCells(n());
  if (!(time > 0.0)) throw InputError("a step of a field must take some time");
  const int last = n() - 1, size = neumann ? last : last - 1;  // unknowns 1 .. size
  const double h = length / last, w = diffusivity / (h * h);
  Matrix a = Matrix::Zero(size, size);
  Vector b = Vector::Zero(size);
  for (int i = 0; i < size; ++i) {
    a(i, i) = lambda[i + 1] - 2 * w;
    if (i + 1 < size) a(i, i + 1) = a(i + 1, i) = w;
  }
  double scale = 1.0;  // of the last unknown, which makes the matrix symmetric
  if (neumann) {
    // A mirror node beyond the end: u_N+1 = u_N-1 + 2 h U.
    scale = 1.0 / std::sqrt(2.0);
    a(size - 1, size - 2) = a(size - 2, size - 1) = w * std::sqrt(2.0);
    b(size - 1) = 2 * diffusivity / h * scale;
  } else {
    b(size - 1) = w;
  }
  const Eigen::SelfAdjointEigenSolver<Matrix> eigen(a);
  Vector growth(size), hold(size);
  for (int i = 0; i < size; ++i) {
    const double l = eigen.eigenvalues()(i);
    growth(i) = std::exp(l * time);
    hold(i) = std::abs(l * time) < 1e-12 ? time : std::expm1(l * time) / l;
  }
  const Matrix& v = eigen.eigenvectors();
  Matrix step = v * growth.asDiagonal() * v.transpose();
  Vector push = v * (hold.asDiagonal() * (v.transpose() * b));
  step.row(size - 1) /= scale;
  step.col(size - 1) *= scale;
  push(size - 1) /= scale;

  // All nodes: the first is zero; the last is U where the control sets it. What is below rounding
  // would only cost time.
  Matrix full = Matrix::Zero(n(), n());
  Vector full_push = Vector::Zero(n());
  full.block(1, 1, size, size) =
      step.unaryExpr([](double x) { return std::abs(x) < 1e-18 ? 0.0 : x; });
  full_push.segment(1, size) = push;
  if (!neumann) full_push(last) = 1.0;
  return {n(), Flatten(full), {full_push.data(), full_push.data() + n()}};
}

}  // namespace flyball
