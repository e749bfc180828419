// flyball._core: the C++ core in Python. It is generic: environments come from the registry, and
// none is named here.
#define FLYBALL_IMPORTS_NUMPY
#include "bindings/bind.h"
#include "bindings/errors.h"
#include "bindings/numpy_api.h"
#include "bindings/python_batch.h"
#include "bindings/stepper.h"

PYBIND11_MODULE(_core, module) {
  if (_import_array() < 0) throw pybind11::error_already_set();
  module.doc() = "The C++ core of flyball.";
  flyball::BindErrors(module);
  flyball::BindRegistry(module);
  flyball::BindVectorEnv(module);
  flyball::BindRowStepper(module);
  flyball::BindBatchStepper(module);
  flyball::BindPolicy(module);
  flyball::BindWorlds(module);
  flyball::BindTasks(module);
  flyball::BindDataset(module);
  flyball::BindViewer(module);
}
