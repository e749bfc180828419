// Eigen's decompositions of real matrices of any size, which decompositions.cc compiles once for all
// who include this in place of Eigen's own headers: each takes seconds to compile.
#ifndef FLYBALL_PHYSICS_NUMERIC_DECOMPOSITIONS_H_
#define FLYBALL_PHYSICS_NUMERIC_DECOMPOSITIONS_H_

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>
#include <Eigen/LU>

namespace Eigen {

extern template class LLT<MatrixXd>;
extern template class PartialPivLU<MatrixXd>;
extern template class FullPivLU<MatrixXd>;
extern template class HessenbergDecomposition<MatrixXd>;
extern template class RealSchur<MatrixXd>;
extern template class EigenSolver<MatrixXd>;
extern template class SelfAdjointEigenSolver<MatrixXd>;

// Templates within these templates are to be named one by one.
extern template LLT<MatrixXd>& LLT<MatrixXd>::compute(const EigenBase<MatrixXd>&);
extern template RealSchur<MatrixXd>& RealSchur<MatrixXd>::compute(const EigenBase<MatrixXd>&, bool);
extern template EigenSolver<MatrixXd>& EigenSolver<MatrixXd>::compute(const EigenBase<MatrixXd>&,
                                                                      bool);
extern template SelfAdjointEigenSolver<MatrixXd>& SelfAdjointEigenSolver<MatrixXd>::compute(
    const EigenBase<MatrixXd>&, int);

}  // namespace Eigen

#endif  // FLYBALL_PHYSICS_NUMERIC_DECOMPOSITIONS_H_
