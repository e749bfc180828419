// How far a complex matrix is from losing rank.
#ifndef FLYBALL_PHYSICS_LINEAR_SINGULAR_VALUE_H_
#define FLYBALL_PHYSICS_LINEAR_SINGULAR_VALUE_H_

#include <Eigen/Core>

namespace flyball {

// The smallest of the min(rows, columns) singular values.
double SmallestSingularValue(const Eigen::MatrixXcd& matrix);

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_LINEAR_SINGULAR_VALUE_H_
