// The exceptions of flyball as Python sees them: flyball.InputError is a ValueError, DataError an
// OSError, PhysicsError a RuntimeError; all are flyball.Error.
#ifndef FLYBALL_BINDINGS_ERRORS_H_
#define FLYBALL_BINDINGS_ERRORS_H_

#include <pybind11/pybind11.h>

namespace flyball {

void BindErrors(pybind11::module_& module);

// Inside a catch block of code that Python calls without pybind11: sets the Python error that the
// exception in flight stands for.
void SetPythonError() noexcept;

}  // namespace flyball

#endif  // FLYBALL_BINDINGS_ERRORS_H_
