#include "bindings/column_view.h"

#include <cstring>
#include <string>
#include <utility>

namespace flyball {
namespace {

int NumpyType(DType dtype) {
  switch (dtype) {
    case DType::kFloat32:
      return NPY_FLOAT32;
    case DType::kFloat64:
      return NPY_FLOAT64;
    case DType::kInt64:
      return NPY_INT64;
    case DType::kUInt8:
      return NPY_UINT8;
    case DType::kBool:
      return NPY_BOOL;
  }
  return NPY_FLOAT64;
}

}  // namespace

ColumnView::ColumnView(Column& column)
    : column_(&column), type_(NumpyType(column.field().dtype)), shape_{column.num_rows()},
      name_(PyUnicode_InternFromString(column.field().name.c_str())),
      mask_name_(PyUnicode_InternFromString(("_" + column.field().name).c_str())) {
  for (const int n : column.field().shape) shape_.push_back(n);
  // Strides are stated, not left to numpy to guess from shapes.
  strides_.resize(shape_.size());
  npy_intp stride = static_cast<npy_intp>(SizeOf(column.field().dtype));
  for (size_t i = shape_.size(); i-- > 1;) {
    strides_[i] = stride;
    stride *= shape_[i];
  }
  strides_[0] = static_cast<npy_intp>(column.row_bytes());
}

ColumnView::ColumnView(ColumnView&& other) noexcept
    : column_(other.column_), type_(other.type_), shape_(std::move(other.shape_)),
      strides_(std::move(other.strides_)), name_(std::exchange(other.name_, nullptr)),
      mask_name_(std::exchange(other.mask_name_, nullptr)) {}

ColumnView::~ColumnView() {
  Py_XDECREF(name_);
  Py_XDECREF(mask_name_);
}

PyObject* ColumnView::CopyRow(int row) const {
  PyObject* array = PyArray_SimpleNew(row_dimensions(), row_shape(), type_);
  if (!array) return nullptr;
  std::memcpy(PyArray_DATA(reinterpret_cast<PyArrayObject*>(array)), column_->row(row),
              column_->row_bytes());
  return array;
}

PyObject* ColumnView::RowNumber(int row) const {
  const std::byte* data = column_->row(row);
  switch (type_) {
    case NPY_FLOAT64:
      return PyFloat_FromDouble(*reinterpret_cast<const double*>(data));
    case NPY_FLOAT32:
      return PyFloat_FromDouble(*reinterpret_cast<const float*>(data));
    case NPY_BOOL:
      return PyBool_FromLong(static_cast<long>(*data));
    case NPY_UINT8:
      return PyLong_FromLong(static_cast<long>(*data));
    default:
      return PyLong_FromLongLong(*reinterpret_cast<const int64_t*>(data));
  }
}

PyObject* ColumnView::CopyRows(int begin, int end) const {
  std::vector<npy_intp> shape = shape_;
  shape[0] = end - begin;
  PyObject* array = PyArray_SimpleNew(static_cast<int>(shape.size()), shape.data(), type_);
  if (!array) return nullptr;
  std::memcpy(PyArray_DATA(reinterpret_cast<PyArrayObject*>(array)), column_->row(begin),
              column_->row_bytes() * (end - begin));
  return array;
}

PyObject* ColumnView::ViewRows(int begin, int end, PyObject* owner) const {
  std::vector<npy_intp> shape = shape_;
  shape[0] = end - begin;
  PyObject* array =
      PyArray_New(&PyArray_Type, static_cast<int>(shape.size()), shape.data(), type_,
                  strides_.data(), column_->row(begin), 0, NPY_ARRAY_WRITEABLE, nullptr);
  if (!array) return nullptr;
  Py_INCREF(owner);
  if (PyArray_SetBaseObject(reinterpret_cast<PyArrayObject*>(array), owner) < 0) {
    Py_DECREF(array);
    return nullptr;
  }
  return array;
}

std::vector<ColumnView> ViewColumns(std::vector<Column>& columns) {
  std::vector<ColumnView> views;
  views.reserve(columns.size());
  for (Column& column : columns) views.emplace_back(column);
  return views;
}

PyObject* RowDict(const std::vector<ColumnView>& columns, int row, bool numbers) {
  PyObject* dict = PyDict_New();
  if (!dict) return nullptr;
  for (const ColumnView& column : columns) {
    PyObject* value =
        numbers && column.row_dimensions() == 0 ? column.RowNumber(row) : column.CopyRow(row);
    if (!value || PyDict_SetItem(dict, column.name(), value) < 0) {
      Py_XDECREF(value);
      Py_DECREF(dict);
      return nullptr;
    }
    Py_DECREF(value);
  }
  return dict;
}

}  // namespace flyball
