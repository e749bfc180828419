// BatchStepper: all rows' step, as copies (the default) or as views of the columns.
#include <cstring>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "bindings/action_reader.h"
#include "bindings/column_view.h"
#include "bindings/errors.h"
#include "bindings/gil.h"
#include "bindings/stepper.h"
#include "envs/core/vector_env.h"
#include "physics/numeric/error.h"

namespace py = pybind11;

namespace flyball {
namespace {

py::object Steal(PyObject* object) {
  if (!object) throw py::error_already_set();
  return py::reinterpret_steal<py::object>(object);
}

void SetItem(PyObject* dict, PyObject* key, const py::object& value) {
  if (PyDict_SetItem(dict, key, value.ptr()) < 0) throw py::error_already_set();
}

class BatchView {
 public:
  BatchView(VectorEnv& vector_env, PyObject* owner, bool copies)
      : env(vector_env), action(env.spec(), env.columns().action), owner_(owner), copies_(copies),
        observation_(ViewColumns(env.columns().observation)),
        info_(ViewColumns(env.columns().info)),
        final_observation_(ViewColumns(env.columns().final_observation)),
        final_info_(ViewColumns(env.columns().final_info)), reward_(env.columns().reward),
        terminated_(env.columns().terminated), truncated_(env.columns().truncated) {}

  py::object Observation(int begin, int end) {
    if (observation_.size() == 1) return Rows(observation_[0], begin, end);
    py::object dict = Steal(PyDict_New());
    for (const ColumnView& column : observation_) {
      SetItem(dict.ptr(), column.name(), Rows(column, begin, end));
    }
    return dict;
  }

  // Each column with its mask of rows that have it: `mask` ((end - begin) bytes), or all.
  py::object Info(int begin, int end, const uint8_t* mask) {
    py::object dict = Steal(PyDict_New());
    for (const ColumnView& column : info_) {
      SetItem(dict.ptr(), column.name(), Rows(column, begin, end));
      SetItem(dict.ptr(), column.mask_name(),
              mask ? Mask(end - begin, mask) : AllRows(end - begin));
    }
    return dict;
  }

  // What Gymnasium's SAME_STEP mode adds where episodes ended.
  void AddFinal(const py::object& infos, int begin, int end) {
    const uint8_t* ended = env.columns().ended.as<uint8_t>();
    if (env.settings().autoreset != Autoreset::kSameStep ||
        !std::memchr(ended + begin, 1, end - begin)) {
      return;
    }
    const int count = end - begin;
    npy_intp shape[] = {count};
    const py::object observations = Steal(PyArray_SimpleNew(1, shape, NPY_OBJECT));
    auto** slots =
        static_cast<PyObject**>(PyArray_DATA(reinterpret_cast<PyArrayObject*>(observations.ptr())));
    for (int i = 0; i < count; ++i) {
      const int row = begin + i;
      py::object value = py::none();
      if (ended[row]) {
        value = Steal(final_observation_.size() == 1 ? final_observation_[0].CopyRow(row)
                                                     : RowDict(final_observation_, row, false));
      }
      PyObject* old = std::exchange(slots[i], value.release().ptr());
      Py_XDECREF(old);
    }
    py::dict final_infos;
    for (const ColumnView& column : final_info_) {
      const py::object values = Steal(column.CopyRows(begin, end));
      // Rows that did not end show zero.
      auto* data = static_cast<char*>(PyArray_DATA(reinterpret_cast<PyArrayObject*>(values.ptr())));
      const size_t bytes = column.column().row_bytes();
      for (int i = 0; i < count; ++i) {
        if (!ended[begin + i]) std::memset(data + bytes * i, 0, bytes);
      }
      SetItem(final_infos.ptr(), column.name(), values);
      SetItem(final_infos.ptr(), column.mask_name(), Mask(count, ended + begin));
    }
    infos["final_obs"] = observations;
    infos["_final_obs"] = Mask(count, ended + begin);
    infos["final_info"] = final_infos;
    infos["_final_info"] = Mask(count, ended + begin);
  }

  py::object Results(int begin, int end) {
    const py::object infos = Info(begin, end, nullptr);
    AddFinal(infos, begin, end);
    return py::make_tuple(Observation(begin, end), Rows(reward_, begin, end),
                          Rows(terminated_, begin, end), Rows(truncated_, begin, end), infos);
  }

  VectorEnv& env;
  ActionReader action;
  StepGate gate;
  bool busy = false;  // a thread is inside Step or Recv

 private:
  py::object Rows(const ColumnView& column, int begin, int end) {
    if (copies_) return Steal(column.CopyRows(begin, end));
    py::object& view = views_[{&column, begin, end}];
    if (!view) view = Steal(column.ViewRows(begin, end, owner_));
    return view;
  }

  // A mask of all rows; where arrays are not copied, one that is made once.
  py::object AllRows(int count) {
    if (copies_) return Mask(count, nullptr);
    py::object& mask = all_rows_[count];
    if (!mask) mask = Mask(count, nullptr);
    return mask;
  }
  static py::object Mask(int count, const uint8_t* mask) {
    npy_intp shape[] = {count};
    py::object array = Steal(PyArray_SimpleNew(1, shape, NPY_BOOL));
    void* data = PyArray_DATA(reinterpret_cast<PyArrayObject*>(array.ptr()));
    if (mask) {
      std::memcpy(data, mask, count);
    } else {
      std::memset(data, 1, count);
    }
    return array;
  }

  PyObject* owner_;  // borrowed from the holder
  bool copies_;
  std::vector<ColumnView> observation_, info_, final_observation_, final_info_;
  ColumnView reward_, terminated_, truncated_;
  std::map<std::tuple<const ColumnView*, int, int>, py::object> views_;  // of copy=False
  std::map<int, py::object> all_rows_;  // likewise, by their number
};

using BatchStepper = Holder<BatchView>;

// Checks that there is something to step and nobody else steps it, then does `work(view)`, whose
// exceptions become Python's.
template <class Work>
PyObject* Guard(PyObject* self, const Work& work) {
  BatchView* view = BatchStepper::Of(self)->value;
  if (!view || view->busy) {
    PyErr_SetString(PyExc_RuntimeError, view ? "another thread is stepping this environment"
                                             : "the environment is closed");
    return nullptr;
  }
  struct Busy {
    bool& flag;
    explicit Busy(bool& f) : flag(f) { flag = true; }
    ~Busy() { flag = false; }
  } busy(view->busy);
  try {
    return work(*view).release().ptr();
  } catch (...) {
    SetPythonError();
    return nullptr;
  }
}

PyObject* Attach(PyObject* self, PyObject* const* args, Py_ssize_t count) {
  if (count != 2) {
    PyErr_SetString(PyExc_TypeError, "_attach(core, copy)");
    return nullptr;
  }
  try {
    VectorEnv& env = *py::cast<VectorEnv*>(py::handle(args[0]));
    BatchStepper::Set(self, args[0], new BatchView(env, args[0], args[1] == Py_True));
  } catch (...) {
    SetPythonError();
    return nullptr;
  }
  Py_RETURN_NONE;
}

PyObject* Detach(PyObject* self, PyObject*) {
  BatchView* view = BatchStepper::Of(self)->value;
  if (view && view->busy) {
    PyErr_SetString(PyExc_RuntimeError, "another thread is stepping this environment");
    return nullptr;
  }
  BatchStepper::Set(self, nullptr, nullptr);
  Py_RETURN_NONE;
}

PyObject* Outputs(PyObject* self, PyObject* mask) {
  return Guard(self, [&](BatchView& view) -> py::object {
    const int rows = view.env.num_envs();
    const uint8_t* bytes = nullptr;
    if (mask != Py_None) {
      bytes = static_cast<const uint8_t*>(PyArray_DATA(reinterpret_cast<PyArrayObject*>(mask)));
    }
    return py::make_tuple(view.Observation(0, rows), view.Info(0, rows, bytes));
  });
}

PyObject* Step(PyObject* self, PyObject* actions) {
  return Guard(self, [&](BatchView& view) {
    view.action.ReadRows(actions, 0, view.env.num_envs());
    view.gate.Run([&view] { view.env.Step(); });
    return view.Results(0, view.env.num_envs());
  });
}

// The group argument of send and recv.
int ToGroup(PyObject* object) {
  const long group = PyLong_AsLong(object);
  if (group == -1 && PyErr_Occurred()) throw py::error_already_set();
  return static_cast<int>(group);
}

PyObject* Send(PyObject* self, PyObject* const* args, Py_ssize_t count) {
  if (count != 1 && count != 2) {
    PyErr_SetString(PyExc_TypeError, "send(actions, group=0)");
    return nullptr;
  }
  return Guard(self, [&](BatchView& view) -> py::object {
    const int group = count == 2 ? ToGroup(args[1]) : 0;
    const auto [begin, end] = view.env.GroupRows(group);
    view.action.ReadRows(args[0], begin, end);
    StepGate::RunReleased([&] { view.env.Send(group); });
    return py::none();
  });
}

PyObject* Recv(PyObject* self, PyObject* const* args, Py_ssize_t count) {
  if (count > 1) {
    PyErr_SetString(PyExc_TypeError, "recv(group=0)");
    return nullptr;
  }
  return Guard(self, [&](BatchView& view) {
    const int group = count == 1 ? ToGroup(args[0]) : 0;
    const auto [begin, end] = view.env.GroupRows(group);
    StepGate::RunReleased([&] { view.env.Recv(group); });
    return view.Results(begin, end);
  });
}

template <class F>
PyCFunction AsFunction(F* function) {
  return reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(function));
}

PyMethodDef kMethods[] = {
    {"step", Step, METH_O,
     "step($self, actions, /)\n--\n\n"
     "Step every row: (observations, rewards, terminations, truncations, infos)."},
    {"send", AsFunction(Send), METH_FASTCALL,
     "send(actions, group=0)\n\nStart a step of one group of rows."},
    {"recv", AsFunction(Recv), METH_FASTCALL,
     "recv(group=0)\n\nWait for a group that was sent; its rows' results, as step gives them."},
    {"_attach", AsFunction(Attach), METH_FASTCALL, "_attach(core, copy)"},
    {"_detach", Detach, METH_NOARGS, "Lets go of it."},
    {"_outputs", Outputs, METH_O, "(observations, infos) as they stand; mask of rows, or None."},
    {nullptr, nullptr, 0, nullptr}};

}  // namespace

void BindBatchStepper(py::module_& module) {
  BatchStepper::Bind(module, "BatchStepper", "Steps all rows of a VectorEnv.", kMethods);
}

}  // namespace flyball
