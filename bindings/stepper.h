// The two C types below flyball.Env and flyball.VectorEnv. They hold what a step touches, so that
// `env.step` goes straight from the interpreter to VectorEnv::Step and back, without pybind11.
#ifndef FLYBALL_BINDINGS_STEPPER_H_
#define FLYBALL_BINDINGS_STEPPER_H_

#include <pybind11/pybind11.h>

namespace flyball {

// RowStepper: step(action) -> (observation, reward, terminated, truncated, info) of row 0.
void BindRowStepper(pybind11::module_& module);
// BatchStepper: step(actions), send(actions, group), recv(group) on all rows.
void BindBatchStepper(pybind11::module_& module);

// A new heap type whose instances hold one T: {PyObject_HEAD; T value;} with value.owner, the
// Python object that is kept alive. Shared by the two.
template <class T>
struct Holder {
  PyObject_HEAD PyObject* owner;  // the _core.VectorEnv, or null before attach and after detach
  T* value;                       // null likewise

  static Holder* Of(PyObject* self) { return reinterpret_cast<Holder*>(self); }

  // Takes the place of what was held; both null: detach.
  static void Set(PyObject* self, PyObject* owner, T* value) {
    Holder* holder = Of(self);
    T* old_value = holder->value;
    PyObject* old_owner = holder->owner;
    Py_XINCREF(owner);
    holder->owner = owner;
    holder->value = value;
    delete old_value;
    Py_XDECREF(old_owner);
  }

  static int Traverse(PyObject* self, visitproc visit, void* arg) {
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(Of(self)->owner);
    if constexpr (requires(const T& held) { held.Traverse(visit, arg); }) {
      if (Of(self)->value) return Of(self)->value->Traverse(visit, arg);
    }
    return 0;
  }
  static int Clear(PyObject* self) {
    Set(self, nullptr, nullptr);
    return 0;
  }
  static void Dealloc(PyObject* self) {
    PyTypeObject* type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    Set(self, nullptr, nullptr);
    type->tp_free(self);
    Py_DECREF(type);
  }

  // Adds the type to the module.
  static void Bind(pybind11::module_& module, const char* name, const char* doc,
                   PyMethodDef* methods) {
    PyType_Slot slots[] = {{Py_tp_new, reinterpret_cast<void*>(PyType_GenericNew)},
                           {Py_tp_dealloc, reinterpret_cast<void*>(Dealloc)},
                           {Py_tp_traverse, reinterpret_cast<void*>(Traverse)},
                           {Py_tp_clear, reinterpret_cast<void*>(Clear)},
                           {Py_tp_methods, methods},
                           {Py_tp_doc, const_cast<char*>(doc)},
                           {0, nullptr}};
    const std::string full_name = std::string("flyball._core.") + name;
    PyType_Spec spec = {full_name.c_str(), sizeof(Holder), 0,
                        Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC, slots};
    PyObject* type = PyType_FromSpec(&spec);
    if (!type) throw pybind11::error_already_set();
    module.add_object(name, pybind11::reinterpret_steal<pybind11::object>(type));
  }
};

}  // namespace flyball

#endif  // FLYBALL_BINDINGS_STEPPER_H_
