// Dense matrices of the linear plants. Eigen serves set-up only: kernels get flattened arrays.
#ifndef FLYBALL_PHYSICS_LINEAR_MATRIX_H_
#define FLYBALL_PHYSICS_LINEAR_MATRIX_H_

#include <Eigen/Core>
#include <string>

#include "physics/numeric/flatten.h"

namespace flyball {

using Matrix = Eigen::MatrixXd;

// Eigen blocks its products by the sizes of the processor's caches, which would make the last bits
// of a discretised plant depend on the machine. This fixes the sizes; every solver here calls it.
void FixProductBlocking();

// Throws InputError naming `name` unless the matrix has this shape and is finite.
void CheckShape(const Matrix& matrix, Eigen::Index rows, Eigen::Index cols,
                const std::string& name);

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_LINEAR_MATRIX_H_
