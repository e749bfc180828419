#include "envs/core/registry.h"

#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "bindings/bind.h"
#include "bindings/c/flyball.h"
#include "bindings/convert.h"
#include "envs/core/goals.h"
#include "envs/core/wrappers/chain.h"
#include "physics/numeric/assets.h"
#include "physics/numeric/error.h"

namespace py = pybind11;

namespace flyball {
namespace {

using Doubles = py::array_t<double, py::array::c_style | py::array::forcecast>;

// Throws InputError naming the first number that is not finite.
void CheckFinite(const std::string& what, const Doubles& goals) {
  for (py::ssize_t at = 0; at < goals.size(); ++at) {
    const double value = goals.data()[at];
    if (std::isfinite(value)) continue;
    throw InputError(what + ", row " + std::to_string(at / goals.shape(1)) + ", component " +
                     std::to_string(at % goals.shape(1)) + " is " + Value(value).ToJson() +
                     "; finite numbers are needed");
  }
}

// What a function of goals says of batches of them: (B, goal size) each.
py::array_t<double> OfGoals(const EndsOfGoals& function, const char* name, const std::string& id,
                            const py::dict& options, const Doubles& achieved,
                            const Doubles& desired) {
  if (!function) throw InputError(id + ": has no " + name + "; it is not conditioned on goals");
  if (achieved.ndim() != 2 || desired.ndim() != 2 || achieved.shape(0) != desired.shape(0) ||
      achieved.shape(1) != desired.shape(1)) {
    throw InputError(id + ", " + name + ": achieved and desired goals differ in shape");
  }
  CheckFinite(id + ", " + name + ": achieved goals", achieved);
  CheckFinite(id + ", " + name + ": desired goals", desired);
  py::array_t<double> out(achieved.shape(0));
  const size_t count = achieved.size();
  function(ResolveSpec(id, ToOptions(options)), {achieved.data(), count}, {desired.data(), count},
           {out.mutable_data(), static_cast<size_t>(out.size())});
  return out;
}

py::array_t<double> ComputeReward(const std::string& id, const py::dict& options,
                                  const Doubles& achieved, const Doubles& desired) {
  return OfGoals(FindRegistration(id).compute_reward, "compute_reward", id, options, achieved,
                 desired);
}

py::array_t<double> ComputeTerminated(const std::string& id, const py::dict& options,
                                      const Doubles& achieved, const Doubles& desired) {
  return OfGoals(FindEndsOfGoals(FindRegistration(id).id), "compute_terminated", id, options,
                 achieved, desired);
}

Doubles Array(const std::vector<double>& values, std::vector<py::ssize_t> shape) {
  Doubles array(std::move(shape));
  std::copy(values.begin(), values.end(), array.mutable_data());
  return array;
}

// The constant arrays of a plant by name.
py::dict Plant(const std::string& id, const py::dict& options) {
  const EnvSpec spec = ResolveSpec(id, ToOptions(options));
  const Registration& registration = FindRegistration(id);
  if (!registration.plant) throw InputError(id + ": has no arrays of a plant to give");
  py::dict dict;
  for (const NamedArray& array : registration.plant(spec)) {
    dict[py::str(array.name)] = Array(array.values, {array.shape.begin(), array.shape.end()});
  }
  return dict;
}

// The gradient of a rollout; weights of no numbers are the defaults.
py::dict Gradient(const std::string& id, const py::dict& options, const Doubles& state,
                  const Doubles& actions, const Doubles& reward_weights,
                  const Doubles& state_weights) {
  const EnvSpec spec = ResolveSpec(id, ToOptions(options));
  const auto span = [](const Doubles& array) {
    return std::span<const double>(array.data(), static_cast<size_t>(array.size()));
  };
  const Rollout rollout{span(state), span(actions), span(reward_weights), span(state_weights)};
  RolloutGradient gradient;
  {
    const py::gil_scoped_release release;
    gradient = DifferentiateRollout(spec, rollout);
  }
  const py::ssize_t n = spec.state_size(), m = spec.action_size();
  const py::ssize_t steps = static_cast<py::ssize_t>(gradient.rewards.size());
  py::dict dict;
  dict["value"] = gradient.value;
  dict["rewards"] = Array(gradient.rewards, {steps});
  dict["states"] = Array(gradient.states, {steps + 1, n});
  dict["by_state"] = Array(gradient.by_state, {n});
  dict["by_actions"] = Array(gradient.by_actions, {steps, m});
  return dict;
}

}  // namespace

void BindRegistry(py::module_& module) {
  module.def("list_envs", &ListEnvs);
  module.def("registration", [](const std::string& id) { return ToPython(FindRegistration(id)); });
  module.def("resolve_spec", [](const std::string& id, const py::dict& options) {
    return ToPython(ResolveSpec(id, ToOptions(options)));
  });
  module.def("wrapper_types", [] {
    py::list types;
    for (const WrapperType& type : WrapperTypes()) {
      py::list options;
      for (const Option& option : type.options) options.append(ToPython(option));
      py::dict dict;
      dict["name"] = type.name;
      dict["doc"] = type.doc;
      dict["options"] = options;
      types.append(dict);
    }
    return types;
  });
  module.def("load", &LoadPlugin);
  // Without the rest of each registration: read at import, for every id.
  module.def("max_episode_steps",
             [](const std::string& id) { return FindRegistration(id).max_episode_steps; });
  module.def("assets_folder", &AssetsFolder);
  module.def("library_path", [] { return std::string(flyball_library_path()); });
  module.def("compute_reward", &ComputeReward);
  module.def("plant", &Plant);
  module.def("rollout_gradient", &Gradient);
  module.def("compute_terminated", &ComputeTerminated);
  module.def("unknown_name",
             [](const std::string& what, const std::string& name,
                const std::vector<std::string>& known) { return UnknownName(what, name, known); });
}

}  // namespace flyball
