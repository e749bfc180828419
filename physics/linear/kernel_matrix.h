// A constant matrix for kernels, kept in the form that multiplies faster. No Eigen.
#ifndef FLYBALL_PHYSICS_LINEAR_KERNEL_MATRIX_H_
#define FLYBALL_PHYSICS_LINEAR_KERNEL_MATRIX_H_

#include <algorithm>
#include <span>
#include <vector>

#include "physics/linear/sparse_rows.h"
#include "physics/numeric/lanes.h"

namespace flyball {

// Sparse rows where a third of the entries or less are not zero, else panels of eight rows whose
// entries of one column lie side by side: a scalar product then runs on eight sums at once.
class KernelMatrix {
 public:
  static constexpr int kPanel = 8;

  KernelMatrix() = default;
  // From `dense`, (rows, cols) row after row.
  KernelMatrix(std::span<const double> dense, int rows, int cols) : rows_(rows), cols_(cols) {
    const auto nonzero = std::count_if(dense.begin(), dense.end(), [](double x) { return x != 0; });
    empty_ = nonzero == 0;
    if (rows < kPanel || static_cast<size_t>(nonzero) * 3 <= dense.size()) {
      sparse_ = SparseRows(dense, rows, cols);
      return;
    }
    const int panels = (rows + kPanel - 1) / kPanel;
    panels_.assign(static_cast<size_t>(panels) * cols * kPanel, 0.0);
    for (int i = 0; i < rows; ++i) {
      for (int j = 0; j < cols; ++j) {
        panels_[(static_cast<size_t>(i / kPanel) * cols + j) * kPanel + i % kPanel] =
            dense[static_cast<size_t>(i) * cols + j];
      }
    }
  }

  int rows() const { return rows_; }
  bool empty() const { return empty_; }  // all zeros
  bool is_dense() const { return !panels_.empty(); }

  // out += this x. Sums run in ascending columns in both forms, at every width.
  template <class T>
  FLYBALL_INLINE void MultiplyAdd(const T* x, T* out) const {
    if (panels_.empty()) {
      sparse_.MultiplyAdd(x, out);
    } else {
      MultiplyPanels(x, out);
    }
  }
  // out = this x.
  template <class T>
  FLYBALL_INLINE void Multiply(const T* x, T* out) const {
    for (int i = 0; i < rows_; ++i) out[i] = T(0.0);
    MultiplyAdd(x, out);
  }

 private:
  // On scalars all rows of a panel at a time; lanes fill the registers with two.
  template <class T>
  void MultiplyPanels(const T* x, T* out) const {
    constexpr int kTogether = kWidth<T> == 1 ? kPanel : 2;
    const double* panel = panels_.data();
    for (int first = 0; first < rows_; first += kPanel, panel += cols_ * kPanel) {
      for (int r = 0; r < kPanel && first + r < rows_; r += kTogether) {
        const int count = std::min(kTogether, rows_ - first - r);
        T sum[kTogether];
        for (int k = 0; k < kTogether; ++k) sum[k] = k < count ? out[first + r + k] : T(0.0);
        for (int j = 0; j < cols_; ++j) {
          const T& factor = x[j];
          for (int k = 0; k < kTogether; ++k) sum[k] += panel[j * kPanel + r + k] * factor;
        }
        for (int k = 0; k < count; ++k) out[first + r + k] = sum[k];
      }
    }
  }

  int rows_ = 0, cols_ = 0;
  bool empty_ = true;
  SparseRows sparse_;
  std::vector<double> panels_;  // (panels, cols, kPanel)
};

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_LINEAR_KERNEL_MATRIX_H_
