#include "bindings/action_reader.h"

#include <pybind11/pybind11.h>

#include <cstring>
#include <string>
#include <vector>

#include "physics/numeric/error.h"

namespace py = pybind11;

namespace flyball {
namespace {

std::string ShapeText(int dimensions, const npy_intp* shape) {
  std::string text = "(";
  for (int i = 0; i < dimensions; ++i) {
    text += std::to_string(shape[i]);
    if (dimensions == 1 || i + 1 < dimensions) text += i + 1 < dimensions ? ", " : ",";
  }
  return text + ")";
}

}  // namespace

ActionReader::ActionReader(const EnvSpec& spec, Column& action)
    : spec_(spec), view_(action), is_index_(spec.action.kind != ActionSpec::Kind::kBox) {}

void ActionReader::Copy(PyObject* array, int row, int num_rows) {
  std::memcpy(view_.column().row(row), PyArray_DATA(reinterpret_cast<PyArrayObject*>(array)),
              view_.column().row_bytes() * num_rows);
}

void ActionReader::ReadRowSlowly(PyObject* action, int row) {
  // A Python integer for a Discrete action needs no array.
  if (spec_.action.kind == ActionSpec::Kind::kDiscrete && PyLong_CheckExact(action)) {
    int overflow = 0;
    const int64_t index = PyLong_AsLongLongAndOverflow(action, &overflow);
    *reinterpret_cast<int64_t*>(view_.column().row(row)) = overflow ? -1 : index;
    return;
  }
  Convert(action, row, 1, view_.row_dimensions(), view_.row_shape());
}

void ActionReader::ReadRows(PyObject* actions, int begin, int end) {
  std::vector<npy_intp> shape = {end - begin};
  shape.insert(shape.end(), view_.row_shape(), view_.row_shape() + view_.row_dimensions());
  const int dimensions = static_cast<int>(shape.size());
  if (IsExact(actions, dimensions, shape.data())) {
    // The column itself may be what is given.
    if (PyArray_DATA(reinterpret_cast<PyArrayObject*>(actions)) != view_.column().row(begin)) {
      Copy(actions, begin, end - begin);
    }
    return;
  }
  Convert(actions, begin, end - begin, dimensions, shape.data());
}

void ActionReader::Convert(PyObject* object, int row, int num_rows, int dimensions,
                           const npy_intp* shape) {
  const auto refuse = [&](const std::string& why) {
    throw InputError(spec_.id + ": action " + why + "; an array of shape " +
                     ShapeText(dimensions, shape) + " and dtype " +
                     std::string(NameOf(spec_.action.field.dtype)) + " is needed");
  };
  const py::object array = py::reinterpret_steal<py::object>(
      PyArray_FromAny(object, nullptr, 0, 0, NPY_ARRAY_CARRAY_RO, nullptr));
  if (!array) {
    PyErr_Clear();
    refuse("cannot be made an array");
  }
  auto* given = reinterpret_cast<PyArrayObject*>(array.ptr());
  const int type = PyArray_TYPE(given);
  const bool fits =
      is_index_ ? PyTypeNum_ISINTEGER(type) : PyTypeNum_ISINTEGER(type) || PyTypeNum_ISFLOAT(type);
  if (!fits) {
    refuse("has dtype " +
           py::str(reinterpret_cast<PyObject*>(PyArray_DESCR(given))).cast<std::string>());
  }
  if (PyArray_NDIM(given) != dimensions ||
      !std::equal(shape, shape + dimensions, PyArray_DIMS(given))) {
    refuse("has shape " + ShapeText(PyArray_NDIM(given), PyArray_DIMS(given)));
  }
  const py::object cast = py::reinterpret_steal<py::object>(PyArray_FromArray(
      given, PyArray_DescrFromType(view_.type()), NPY_ARRAY_CARRAY_RO | NPY_ARRAY_FORCECAST));
  if (!cast) throw py::error_already_set();
  Copy(cast.ptr(), row, num_rows);
}

}  // namespace flyball
