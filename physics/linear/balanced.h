// Small models of large plants, by balanced truncation.
#ifndef FLYBALL_PHYSICS_LINEAR_BALANCED_H_
#define FLYBALL_PHYSICS_LINEAR_BALANCED_H_

#include <Eigen/Core>
#include <optional>

#include "physics/linear/matrix.h"

namespace flyball {

// The states of x+ = a x + b u, y = c x that inputs reach and outputs see the most: x is about
// `right` times the small model's state, which is `left`' x. The model left'a right, left'b, c right
// errs from u to y by at most twice the sum of the singular values that it leaves out (Moore, 1981;
// Al-Saggaf and Franklin, 1987, for discrete time).
struct BalancedStates {
  Matrix right, left;               // (n, order), left' right = 1
  Eigen::VectorXd singular_values;  // (n) Hankel's, falling
};
// Of at most `order` states, fewer where singular values are lost in rounding. Empty if `a` is not
// stable.
std::optional<BalancedStates> Balance(const Matrix& a, const Matrix& b, const Matrix& c,
                                      Eigen::Index order);

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_LINEAR_BALANCED_H_
