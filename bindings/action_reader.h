// ActionReader: takes an action from Python into the action column, or says what is wrong with it.
#ifndef FLYBALL_BINDINGS_ACTION_READER_H_
#define FLYBALL_BINDINGS_ACTION_READER_H_

#include "bindings/column_view.h"
#include "envs/core/spec.h"

namespace flyball {

class ActionReader {
 public:
  ActionReader(const EnvSpec& spec, Column& action);

  // One row's action: an array of the action's shape, or whatever numpy makes one of. Numbers that
  // fit without changing their kind are taken (float64 for float32, integers for floats); truth
  // values, texts and floats for indices are not. Throws InputError; ranges and finiteness are the
  // core's to check.
  void ReadRow(PyObject* action, int row) {
    if (IsExact(action, view_.row_dimensions(), view_.row_shape())) return Copy(action, row, 1);
    ReadRowSlowly(action, row);
  }
  // Actions of rows [begin, end): an (end - begin, ...) array.
  void ReadRows(PyObject* actions, int begin, int end);

 private:
  // Whether the object is an array that can be copied byte by byte.
  bool IsExact(PyObject* object, int dimensions, const npy_intp* shape) const {
    if (!PyArray_CheckExact(object)) return false;
    auto* array = reinterpret_cast<PyArrayObject*>(object);
    if (PyArray_TYPE(array) != view_.type() || PyArray_NDIM(array) != dimensions) return false;
    for (int i = 0; i < dimensions; ++i) {
      if (PyArray_DIM(array, i) != shape[i]) return false;
    }
    return PyArray_ISCARRAY_RO(array);
  }
  void Copy(PyObject* array, int row, int num_rows);
  void ReadRowSlowly(PyObject* action, int row);
  void Convert(PyObject* object, int row, int num_rows, int dimensions, const npy_intp* shape);

  const EnvSpec& spec_;
  ColumnView view_;
  bool is_index_;  // discrete kinds
};

}  // namespace flyball

#endif  // FLYBALL_BINDINGS_ACTION_READER_H_
