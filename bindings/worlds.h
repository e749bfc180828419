// Worlds: N rows of one scene for Python, on either engine. Arrays have a row for each world; where
// `rows` is an argument (None, a number, a list, an array), only those rows are meant.
#ifndef FLYBALL_BINDINGS_WORLDS_H_
#define FLYBALL_BINDINGS_WORLDS_H_

#include <pybind11/numpy.h>

#include <algorithm>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "envs/core/thread_pool.h"
#include "physics/numeric/error.h"
#include "physics/world/world.h"

namespace flyball {

using Doubles = pybind11::array_t<double, pybind11::array::c_style | pybind11::array::forcecast>;

// "body", "joint", "geom", "site", "actuator", "camera", "light" or "keyframe".
Element ElementFromName(const std::string& name);

class Worlds {
 public:
  // `model`: the path of an MJCF or URDF file, or the XML itself. timestep 0: the model's own.
  Worlds(const std::string& model, const std::string& engine, int num_rows, int threads,
         double timestep, const std::string& friction_rule, const pybind11::dict& mujoco,
         const pybind11::dict& bullet);

  int num_rows() const { return static_cast<int>(worlds_.size()); }
  const Scene& scene() const { return *scene_; }
  World& world(int row);  // throws InputError if there is no such row
  World& first() { return *worlds_[0]; }
  pybind11::array_t<bool> failed() const;  // (N) the engine failed in the row's last step

  void Reset(const pybind11::object& rows, const pybind11::object& keyframe);
  // A row whose engine fails goes back to the reference configuration and is marked.
  void Step(int substeps, const pybind11::object& rows);
  void SetState(const Doubles& qpos, const Doubles& qvel, const pybind11::object& rows);
  void SetControls(const Doubles& values, const pybind11::object& rows);
  // targets: (rows, joints); max_force: one, or one for each joint.
  void SetServos(const std::vector<std::string>& joints, const Doubles& targets, double gain,
                 const Doubles& max_force, const pybind11::object& rows);
  // point: None is the body's origin.
  void ApplyWrench(const std::string& body, const Doubles& force, const Doubles& torque,
                   const pybind11::object& point, const pybind11::object& rows);
  void Override(const std::string& parameter, const std::string& element, const Doubles& values,
                const pybind11::object& rows);
  pybind11::list Contacts(int row);
  pybind11::bytes Save(int row);
  void Load(int row, const pybind11::bytes& snapshot);

  // (rows, size) of what `read(world, out)` writes.
  template <class Read>
  pybind11::array_t<double> Gather(const pybind11::object& rows, size_t size, const Read& read) {
    const std::vector<int> selected = Select(rows);
    pybind11::array_t<double> out({selected.size(), size});
    for (size_t i = 0; i < selected.size(); ++i) {
      read(*worlds_[selected[i]], out.mutable_data() + i * size);
    }
    return out;
  }

 private:
  std::vector<int> Select(const pybind11::object& rows);
  // Calls `write(world, values)` with each row's part: one row's worth of values goes to all.
  template <class Write>
  void Scatter(const Doubles& values, const pybind11::object& rows, size_t size, const char* name,
               const Write& write) {
    const std::vector<int> selected = Select(rows);
    const size_t given = values.size();
    if (given != size && given != size * selected.size()) {
      throw InputError(std::string(name) + ": " + std::to_string(given) + " numbers given; " +
                       std::to_string(size) + ", or as many for each of " +
                       std::to_string(selected.size()) + " rows, are needed");
    }
    for (size_t i = 0; i < selected.size(); ++i) {
      const double* data = values.data() + (given == size ? 0 : i * size);
      write(*worlds_[selected[i]], std::span<const double>(data, size));
    }
  }
  // The same for writes that a world may refuse: the rows before it then come back to what they were.
  template <class Write>
  void ScatterOrUndo(const Doubles& values, const pybind11::object& rows, size_t size,
                     const char* name, const Write& write) {
    const std::vector<int> selected = Select(rows);
    std::vector<std::string> before;
    try {
      Scatter(values, rows, size, name, [&](World& world, std::span<const double> part) {
        before.push_back(StateOf(selected[before.size()]));
        write(world, part);
      });
    } catch (...) {
      for (size_t i = 0; i < before.size(); ++i) SetStateOf(selected[i], before[i]);
      throw;
    }
  }
  void StepRow(int row, int substeps);
  std::string StateOf(int row);
  void SetStateOf(int row, std::string_view state);

  std::shared_ptr<const Scene> scene_;
  std::vector<std::unique_ptr<World>> worlds_;
  std::vector<uint8_t> failed_;
  ThreadPool pool_;
};

}  // namespace flyball

#endif  // FLYBALL_BINDINGS_WORLDS_H_
