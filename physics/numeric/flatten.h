// A matrix of Eigen's as kernels and C arrays have it.
#ifndef FLYBALL_PHYSICS_NUMERIC_FLATTEN_H_
#define FLYBALL_PHYSICS_NUMERIC_FLATTEN_H_

#include <Eigen/Core>
#include <vector>

namespace flyball {

// Row after row.
inline std::vector<double> Flatten(const Eigen::MatrixXd& matrix) {
  std::vector<double> out;
  out.reserve(static_cast<size_t>(matrix.size()));
  for (Eigen::Index i = 0; i < matrix.rows(); ++i) {
    for (Eigen::Index j = 0; j < matrix.cols(); ++j) out.push_back(matrix(i, j));
  }
  return out;
}

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_NUMERIC_FLATTEN_H_
