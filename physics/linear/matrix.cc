#include "physics/linear/matrix.h"

#include "physics/numeric/error.h"

namespace flyball {

void FixProductBlocking() {
  static const bool done = [] {
    Eigen::setCpuCacheSizes(32 * 1024, 512 * 1024, 4 * 1024 * 1024);
    return true;
  }();
  (void)done;
}

void CheckShape(const Matrix& matrix, Eigen::Index rows, Eigen::Index cols,
                const std::string& name) {
  const auto text = [](Eigen::Index r, Eigen::Index c) {
    return "(" + std::to_string(r) + ", " + std::to_string(c) + ")";
  };
  if (matrix.rows() != rows || matrix.cols() != cols) {
    throw InputError("matrix " + name + " has shape " + text(matrix.rows(), matrix.cols()) +
                     "; expected " + text(rows, cols));
  }
  if (!matrix.allFinite())
    throw InputError("matrix " + name + " holds a number that is not finite");
}

}  // namespace flyball
