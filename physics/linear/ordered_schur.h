// The generalised Schur form of a pencil with its stable eigenvalues first.
#ifndef FLYBALL_PHYSICS_LINEAR_ORDERED_SCHUR_H_
#define FLYBALL_PHYSICS_LINEAR_ORDERED_SCHUR_H_

#include <Eigen/Core>

#include "physics/linear/matrix.h"

namespace flyball {

// An orthonormal basis, (n, count), of the right deflating subspace of the pencil a - z b that belongs
// to its eigenvalues inside the unit circle; infinite ones, where b is singular, are outside. The QZ
// algorithm, and then swaps of neighbours by rotations (Van Dooren, A generalized eigenvalue approach
// for solving Riccati equations, 1981). Throws PhysicsError if QZ does not converge.
Eigen::MatrixXcd StableSubspace(const Matrix& a, const Matrix& b);

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_LINEAR_ORDERED_SCHUR_H_
