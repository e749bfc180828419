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
    int iterations;   // constraints met or let go
  };

  // `hessian` (n, n) positive definite, `constraints` (k, n). Throws InputError otherwise.
  QuadraticProgram(const Matrix& hessian, const Matrix& constraints);

  // By the dual method of Goldfarb and Idnani (A numerically stable dual method for solving strictly
  // convex quadratic programs, 1983): from the unbounded optimum one violated constraint after the
  // other is met, others being let go where they push no longer. Exact in finitely many steps, however
  // badly the problem is scaled. Throws InputError if low > high, PhysicsError if nothing meets the
  // constraints.
  Solution Solve(const Eigen::VectorXd& gradient, const Eigen::VectorXd& low,
                 const Eigen::VectorXd& high) const;

 private:
  double Residual(const Eigen::VectorXd& gradient, const Eigen::VectorXd& low,
                  const Eigen::VectorXd& high, const Solution& solution) const;

  Matrix hessian_, constraints_;  // rows of G scaled so that each has unit length in H^-1
  Eigen::VectorXd scale_;         // (k) of the rows
  Eigen::LLT<Matrix> factor_;     // of H
  Matrix response_;               // (n, k) H^-1 G': what a multiplier moves
  Matrix products_;               // (k, k) G H^-1 G'
};

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_LINEAR_QUADRATIC_PROGRAM_H_
