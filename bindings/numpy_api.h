// numpy's C API, shared by the files of the extension; module.cc imports it.
#ifndef FLYBALL_BINDINGS_NUMPY_API_H_
#define FLYBALL_BINDINGS_NUMPY_API_H_

#include <Python.h>

#define NPY_NO_DEPRECATED_API NPY_1_7_API_VERSION
#define NPY_TARGET_VERSION NPY_1_23_API_VERSION
#define PY_ARRAY_UNIQUE_SYMBOL flyball_numpy_api
#ifndef FLYBALL_IMPORTS_NUMPY
#define NO_IMPORT_ARRAY
#endif
#include <numpy/arrayobject.h>

#endif  // FLYBALL_BINDINGS_NUMPY_API_H_
