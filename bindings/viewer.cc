#include "render/viewer/viewer.h"

#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "bindings/bind.h"
#include "envs/core/chart/chart.h"
#include "envs/core/vector_env.h"
#include "physics/numeric/error.h"
#include "render/viewer/keys.h"

namespace py = pybind11;

namespace flyball {
namespace {

using Doubles = py::array_t<double, py::array::c_style | py::array::forcecast>;

std::unique_ptr<Viewer> Open(const std::string& title, int width, int height,
                             const std::string& camera, bool shadows, bool panels) {
  const py::gil_scoped_release release;
  return Viewer::Open({.title = title,
                       .width = width,
                       .height = height,
                       .camera = camera,
                       .shadows = shadows,
                       .panels = panels});
}

// Draws row `row` of an environment under `frame`: the world it has, or its chart of what `chart` says.
void Show(Viewer& viewer, VectorEnv& env, int row, ViewerFrame frame, const std::string& chart) {
  if (row < 0 || row >= env.num_envs()) {
    throw InputError("row " + std::to_string(row) + " does not exist");
  }
  const py::gil_scoped_release release;
  std::optional<Figure> figure;
  frame.world = env.world(row);
  if (frame.world) frame.markers = env.markers(row);
  if (!frame.world && viewer.state() == Viewer::State::kOpen) {
    frame.figure = &figure.emplace(MakeChart(env.spec(), env.trace(row), chart));
  }
  viewer.Show(frame);
}

py::array_t<uint8_t> PictureOf(Viewer& viewer) {
  Image image;
  {
    const py::gil_scoped_release release;
    image = viewer.Picture();
  }
  py::array_t<uint8_t> pixels({image.height, image.width, 3});
  if (!image.rgb.empty()) std::memcpy(pixels.mutable_data(), image.rgb.data(), image.rgb.size());
  return pixels;
}

py::list Commands(Viewer& viewer) {
  py::list list;
  for (const ViewerCommand& command : viewer.TakeCommands()) {
    list.append(py::make_tuple(command.name, command.number, command.text));
  }
  return list;
}

const char* StateName(const Viewer& viewer) {
  switch (viewer.state()) {
    case Viewer::State::kOpen:
      return "open";
    case Viewer::State::kClosed:
      return "closed";
    case Viewer::State::kDisplayLost:
      break;
  }
  return "display lost";
}

py::list Keys() {
  py::list list;
  for (const ViewerKey& key : ViewerKeys()) {
    list.append(py::make_tuple(std::string(key.name), std::string(key.command),
                               std::string(key.text), key.group == KeyGroup::kRun));
  }
  return list;
}

py::list KeyPairs() {
  py::list list;
  for (const KeyPair& pair : TeleopKeys()) {
    list.append(py::make_tuple(std::string(1, pair.up), std::string(1, pair.down)));
  }
  return list;
}

}  // namespace

void BindViewer(py::module_& module) {
  py::class_<ViewerAction>(module, "ViewerAction")
      .def(py::init([](std::string name, std::string keys, double value, double low, double high) {
             return ViewerAction{std::move(name), std::move(keys), value, low, high};
           }),
           py::arg("name"), py::arg("keys"), py::arg("value"), py::arg("low"), py::arg("high"));
  py::class_<ViewerControls>(module, "ViewerControls")
      .def(py::init<>())
      .def_readwrite("paused", &ViewerControls::paused)
      .def_readwrite("speed", &ViewerControls::speed)
      .def_readwrite("seed", &ViewerControls::seed)
      .def_readwrite("engines", &ViewerControls::engines)
      .def_readwrite("pilots", &ViewerControls::pilots)
      .def_readwrite("engine", &ViewerControls::engine)
      .def_readwrite("pilot", &ViewerControls::pilot)
      .def_readwrite("can_record", &ViewerControls::can_record)
      .def_readwrite("recording", &ViewerControls::recording);
  py::class_<ViewerFrame>(module, "ViewerFrame")
      .def(py::init<>())
      .def_readwrite("title", &ViewerFrame::title)
      .def_readwrite("time", &ViewerFrame::time)
      .def_readwrite("step", &ViewerFrame::step)
      .def_readwrite("reward", &ViewerFrame::reward)
      .def_readwrite("episode_return", &ViewerFrame::episode_return)
      .def_readwrite("message", &ViewerFrame::message)
      .def_readwrite("actions", &ViewerFrame::actions)
      .def_readwrite("controls", &ViewerFrame::controls);
  py::class_<Viewer>(module, "Viewer")
      .def(py::init(&Open), py::arg("title"), py::kw_only(), py::arg("width"), py::arg("height"),
           py::arg("camera") = "", py::arg("shadows") = true, py::arg("panels") = true)
      .def("set_signals",
           [](Viewer& viewer, const std::vector<std::pair<std::string, std::string>>& names) {
             std::vector<ViewerSignal> signals;
             signals.reserve(names.size());
             for (const auto& [name, unit] : names) signals.push_back({name, unit});
             viewer.SetSignals(std::move(signals));
           })
      .def("add_point",
           [](Viewer& viewer, const Doubles& values) {
             viewer.AddPoint({values.data(), static_cast<size_t>(values.size())});
           })
      .def("clear_points", &Viewer::ClearPoints)
      .def("show", &Show, py::arg("env"), py::arg("row"), py::arg("frame"), py::arg("chart") = "")
      .def("close", &Viewer::Close)
      .def("take_commands", &Commands)
      .def("keys_down", &Viewer::KeysDown)
      .def("picture", &PictureOf)
      .def_property_readonly("state", &StateName);
  module.def("viewer_keys", &Keys);
  module.def("teleop_keys", &KeyPairs);
}

}  // namespace flyball
