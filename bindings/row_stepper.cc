// RowStepper: one environment's step, as short as it can be made.
#include <string>
#include <vector>

#include "bindings/action_reader.h"
#include "bindings/column_view.h"
#include "bindings/errors.h"
#include "bindings/gil.h"
#include "bindings/recycled_row.h"
#include "bindings/stepper.h"
#include "envs/core/vector_env.h"
#include "physics/numeric/error.h"

namespace py = pybind11;

namespace flyball {
namespace {

struct RowView {
  explicit RowView(VectorEnv& vector_env)
      : env(vector_env), action(env.spec(), env.columns().action),
        observation(env.columns().observation, env.columns().observation.size() == 1
                                                   ? RecycledRow::Form::kArray
                                                   : RecycledRow::Form::kArrays),
        info(env.columns().info, RecycledRow::Form::kNumbers) {}

  int Traverse(visitproc visit, void* arg) const {
    const int result = observation.Traverse(visit, arg);
    return result ? result : info.Traverse(visit, arg);
  }

  VectorEnv& env;
  ActionReader action;
  RecycledRow observation, info;
  StepGate gate;
  bool busy = false;  // a thread is inside Step
};

using RowStepper = Holder<RowView>;

// The view to work with; null, with the Python error set, where there is none.
RowView* ViewOf(PyObject* self) {
  RowView* view = RowStepper::Of(self)->value;
  if (!view) {
    PyErr_SetString(PyExc_RuntimeError, "the environment is closed");
  } else if (view->busy) {
    PyErr_SetString(PyExc_RuntimeError, "another thread is stepping this environment");
    return nullptr;
  }
  return view;
}

PyObject* Attach(PyObject* self, PyObject* owner) {
  try {
    VectorEnv& env = *py::cast<VectorEnv*>(py::handle(owner));
    RowStepper::Set(self, owner, new RowView(env));
  } catch (...) {
    SetPythonError();
    return nullptr;
  }
  Py_RETURN_NONE;
}

PyObject* Detach(PyObject* self, PyObject*) {
  if (RowStepper::Of(self)->value && !ViewOf(self)) return nullptr;
  RowStepper::Set(self, nullptr, nullptr);
  Py_RETURN_NONE;
}

// While a step or a reset runs, other threads may see the view.
struct Busy {
  bool& flag;
  explicit Busy(bool& f) : flag(f) { flag = true; }
  ~Busy() { flag = false; }
};

// (observation, info) as they stand, after a reset or a restore.
PyObject* Outputs(PyObject* self, PyObject*) {
  RowView* view = ViewOf(self);
  if (!view) return nullptr;
  PyObject* observation = view->observation.Take();
  PyObject* info = observation ? view->info.Take() : nullptr;
  PyObject* result = info ? PyTuple_Pack(2, observation, info) : nullptr;
  Py_XDECREF(observation);
  Py_XDECREF(info);
  return result;
}

// The next episode, nothing forced: many tasks end within few steps.
PyObject* Restart(PyObject* self, PyObject*) {
  RowView* view = ViewOf(self);
  if (!view) return nullptr;
  try {
    const Busy busy(view->busy);
    const py::gil_scoped_release release;
    view->env.Reset();
  } catch (...) {
    SetPythonError();
    return nullptr;
  }
  return Outputs(self, nullptr);
}

PyObject* Step(PyObject* self, PyObject* action) {
  RowView* view = ViewOf(self);
  if (!view) return nullptr;
  VectorEnv& env = view->env;
  try {
    view->action.ReadRow(action, 0);
    const Busy busy(view->busy);
    view->gate.Run([&env] { env.Step(); });
  } catch (...) {
    SetPythonError();
    return nullptr;
  }

  PyObject* result = PyTuple_New(5);
  if (!result) return nullptr;
  const Columns& columns = env.columns();
  PyObject* items[] = {view->observation.Take(), PyFloat_FromDouble(*columns.reward.as<double>()),
                       PyBool_FromLong(*columns.terminated.as<uint8_t>()),
                       PyBool_FromLong(*columns.truncated.as<uint8_t>()), view->info.Take()};
  bool good = true;
  for (int i = 0; i < 5; ++i) {
    good = good && items[i];
    PyTuple_SET_ITEM(result, i, items[i]);
  }
  if (good) return result;
  Py_DECREF(result);
  return nullptr;
}

PyMethodDef kMethods[] = {{"step", Step, METH_O,
                           "step($self, action, /)\n--\n\n"
                           "One control step: (observation, reward, terminated, truncated, info)."},
                          {"_attach", Attach, METH_O, "Works on this _core.VectorEnv from now on."},
                          {"_detach", Detach, METH_NOARGS, "Lets go of it."},
                          {"_outputs", Outputs, METH_NOARGS, "(observation, info) as they stand."},
                          {"_restart", Restart, METH_NOARGS,
                           "Starts the next episode, nothing forced: (observation, info)."},
                          {nullptr, nullptr, 0, nullptr}};

}  // namespace

void BindRowStepper(py::module_& module) {
  RowStepper::Bind(module, "RowStepper", "Steps the one row of a VectorEnv.", kMethods);
}

}  // namespace flyball
