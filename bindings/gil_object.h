// GilObject: a Python object that C++ code may hold and let go of on any thread.
#ifndef FLYBALL_BINDINGS_GIL_OBJECT_H_
#define FLYBALL_BINDINGS_GIL_OBJECT_H_

#include <pybind11/pybind11.h>

#include <memory>
#include <utility>

namespace flyball {

class GilObject {
 public:
  // With the GIL held.
  explicit GilObject(pybind11::object object)
      : object_(new pybind11::object(std::move(object)), [](pybind11::object* held) {
          const pybind11::gil_scoped_acquire acquire;
          delete held;
        }) {}
  const pybind11::object& operator*() const { return *object_; }
  const pybind11::object* operator->() const { return object_.get(); }

 private:
  std::shared_ptr<pybind11::object> object_;
};

}  // namespace flyball

#endif  // FLYBALL_BINDINGS_GIL_OBJECT_H_
