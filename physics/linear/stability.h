// Whether what a matrix does over and over dies out, and whether an input can make it do so.
#ifndef FLYBALL_PHYSICS_LINEAR_STABILITY_H_
#define FLYBALL_PHYSICS_LINEAR_STABILITY_H_

#include <complex>
#include <optional>

#include "physics/linear/matrix.h"

namespace flyball {

// max |eigenvalue|. Exact to rounding up to 128 rows; beyond, by squaring the matrix again and again,
// an upper bound that is within about 1e-6 (eigenvalues of large matrices take much longer).
double SpectralRadius(const Matrix& a);

// x = a' x a + q, q symmetric, by doubling. Throws PhysicsError if `a` is not stable (spectral
// radius < 1).
Matrix SolveDiscreteLyapunov(const Matrix& a, const Matrix& q);

// The same; empty if there is none.
std::optional<Matrix> TryDiscreteLyapunov(const Matrix& a, const Matrix& q);

// An eigenvalue outside or on the unit circle that no input reaches (Popov, Belevitch, Hautus).
std::optional<std::complex<double>> UnreachableMode(const Matrix& a, const Matrix& b);

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_LINEAR_STABILITY_H_
