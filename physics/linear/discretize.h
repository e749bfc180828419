// From continuous time to steps with the input held between them.
#ifndef FLYBALL_PHYSICS_LINEAR_DISCRETIZE_H_
#define FLYBALL_PHYSICS_LINEAR_DISCRETIZE_H_

#include "physics/linear/matrix.h"

namespace flyball {

// The matrix exponential, by Pade approximants of degree 3 to 13 with scaling and squaring
// (Higham, SIAM J. Matrix Anal. Appl. 26, 2005). Throws InputError if not square or not finite.
Matrix Expm(const Matrix& a);

// x(t + dt) = a x(t) + b u, with u held over the step.
struct HeldInput {
  Matrix a;  // (n, n)
  Matrix b;  // (n, m)
};
// Exact for dx/dt = a x + b u; dt (s) > 0. Both come from one exponential of [[a, b], [0, 0]] dt.
HeldInput DiscretizeHeldInput(const Matrix& a, const Matrix& b, double dt);

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_LINEAR_DISCRETIZE_H_
