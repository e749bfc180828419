// Small convex quadratic programs that are solved again and again for another linear term.
#ifndef FLYBALL_PHYSICS_LINEAR_QUADRATIC_PROGRAM_H_
#define FLYBALL_PHYSICS_LINEAR_QUADRATIC_PROGRAM_H_

#include <Eigen/Cholesky>

#include "physics/linear/matrix.h"

namespace flyball {

// min 1/2 x'Hx + g'x   with   low <= G x <= high.
class QuadraticProgram {
 public:
  struct Solution {
    Eigen::VectorXd x;           // (n)
    Eigen::VectorXd multiplier;  // (k) of the constraints: positive at high, negative at low
    double residual;  // largest breach of the conditions of optimality, in their own units
    int iterations;
  };

  // `hessian` (n, n) positive definite, `constraints` (k, n). Throws InputError otherwise.
  QuadraticProgram(const Matrix& hessian, const Matrix& constraints);

  // Exact where the constraints do not bind. Otherwise by the alternating direction method of
  // multipliers (Boyd et al., 2011; Stellato et al., 2020), which finds the constraints that bind,
  // and then exactly on those. Throws InputError if low > high, PhysicsError if it does not come to
  // an end (nothing meets the constraints).
  Solution Solve(const Eigen::VectorXd& gradient, const Eigen::VectorXd& low,
                 const Eigen::VectorXd& high) const;

 private:
  Solution Unscaled(Solution solution) const;
  bool Polish(const Eigen::VectorXd& gradient, const Eigen::VectorXd& low,
              const Eigen::VectorXd& high, Solution& solution) const;
  double Residual(const Eigen::VectorXd& gradient, const Eigen::VectorXd& low,
                  const Eigen::VectorXd& high, const Solution& solution) const;

  Matrix hessian_, constraints_;  // rows of G scaled so that each has unit length in H^-1
  Eigen::VectorXd scale_;         // (k) of the rows
  Eigen::LLT<Matrix> factor_;     // of H
  Eigen::LLT<Matrix> penalised_;  // of H + G'G
};

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_LINEAR_QUADRATIC_PROGRAM_H_
