// A matrix for kernels: row after row, zeros left out (large plants are mostly zeros). No Eigen.
#ifndef FLYBALL_PHYSICS_LINEAR_SPARSE_ROWS_H_
#define FLYBALL_PHYSICS_LINEAR_SPARSE_ROWS_H_

#include <span>
#include <vector>

#include "physics/numeric/lanes.h"

namespace flyball {

struct SparseRows {
  std::vector<int> begin = {0};  // (rows + 1) where each row starts in the two arrays below
  std::vector<int> column;       // (nonzeros) ascending within a row
  std::vector<double> value;     // (nonzeros)

  SparseRows() = default;
  // From `dense`, (rows, cols) row after row.
  SparseRows(std::span<const double> dense, int rows, int cols) {
    for (int i = 0; i < rows; ++i) {
      for (int j = 0; j < cols; ++j) {
        const double entry = dense[static_cast<size_t>(i) * cols + j];
        if (entry == 0.0) continue;
        column.push_back(j);
        value.push_back(entry);
      }
      begin.push_back(static_cast<int>(value.size()));
    }
  }

  int rows() const { return static_cast<int>(begin.size()) - 1; }
  bool empty() const { return value.empty(); }

  // out += this x. Sums run in ascending columns: the same bits for a row of a batch at any width.
  template <class T>
  FLYBALL_INLINE void MultiplyAdd(const T* x, T* out) const {
    const int* ends = begin.data() + 1;
    for (int i = 0, k = 0; i < rows(); ++i) {
      T sum = out[i];
      for (; k < ends[i]; ++k) sum += value[k] * x[column[k]];
      out[i] = sum;
    }
  }
  // out = this x.
  template <class T>
  FLYBALL_INLINE void Multiply(const T* x, T* out) const {
    for (int i = 0; i < rows(); ++i) out[i] = T(0.0);
    MultiplyAdd(x, out);
  }
};

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_LINEAR_SPARSE_ROWS_H_
