#include "envs/core/registry.h"

#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include "bindings/bind.h"
#include "bindings/convert.h"
#include "physics/numeric/error.h"

namespace py = pybind11;

namespace flyball {
namespace {

using Doubles = py::array_t<double, py::array::c_style | py::array::forcecast>;

// Rewards of batches of goals: (B, goal size) each.
py::array_t<double> ComputeReward(const std::string& id, const py::dict& options,
                                  const Doubles& achieved, const Doubles& desired) {
  const Registration& registration = FindRegistration(id);
  if (!registration.compute_reward) {
    throw InputError(id + ": has no compute_reward; it is not conditioned on goals");
  }
  if (achieved.ndim() != 2 || desired.ndim() != 2 || achieved.shape(0) != desired.shape(0) ||
      achieved.shape(1) != desired.shape(1)) {
    throw InputError(id + ", compute_reward: achieved and desired goals differ in shape");
  }
  py::array_t<double> rewards(achieved.shape(0));
  const size_t count = achieved.size();
  registration.compute_reward(ResolveSpec(id, ToOptions(options)), {achieved.data(), count},
                              {desired.data(), count},
                              {rewards.mutable_data(), static_cast<size_t>(rewards.size())});
  return rewards;
}

}  // namespace

void BindRegistry(py::module_& module) {
  module.def("list_envs", &ListEnvs);
  module.def("registration", [](const std::string& id) { return ToPython(FindRegistration(id)); });
  module.def("resolve_spec", [](const std::string& id, const py::dict& options) {
    return ToPython(ResolveSpec(id, ToOptions(options)));
  });
  module.def("load", &LoadPlugin);
  module.def("compute_reward", &ComputeReward);
  module.def("unknown_name",
             [](const std::string& what, const std::string& name,
                const std::vector<std::string>& known) { return UnknownName(what, name, known); });
}

}  // namespace flyball
