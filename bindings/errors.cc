#include "bindings/errors.h"

#include <exception>

#include "physics/numeric/error.h"

namespace py = pybind11;

namespace flyball {
namespace {

// Types live as long as the interpreter.
PyObject* error_type = nullptr;
PyObject* input_error_type = nullptr;
PyObject* data_error_type = nullptr;
PyObject* physics_error_type = nullptr;

PyObject* NewType(py::module_& module, const char* name, const char* doc, PyObject* builtin) {
  py::list bases;
  if (error_type) bases.append(py::handle(error_type));
  bases.append(py::handle(builtin));
  const std::string full_name = std::string("flyball.") + name;
  PyObject* type =
      PyErr_NewExceptionWithDoc(full_name.c_str(), doc, py::tuple(bases).ptr(), nullptr);
  if (!type) throw py::error_already_set();
  module.add_object(name, type);
  return type;
}

}  // namespace

void SetPythonError() noexcept {
  try {
    throw;
  } catch (py::error_already_set& error) {
    error.restore();
  } catch (const py::builtin_exception& error) {
    error.set_error();
  } catch (const InputError& error) {
    PyErr_SetString(input_error_type, error.what());
  } catch (const DataError& error) {
    PyErr_SetString(data_error_type, error.what());
  } catch (const PhysicsError& error) {
    PyErr_SetString(physics_error_type, error.what());
  } catch (const Error& error) {
    PyErr_SetString(error_type, error.what());
  } catch (const std::bad_alloc&) {
    PyErr_NoMemory();
  } catch (const std::exception& error) {
    PyErr_SetString(PyExc_RuntimeError, error.what());
  } catch (...) {
    PyErr_SetString(PyExc_SystemError, "unknown C++ exception");
  }
}

void BindErrors(py::module_& module) {
  error_type = NewType(module, "Error", "Base of flyball's exceptions.", PyExc_Exception);
  input_error_type = NewType(module, "InputError",
                             "The caller's input is wrong: an option, an action, a forced state.",
                             PyExc_ValueError);
  data_error_type =
      NewType(module, "DataError",
              "A file or snapshot is broken, of another version, or unreadable.", PyExc_OSError);
  physics_error_type =
      NewType(module, "PhysicsError", "A physics engine could not go on.", PyExc_RuntimeError);
  py::register_exception_translator([](std::exception_ptr pointer) {
    try {
      std::rethrow_exception(pointer);
    } catch (const Error&) {
      SetPythonError();
    }
  });
}

}  // namespace flyball
