#include "bindings/recycled_row.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>

namespace flyball {
namespace {

const PyArrayObject_fields& FieldsOf(PyObject* array) {
  return *reinterpret_cast<const PyArrayObject_fields*>(array);
}

bool IsSameNumber(PyObject* a, PyObject* b) {
  if (a == b) return true;
  if (!PyFloat_CheckExact(a) || !PyFloat_CheckExact(b)) return false;
  return std::bit_cast<uint64_t>(PyFloat_AS_DOUBLE(a)) ==
         std::bit_cast<uint64_t>(PyFloat_AS_DOUBLE(b));
}

}  // namespace

RecycledRow::RecycledRow(std::vector<Column>& columns, Form form)
    : columns_(ViewColumns(columns)), form_(form) {}

RecycledRow::~RecycledRow() {
  for (Slot& slot : slots_) Py_XDECREF(slot.result);
}

int RecycledRow::Traverse(visitproc visit, void* arg) const {
  for (const Slot& slot : slots_) Py_VISIT(slot.result);
  return 0;
}

PyObject* RecycledRow::Take() {
  Slot& slot = slots_[next_];
  next_ = 1 - next_;
  const bool good = slot.result && IsIdle(slot) ? Refill(slot) : Make(slot);
  if (!good) return nullptr;
  Py_INCREF(slot.result);
  return slot.result;
}

// Whether nobody but this object knows the result, and it is as it was handed out.
bool RecycledRow::IsIdle(const Slot& slot) const {
  if (Py_REFCNT(slot.result) != 1) return false;
  if (form_ == Form::kArray) return IsUntouched(columns_[0], slot.arrays[0]);
  if (PyDict_GET_SIZE(slot.result) != static_cast<Py_ssize_t>(columns_.size())) return false;
  Py_ssize_t position = 0;
  PyObject *name, *value;
  for (size_t k = 0; PyDict_Next(slot.result, &position, &name, &value); ++k) {
    const Array& array = slot.arrays[k];
    if (name != columns_[k].name()) return false;
    if (!array.object) continue;
    if (value != array.object || Py_REFCNT(value) != 1) return false;
    if (!IsUntouched(columns_[k], array)) return false;
  }
  return true;
}

// Users may change an array's shape, type and flags in place, or watch it by a weak reference.
bool RecycledRow::IsUntouched(const ColumnView& column, const Array& array) const {
  const PyArrayObject_fields& fields = FieldsOf(array.object);
  return fields.weakreflist == nullptr && fields.base == nullptr && fields.data == array.data &&
         fields.descr == array.descr && fields.flags == array.flags &&
         fields.nd == column.row_dimensions() &&
         std::equal(fields.dimensions, fields.dimensions + fields.nd, column.row_shape());
}

bool RecycledRow::Refill(Slot& slot) {
  Py_ssize_t position = 0;
  PyObject *name = nullptr, *value = nullptr;
  for (size_t k = 0; k < columns_.size(); ++k) {
    const ColumnView& column = columns_[k];
    if (form_ != Form::kArray) PyDict_Next(slot.result, &position, &name, &value);
    if (const Array& array = slot.arrays[k]; array.object) {
      std::memcpy(array.data, column.column().row(0), column.column().row_bytes());
      continue;
    }
    PyObject* number = column.RowNumber(0);
    if (!number) return false;
    // Values of keys that are there may be set while their dictionary is gone through.
    const bool set = IsSameNumber(number, value) || PyDict_SetItem(slot.result, name, number) == 0;
    Py_DECREF(number);
    if (!set) return false;
  }
  return true;
}

bool RecycledRow::Make(Slot& slot) {
  Py_CLEAR(slot.result);
  slot.arrays.assign(columns_.size(), {});
  if (form_ != Form::kArray && !(slot.result = PyDict_New())) return false;
  for (size_t k = 0; k < columns_.size(); ++k) {
    const ColumnView& column = columns_[k];
    PyObject* value = IsNumber(column) ? column.RowNumber(0) : column.CopyRow(0);
    if (value && !IsNumber(column)) {
      const PyArrayObject_fields& fields = FieldsOf(value);
      slot.arrays[k] = {value, fields.data, fields.descr, fields.flags};
    }
    if (value && form_ == Form::kArray) {
      slot.result = value;
      return true;
    }
    const bool set = value && PyDict_SetItem(slot.result, column.name(), value) == 0;
    Py_XDECREF(value);
    if (!set) {
      Py_CLEAR(slot.result);
      return false;
    }
  }
  return true;
}

}  // namespace flyball
