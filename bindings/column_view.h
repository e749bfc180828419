// ColumnView: one column of a VectorEnv as Python sees it: numpy views of its rows, fresh copies,
// or plain Python numbers. All calls need the GIL; those that return null have set the Python
// error.
#ifndef FLYBALL_BINDINGS_COLUMN_VIEW_H_
#define FLYBALL_BINDINGS_COLUMN_VIEW_H_

#include <vector>

#include "bindings/numpy_api.h"
#include "envs/core/columns.h"

namespace flyball {

class ColumnView {
 public:
  explicit ColumnView(Column& column);
  ~ColumnView();
  ColumnView(ColumnView&& other) noexcept;
  ColumnView(const ColumnView&) = delete;
  ColumnView& operator=(const ColumnView&) = delete;

  PyObject* name() const { return name_; }            // interned, borrowed
  PyObject* mask_name() const { return mask_name_; }  // "_" + name
  Column& column() const { return *column_; }
  int type() const { return type_; }  // numpy's type number
  int row_dimensions() const { return static_cast<int>(shape_.size()) - 1; }
  const npy_intp* row_shape() const { return shape_.data() + 1; }

  // New references.
  PyObject* CopyRow(int row) const;              // a fresh array of the row's shape
  PyObject* RowNumber(int row) const;            // a scalar column's row as bool, int or float
  PyObject* CopyRows(int begin, int end) const;  // a fresh (end - begin, ...) array
  // A view of rows in place; it keeps `owner`, which owns the column, alive.
  PyObject* ViewRows(int begin, int end, PyObject* owner) const;

 private:
  Column* column_;
  int type_;
  std::vector<npy_intp> shape_;    // (N, ...)
  std::vector<npy_intp> strides_;  // bytes
  PyObject* name_;
  PyObject* mask_name_;
};

std::vector<ColumnView> ViewColumns(std::vector<Column>& columns);

// {name: CopyRow or RowNumber} for each column.
PyObject* RowDict(const std::vector<ColumnView>& columns, int row, bool numbers);

}  // namespace flyball

#endif  // FLYBALL_BINDINGS_COLUMN_VIEW_H_
