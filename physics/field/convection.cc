#include "physics/field/convection.h"

#include <cmath>
#include <numbers>
#include <string>

#include "physics/numeric/decompositions.h"
#include "physics/numeric/error.h"
#include "physics/numeric/flatten.h"

namespace flyball {
namespace {

using Matrix = Eigen::MatrixXd;
using Vector = Eigen::VectorXd;

// Differentiation at the Chebyshev points x_j = -cos(pi j / n), which rise from -1 to 1.
Matrix Chebyshev(int n, Vector& x) {
  x.resize(n + 1);
  Matrix d(n + 1, n + 1);
  // The same differences as sines, so that near points lose no digits.
  for (int j = 0; j <= n; ++j) x(j) = -std::cos(std::numbers::pi * j / n);
  for (int i = 0; i <= n; ++i) {
    double sum = 0.0;
    for (int j = 0; j <= n; ++j) {
      if (i == j) continue;
      const double ci = i == 0 || i == n ? 2.0 : 1.0, cj = j == 0 || j == n ? 2.0 : 1.0;
      const double difference = 2.0 * std::sin(std::numbers::pi * (i + j) / (2.0 * n)) *
                                std::sin(std::numbers::pi * (i - j) / (2.0 * n));
      d(i, j) = ci / cj * ((i + j) % 2 ? -1.0 : 1.0) / difference;
      sum += d(i, j);
    }
    d(i, i) = -sum;  // constants have no slope
  }
  return d;
}

// What one implicit stage needs: (m - gamma h k) y = ...
ConvectionData::Implicit MakeImplicit(const Matrix& m, const Matrix& k, double step) {
  constexpr double kGamma = 0.29289321881345247560;
  const Matrix q = (m - kGamma * step * k).inverse();
  ConvectionData::Implicit out;
  out.p = Flatten(q * m);
  out.q = Flatten(q);
  out.r = Flatten((1.0 - kGamma) * step * (q * k));
  return out;
}

}  // namespace

ConvectionData MakeConvection(int nx, int nz, double length, double rayleigh, double prandtl,
                              double step) {
  if (nx < 16 || nx % 4 != 0 || nz < 12 || nz > 256) {
    throw InputError(
        "a convection cell of " + std::to_string(nx) + " by " + std::to_string(nz) +
        "; along the walls it needs a multiple of 4 points, at least 16, and 12 to 256 "
        "intervals across");
  }
  if (!(length > 0.0) || !(rayleigh > 0.0) || !(prandtl > 0.0) || !(step > 0.0)) {
    throw InputError(
        "a convection cell needs positive length, Rayleigh and Prandtl numbers and step");
  }
  ConvectionData d;
  d.nx = nx;
  d.nz = nz;
  d.length = length;
  d.step = step;
  d.nu = std::sqrt(prandtl / rayleigh);
  d.kappa = 1.0 / std::sqrt(rayleigh * prandtl);
  d.kept = (nx + 2) / 3;
  for (int k = 0; k < d.kept; ++k) d.wave.push_back(2 * std::numbers::pi / length * k);

  // On x in [-1, 1]; z = (1 + x) / 2, so that each derivative by z is twice one by x.
  Vector x;
  const Matrix first = Chebyshev(nz, x);
  const Matrix second = first * first, third = second * first, fourth = second * second;
  const int rows = d.rows();
  const auto inside = [rows](const Matrix& m) { return Matrix(m.block(1, 1, rows, rows)); };
  for (int i = 1; i < nz; ++i) d.height.push_back(0.5 * (1 + x(i)));

  // psi = (1 - x^2) p with p = 0 at the ends has psi = psi' = 0 there (Trefethen, Spectral Methods
  // in Matlab, program 38).
  const Vector in = x.segment(1, rows);
  const Vector bubble = (1.0 - in.array().square()).matrix();
  const Matrix scale = bubble.cwiseInverse().asDiagonal();
  const Matrix p1 = inside(first), p2 = inside(second), p3 = inside(third), p4 = inside(fourth);
  const Matrix d1 = 2 * (bubble.asDiagonal() * p1 - 2 * Matrix(in.asDiagonal())) * scale;
  const Matrix d2 =
      4 *
      (bubble.asDiagonal() * p2 - 4 * (in.asDiagonal() * p1) - 2 * Matrix::Identity(rows, rows)) *
      scale;
  const Matrix d3 = 8 * (bubble.asDiagonal() * p3 - 6 * (in.asDiagonal() * p2) - 6 * p1) * scale;
  const Matrix d4 = 16 * (bubble.asDiagonal() * p4 - 8 * (in.asDiagonal() * p3) - 12 * p2) * scale;
  d.d1 = Flatten(d1);
  d.d2 = Flatten(d2);
  d.d3 = Flatten(d3);

  // Temperature: all columns, walls first.
  Matrix t1(rows, rows + 2);
  t1.col(0) = 2 * first.col(0).segment(1, rows);
  t1.col(1) = 2 * first.col(nz).segment(1, rows);
  t1.rightCols(rows) = 2 * p1;
  d.t1 = Flatten(t1);
  d.wall_slope = {2 * first(0, 0), 2 * first(0, nz)};
  for (int j = 1; j < nz; ++j) d.wall_slope.push_back(2 * first(0, j));

  constexpr double kGamma = 0.29289321881345247560;
  const Matrix one = Matrix::Identity(rows, rows);
  const Vector wall = d.kappa * 4 * second.col(0).segment(1, rows);
  for (const double q : d.wave) {
    const double q2 = q * q;
    const Matrix laplacian = d2 - q2 * one;
    d.stream.push_back(MakeImplicit(laplacian, d.nu * (d4 - 2 * q2 * d2 + q2 * q2 * one), step));
    const Matrix diffusion = d.kappa * (4 * p2 - q2 * one);
    ConvectionData::Implicit heat = MakeImplicit(one, diffusion, step);
    // The wall is held: it adds gamma h in the first stage, and all of h in the second.
    const Matrix solve = (one - kGamma * step * diffusion).inverse();
    const Vector w1 = kGamma * step * (solve * wall);
    const Vector w2 = step * (solve * wall);
    heat.w1.assign(w1.data(), w1.data() + rows);
    heat.w2.assign(w2.data(), w2.data() + rows);
    d.heat.push_back(std::move(heat));
  }

  // Clenshaw and Curtis's weights, halved for z.
  for (int j = 1; j < nz; ++j) {
    double sum = 0.0;
    for (int k = 0; 2 * k <= nz; ++k) {
      const double b = k == 0 || 2 * k == nz ? 1.0 : 2.0;
      sum += b / (1.0 - 4.0 * k * k) * std::cos(2 * std::numbers::pi * k * j / nz);
    }
    d.weight.push_back(sum / nz);
  }
  return d;
}

}  // namespace flyball
