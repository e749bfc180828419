// Discrete algebraic Riccati equations, by structured doubling with a polish by Newton's method.
#ifndef FLYBALL_PHYSICS_LINEAR_RICCATI_H_
#define FLYBALL_PHYSICS_LINEAR_RICCATI_H_

#include <optional>

#include "physics/linear/matrix.h"
#include "physics/linear/stability.h"

namespace flyball {

// Minimises sum x'Qx + 2 x'Su + u'Ru over x+ = A x + B u. R and Q need not be definite.
struct QuadraticCost {
  Matrix q;  // (n, n) symmetric
  Matrix r;  // (m, m) symmetric
  Matrix s;  // (n, m)
};

struct RiccatiSolution {
  Matrix p;                // (n, n) the cost to go is x' p x
  Matrix gain;             // (m, n) u = gain x
  double spectral_radius;  // of A + B gain, < 1
  double residual;         // of the equation, relative to the norm of p
};

// The stabilising solution of
//   P = A'PA + Q - (A'PB + S)(R + B'PB)^-1 (B'PA + S').
// Throws InputError naming the eigenvalue if (A, B) cannot be stabilised, PhysicsError if there is
// no stabilising solution (a mode on the unit circle that the cost does not see) or none was found.
RiccatiSolution SolveDiscreteRiccati(const Matrix& a, const Matrix& b, const QuadraticCost& cost);

// The same equation for weights of any sign, as in a game whose maximiser is among the inputs: the
// solution that makes A + B gain stable; empty if doubling finds none. `near`: where to start from,
// for example the solution without the maximiser.
std::optional<RiccatiSolution> SolveGameRiccati(const Matrix& a, const Matrix& b,
                                                const QuadraticCost& cost, const Matrix& near);

// Covariances of the noise of x+ = A x + v, y = C x + e: of v, of e, and across.
struct NoiseCovariance {
  Matrix state;        // (n, n) symmetric
  Matrix measurement;  // (p, p) symmetric; may be singular
  Matrix cross;        // (n, p)
};

struct FilterSolution {
  Matrix covariance;       // (n, n) of x - its prediction from the measurements before
  Matrix gain;             // (n, p) prediction+ = A prediction + gain (y - C prediction)
  double spectral_radius;  // of A - gain C, < 1
  double residual;         // of the equation, relative to the norm of the covariance
};

// The stationary Kalman predictor. Throws InputError naming the eigenvalue if (A, C) cannot be
// detected, PhysicsError if there is no stabilising solution.
FilterSolution SolveFilterRiccati(const Matrix& a, const Matrix& c, const NoiseCovariance& noise);

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_LINEAR_RICCATI_H_
