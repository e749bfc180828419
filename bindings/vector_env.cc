#include "envs/core/vector_env.h"

#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include <cstring>
#include <string>
#include <vector>

#include "bindings/bind.h"
#include "bindings/column_view.h"
#include "bindings/convert.h"
#include "bindings/pictures.h"
#include "bindings/python_batch.h"
#include "envs/core/chart/chart.h"
#include "physics/numeric/error.h"

namespace py = pybind11;

namespace flyball {
namespace {

using Doubles = py::array_t<double, py::array::c_style | py::array::forcecast>;

Autoreset AutoresetFromName(const std::string& name) {
  // The values of gymnasium.vector.AutoresetMode.
  const std::vector<std::string> names = {"NextStep", "SameStep", "Disabled"};
  for (size_t i = 0; i < names.size(); ++i) {
    if (name == names[i]) return static_cast<Autoreset>(i);
  }
  throw InputError(UnknownName("autoreset mode", name, names));
}

// Threads of groups that were sent may wait for the GIL to finish: it is free while they are
// joined.
struct DeleteReleased {
  void operator()(VectorEnv* env) const {
    const py::gil_scoped_release release;
    delete env;
  }
};
using Held = std::unique_ptr<VectorEnv, DeleteReleased>;

Held Make(const std::string& id, const py::dict& options, int num_envs, int threads,
          const std::string& autoreset, bool time_limit, int max_episode_steps, int groups,
          const py::object& reward, bool trace) {
  VectorEnvSettings settings;
  settings.num_envs = num_envs;
  settings.threads = threads;
  settings.autoreset = AutoresetFromName(autoreset);
  settings.time_limit = time_limit;
  settings.max_episode_steps = max_episode_steps;
  settings.groups = groups;
  settings.trace = trace;
  if (!reward.is_none()) settings.decorate = RewardDecorator(reward);
  return Held(VectorEnv::Make(id, ToOptions(options), settings).release());
}

void Reset(VectorEnv& env, const std::vector<uint64_t>& seeds, const py::object& mask,
           const py::dict& options) {
  std::vector<uint8_t> rows;
  if (!mask.is_none()) {
    const auto array = mask.cast<py::array_t<bool, py::array::c_style | py::array::forcecast>>();
    rows.assign(array.data(), array.data() + array.size());
  }
  ResetOptions forced;
  for (const auto& [name, values] : options) {
    const auto array = values.cast<Doubles>();
    forced[name.cast<std::string>()] = {array.data(), array.data() + array.size()};
  }
  const py::gil_scoped_release release;
  env.Reset(seeds, rows, forced);
}

// The state of rows, flattened: (rows, state size).
py::array_t<double> ReadState(const VectorEnv& env, int begin, int end) {
  const py::ssize_t size = env.spec().state_size();
  py::array_t<double> states({static_cast<py::ssize_t>(end - begin), size});
  for (int row = begin; row < end; ++row) {
    env.ReadState(row, {states.mutable_data() + (row - begin) * size, static_cast<size_t>(size)});
  }
  return states;
}

py::bytes Save(const VectorEnv& env, int row) {
  const Snapshot snapshot = env.Save(row);
  return {reinterpret_cast<const char*>(snapshot.data()), snapshot.size()};
}

void Load(VectorEnv& env, int row, const py::bytes& bytes) {
  const std::string_view view = bytes;
  env.Load(row, {reinterpret_cast<const std::byte*>(view.data()), view.size()});
}

// A view of a column over all rows, which keeps the environment alive.
py::object View(const py::object& self, Column& column) {
  PyObject* view = ColumnView(column).ViewRows(0, column.num_rows(), self.ptr());
  if (!view) throw py::error_already_set();
  return py::reinterpret_steal<py::object>(view);
}

py::dict Views(const py::object& self, std::vector<Column>& columns) {
  py::dict dict;
  for (Column& column : columns) dict[py::str(column.field().name)] = View(self, column);
  return dict;
}

// Every column in place, by name.
py::dict ColumnsOf(const py::object& self) {
  Columns& columns = self.cast<VectorEnv&>().columns();
  py::dict dict;
  dict["observation"] = Views(self, columns.observation);
  dict["info"] = Views(self, columns.info);
  dict["final_observation"] = Views(self, columns.final_observation);
  dict["final_info"] = Views(self, columns.final_info);
  dict["action"] = View(self, columns.action);
  dict["reward"] = View(self, columns.reward);
  dict["terminated"] = View(self, columns.terminated);
  dict["truncated"] = View(self, columns.truncated);
  dict["agent_reward"] = View(self, columns.agent_reward);
  dict["agent_terminated"] = View(self, columns.agent_terminated);
  dict["agent_truncated"] = View(self, columns.agent_truncated);
  dict["ended"] = View(self, columns.ended);
  dict["episode_return"] = View(self, columns.episode_return);
  dict["episode_length"] = View(self, columns.episode_length);
  return dict;
}

py::array_t<uint8_t> StatusOf(const VectorEnv& env) {
  py::array_t<uint8_t> status(env.num_envs());
  std::memcpy(status.mutable_data(), env.status().data(), env.num_envs());
  return status;
}

py::array_t<uint8_t> RenderRow(VectorEnv& env, int row, int width, int height,
                               const std::string& camera, bool shadows) {
  if (row < 0 || row >= env.num_envs()) {
    throw InputError("row " + std::to_string(row) + " does not exist");
  }
  if (const World* world = env.world(row)) {
    return Picture(*world, width, height, camera, shadows, env.markers(row));
  }
  // What a chart shows is said in a camera's place.
  return ChartPicture(MakeChart(env.spec(), env.trace(row), camera), width, height);
}

// (seed, episode, step) of a row.
py::tuple ClockOf(const VectorEnv& env, int row) {
  const RowClock& clock = env.clocks()[row];
  return py::make_tuple(clock.seed, clock.episode, clock.step);
}

}  // namespace

void BindVectorEnv(py::module_& module) {
  py::class_<VectorEnv, Held>(module, "VectorEnv")
      .def(py::init(&Make), py::arg("id"), py::arg("options"), py::kw_only(), py::arg("num_envs"),
           py::arg("threads"), py::arg("autoreset"), py::arg("time_limit"),
           py::arg("max_episode_steps"), py::arg("groups"), py::arg("reward") = py::none(),
           py::arg("trace") = false)
      .def_property_readonly("num_envs", &VectorEnv::num_envs)
      .def_property_readonly("spec", [](const VectorEnv& env) { return ToPython(env.spec()); })
      .def("reset", &Reset)
      .def("step", &VectorEnv::Step, py::call_guard<py::gil_scoped_release>())
      .def("read_state", &ReadState)
      .def("save", &Save)
      .def("load", &Load)
      .def("columns", &ColumnsOf)
      .def("status", &StatusOf)
      .def("clock", &ClockOf)
      .def("render", &RenderRow)
      .def("group_rows", &VectorEnv::GroupRows)
      .def_property_readonly("memory_bytes_per_row", &VectorEnv::memory_bytes_per_row);
}

}  // namespace flyball
