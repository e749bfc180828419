#include "physics/linear/discretize.h"

#include <cmath>
#include <span>

#include "physics/numeric/decompositions.h"
#include "physics/numeric/error.h"

namespace flyball {
namespace {

// Numerator coefficients of the diagonal Pade approximants to exp, the lowest power first.
constexpr double kPade3[] = {120, 60, 12, 1};
constexpr double kPade5[] = {30240, 15120, 3360, 420, 30, 1};
constexpr double kPade7[] = {17297280, 8648640, 1995840, 277200, 25200, 1512, 56, 1};
constexpr double kPade9[] = {17643225600, 8821612800, 2075673600, 302702400, 30270240,
                             2162160,     110880,     3960,       90,        1};
constexpr double kPade13[] = {64764752532480000,
                              32382376266240000,
                              7771770303897600,
                              1187353796428800,
                              129060195264000,
                              10559470521600,
                              670442572800,
                              33522128640,
                              1323241920,
                              40840800,
                              960960,
                              16380,
                              182,
                              1};

// The 1-norms up to which each degree is exact to rounding in double precision (Higham, table 2.3).
constexpr double kLimit3 = 1.495585217958292e-2, kLimit5 = 2.539398330063230e-1,
                 kLimit7 = 9.504178996162932e-1, kLimit9 = 2.097847961257068,
                 kLimit13 = 5.371920351148152;

double Norm1(const Matrix& a) { return a.size() ? a.cwiseAbs().colwise().sum().maxCoeff() : 0.0; }

// (v - u)^-1 (v + u), u the odd part of the numerator and v the even one.
Matrix Quotient(const Matrix& u, const Matrix& v) { return (v - u).partialPivLu().solve(v + u); }

Matrix PadeLow(const Matrix& a, std::span<const double> c) {
  const Matrix identity = Matrix::Identity(a.rows(), a.cols());
  const Matrix a2 = a * a;
  Matrix odd = c[1] * identity, even = c[0] * identity, power = identity;
  for (size_t i = 2; i + 1 < c.size(); i += 2) {
    power = power * a2;
    even += c[i] * power;
    odd += c[i + 1] * power;
  }
  return Quotient(a * odd, even);
}

Matrix Pade13(const Matrix& a) {
  const double* c = kPade13;
  const Matrix identity = Matrix::Identity(a.rows(), a.cols());
  const Matrix a2 = a * a, a4 = a2 * a2, a6 = a4 * a2;
  const Matrix high_odd = c[13] * a6 + c[11] * a4 + c[9] * a2;
  const Matrix high_even = c[12] * a6 + c[10] * a4 + c[8] * a2;
  const Matrix odd = a6 * high_odd + c[7] * a6 + c[5] * a4 + c[3] * a2 + c[1] * identity;
  const Matrix even = a6 * high_even + c[6] * a6 + c[4] * a4 + c[2] * a2 + c[0] * identity;
  return Quotient(a * odd, even);
}

}  // namespace

Matrix Expm(const Matrix& a) {
  FixProductBlocking();
  CheckShape(a, a.rows(), a.rows(), "of an exponential");
  const double norm = Norm1(a);
  if (norm <= kLimit3) return PadeLow(a, kPade3);
  if (norm <= kLimit5) return PadeLow(a, kPade5);
  if (norm <= kLimit7) return PadeLow(a, kPade7);
  if (norm <= kLimit9) return PadeLow(a, kPade9);

  // Halve until the approximant is exact, then square back.
  int squarings = 0;
  for (double scaled = norm; scaled > kLimit13; scaled /= 2) ++squarings;
  Matrix result = Pade13(a * std::ldexp(1.0, -squarings));
  for (int i = 0; i < squarings; ++i) result = result * result;
  if (!result.allFinite()) {
    throw InputError("matrix exponential overflows: 1-norm of the exponent is " +
                     std::to_string(norm));
  }
  return result;
}

HeldInput DiscretizeHeldInput(const Matrix& a, const Matrix& b, double dt) {
  CheckShape(a, a.rows(), a.rows(), "A");
  CheckShape(b, a.rows(), b.cols(), "B");
  if (!(dt > 0.0) || !std::isfinite(dt)) {
    throw InputError("sample_time is " + std::to_string(dt) + " s; it must be positive and finite");
  }
  const Eigen::Index n = a.rows(), m = b.cols();
  Matrix exponent = Matrix::Zero(n + m, n + m);
  exponent.topLeftCorner(n, n) = a * dt;
  exponent.topRightCorner(n, m) = b * dt;
  const Matrix flow = Expm(exponent);
  return {flow.topLeftCorner(n, n), flow.topRightCorner(n, m)};
}

}  // namespace flyball
