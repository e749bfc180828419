#include "envs/core/policy.h"

#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "bindings/bind.h"
#include "bindings/convert.h"
#include "envs/core/vector_env.h"
#include "envs/dataset/behaviour.h"
#include "envs/dataset/file.h"
#include "physics/numeric/error.h"
#include "physics/numeric/onnx.h"
#include "physics/numeric/random.h"

namespace py = pybind11;

namespace flyball {
namespace {

using Doubles = py::array_t<double, py::array::c_style | py::array::forcecast>;

// A policy together with the environment whose states and clocks it reads.
class PolicyOnEnv {
 public:
  PolicyOnEnv(const std::string& name, VectorEnv& env, const py::dict& options)
      : env_(env),
        policy_(dataset::MakeEntryPolicy(
            dataset::PolicyEntry{.policy = name, .options = ToOptions(options)}.Resolve(env.spec()),
            env.spec())),
        state_(env.spec().state_size()) {
    policy_->Resize(env.num_envs());
  }

  // Actions (N, action size) as doubles for observations (N, observation size).
  py::array_t<double> Act(const Doubles& observations) {
    const py::ssize_t rows = env_.num_envs();
    const py::ssize_t size = env_.spec().observation_size();
    if (observations.ndim() != 2 || observations.shape(0) != rows ||
        observations.shape(1) != size) {
      throw InputError(env_.spec().id + ", policy: observations of " + std::to_string(rows) +
                       " rows of " + std::to_string(size) + " numbers are needed");
    }
    const py::ssize_t action_size = env_.spec().action_size();
    py::array_t<double> actions({rows, action_size});
    const double* from = observations.data();
    // Where wrappers change the layout, baselines are shown what stands before them.
    const bool as_given = env_.policy_observation().data() == env_.columns().observation.data();
    double* to = actions.mutable_data();
    const py::gil_scoped_release release;
    for (py::ssize_t row = 0; row < rows; ++row) {
      env_.ReadState(static_cast<int>(row), state_);
      const RowClock& clock = env_.clocks()[row];
      if (!as_given) ReadObservation(static_cast<int>(row));
      const PolicyInput input{.observation = as_given ? std::span(from + row * size, size)
                                                      : std::span<const double>(observation_),
                              .state = state_,
                              .seed = clock.seed,
                              .episode = clock.episode,
                              .step = clock.step};
      policy_->Act(static_cast<int>(row), input,
                   {to + row * action_size, static_cast<size_t>(action_size)});
    }
    return actions;
  }

 private:
  void ReadObservation(int row) {
    size_t at = 0;
    for (const Column& column : env_.policy_observation()) {
      const size_t size = column.field().size();
      observation_.resize(std::max(observation_.size(), at + size));
      column.ReadRow(row, std::span(observation_).subspan(at, size));
      at += size;
    }
  }

  VectorEnv& env_;
  std::unique_ptr<Policy> policy_;
  std::vector<double> observation_;
  std::vector<double> state_;
};

// `size` draws in C order, or one number for None.
template <class Draw>
py::object Fill(const py::object& size, const Draw& draw) {
  using T = decltype(draw());
  if (size.is_none()) return py::cast(draw());
  std::vector<py::ssize_t> shape;
  if (py::isinstance<py::int_>(size)) {
    shape = {size.cast<py::ssize_t>()};
  } else {
    shape = size.cast<std::vector<py::ssize_t>>();
  }
  py::array_t<T> array(shape);
  for (T* out = array.mutable_data(); out < array.data() + array.size(); ++out) *out = draw();
  return array;
}

// A whole number from 0 to `most`.
uint64_t ToWhole(const char* name, const py::object& object, uint64_t most) {
  const auto number = py::reinterpret_steal<py::object>(PyNumber_Index(object.ptr()));
  const uint64_t value = number ? PyLong_AsUnsignedLongLong(number.ptr()) : 0;
  if (PyErr_Occurred() || value > most) {
    PyErr_Clear();
    throw InputError(std::string(name) + " is " + std::string(py::repr(object)) +
                     "; an integer from 0 to " + std::to_string(most) + " is needed");
  }
  return value;
}

uint64_t ToSeed(const py::object& object) {
  return ToWhole("seed", object, std::numeric_limits<uint64_t>::max());
}

}  // namespace

void BindPolicy(py::module_& module) {
  py::class_<PolicyOnEnv>(module, "Policy")
      .def(py::init<const std::string&, VectorEnv&, const py::dict&>(), py::keep_alive<1, 3>())
      .def("act", &PolicyOnEnv::Act);

  py::class_<Perceptron>(module, "Perceptron",
                         "A network of an ONNX file, evaluated in a fixed order of operations.")
      .def(py::init(
               [](const std::string& path) { return ReadOnnx(dataset::ReadWhole(path), path); }),
           py::arg("path"))
      .def_property_readonly("inputs", &Perceptron::inputs)
      .def_property_readonly("outputs", &Perceptron::outputs)
      .def_property_readonly("dtype",
                             [](const Perceptron& p) { return p.single() ? "float32" : "float64"; })
      .def(
          "__call__",
          [](const Perceptron& network, const Doubles& inputs) {
            const py::ssize_t size = network.inputs();
            if (inputs.ndim() != 2 || inputs.shape(1) != size) {
              throw InputError("network: inputs (N, " + std::to_string(size) + ") are needed");
            }
            const py::ssize_t rows = inputs.shape(0);
            py::array_t<double> outputs({rows, py::ssize_t{network.outputs()}});
            const double* from = inputs.data();
            double* to = outputs.mutable_data();
            Perceptron::Workspace room = network.MakeWorkspace();
            const py::gil_scoped_release release;
            for (py::ssize_t row = 0; row < rows; ++row) {
              network.Evaluate(
                  {from + row * size, static_cast<size_t>(size)},
                  {to + row * network.outputs(), static_cast<size_t>(network.outputs())}, room);
            }
            return outputs;
          },
          py::arg("inputs"));

  // The core's generator under the names of numpy's.
  py::class_<Rng>(module, "Rng", "numpy.random.default_rng(seed), bit for bit, in C++.")
      .def(py::init([](const py::object& seed) { return Rng(ToSeed(seed)); }), py::arg("seed"))
      .def(
          "random",
          [](Rng& rng, const py::object& size) { return Fill(size, [&] { return rng.Random(); }); },
          py::arg("size") = py::none())
      .def(
          "uniform",
          [](Rng& rng, double low, double high, const py::object& size) {
            return Fill(size, [&] { return rng.Uniform(low, high); });
          },
          py::arg("low") = 0.0, py::arg("high") = 1.0, py::arg("size") = py::none())
      .def(
          "normal",
          [](Rng& rng, double loc, double scale, const py::object& size) {
            return Fill(size, [&] { return rng.Normal(loc, scale); });
          },
          py::arg("loc") = 0.0, py::arg("scale") = 1.0, py::arg("size") = py::none())
      .def(
          "integers",
          [](Rng& rng, int64_t low, int64_t high, const py::object& size) {
            return Fill(size, [&] { return rng.Integers(low, high); });
          },
          py::arg("low"), py::arg("high"), py::arg("size") = py::none());
  module.def(
      "spawn_seeds",
      [](const py::object& seed, const py::object& n) {
        constexpr uint64_t kMost = 1'000'000'000;
        return SpawnSeeds(ToSeed(seed), static_cast<int>(ToWhole("n", n, kMost)));
      },
      py::arg("seed"), py::arg("n"));
}

}  // namespace flyball
