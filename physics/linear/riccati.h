// Discrete algebraic Riccati and Lyapunov equations, by structured doubling.
#ifndef FLYBALL_PHYSICS_LINEAR_RICCATI_H_
#define FLYBALL_PHYSICS_LINEAR_RICCATI_H_

#include "physics/linear/matrix.h"

namespace flyball {

// max |eigenvalue|.
double SpectralRadius(const Matrix& a);

// x = a' x a + q, by doubling. Throws PhysicsError if `a` is not stable (spectral radius < 1).
Matrix SolveDiscreteLyapunov(const Matrix& a, const Matrix& q);

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

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_LINEAR_RICCATI_H_
