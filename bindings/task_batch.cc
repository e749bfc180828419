// TaskBatch: N rows of a task written in Python. An adapter (flyball/tasks.py) stands between: it
// writes the columns in place and says which rows failed.
#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include <string>
#include <utility>
#include <vector>

#include "bindings/column_view.h"
#include "bindings/convert.h"
#include "bindings/gil_object.h"
#include "bindings/python_batch.h"
#include "envs/core/registry.h"
#include "physics/numeric/error.h"

namespace py = pybind11;

namespace flyball {
namespace {

class TaskBatch final : public Batch {
 public:
  TaskBatch(const BatchContext& context, const py::object& factory)
      : context_(context),
        adapter_(factory(ToPython(context.spec), context.num_rows, ViewStepColumns(context.columns),
                         py::array(py::dtype::of<uint8_t>(), {context.skip.size()}, {1},
                                   context.skip.data(), py::none()))) {}

  // One block: a task's arrays are stepped together, by one thread at a time.
  int grain() const override { return context_.num_rows; }

  void Reset(int row, Rng& rng, const ResetValues& values) override {
    const py::gil_scoped_acquire acquire;
    py::dict forced;
    for (size_t i = 0; i < context_.spec.reset.size(); ++i) {
      if (!values.has(i)) continue;
      const std::span<const double> numbers = values[i];
      forced[py::str(context_.spec.reset[i].name)] =
          py::array_t<double>(numbers.size(), numbers.data());
    }
    // Python gets a generator of its own and hands its state back: nothing dangles.
    const py::object generator = py::cast(rng);
    adapter_->attr("reset")(row, generator, forced);
    rng = generator.cast<Rng>();
  }

  void Step(int begin, int end) override {
    const py::gil_scoped_acquire acquire;
    const py::object failed = adapter_->attr("step")(begin, end);
    if (failed.is_none()) return;
    for (const py::handle row : failed) {
      context_.status[row.cast<int>()] = RowStatus::kDiverged;
    }
  }

  void ReadState(int row, std::span<double> out) const override {
    const py::gil_scoped_acquire acquire;
    const auto state = adapter_->attr("read_state")(row).cast<py::array_t<double>>();
    if (static_cast<size_t>(state.size()) != out.size()) {
      throw InputError(context_.spec.id + ": the task's state has another size than it declares");
    }
    std::copy(state.data(), state.data() + state.size(), out.begin());
  }

  void VisitState(int row, StateVisitor& visitor) override {
    const py::gil_scoped_acquire acquire;
    std::vector<std::byte> bytes;
    if (!visitor.loading()) {
      const std::string saved = adapter_->attr("save")(row).cast<std::string>();
      const auto* data = reinterpret_cast<const std::byte*>(saved.data());
      bytes.assign(data, data + saved.size());
    }
    visitor("task", bytes);
    if (visitor.loading()) {
      adapter_->attr("load")(row,
                             py::bytes(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
    }
  }

  size_t memory_bytes_per_row() const override {
    const py::gil_scoped_acquire acquire;
    return adapter_->attr("memory_bytes")().cast<size_t>();
  }

 private:
  BatchContext context_;
  GilObject adapter_;
};

// `resolve(options)` gives the spec as a dictionary; `make(spec, num_rows, columns, skip)` the
// adapter of a batch.
void RegisterTask(const std::string& id, const py::list& options, int max_episode_steps,
                  const py::object& resolve, const py::object& make) {
  Registration registration;
  registration.id = id;
  registration.family = "python";
  for (const py::handle option : options) {
    registration.options.push_back(ToOption(option.cast<py::dict>()));
  }
  registration.max_episode_steps = max_episode_steps;
  registration.resolve = [resolve = GilObject(resolve)](const Options& resolved) {
    const py::gil_scoped_acquire acquire;
    return ToEnvSpec((*resolve)(ToPython(Value(resolved))).cast<py::dict>());
  };
  registration.make = [make = GilObject(make)](const BatchContext& context) {
    const py::gil_scoped_acquire acquire;
    return std::make_unique<TaskBatch>(context, *make);
  };
  Register(std::move(registration));
}

}  // namespace

void BindTasks(py::module_& module) { module.def("register_task", &RegisterTask); }

}  // namespace flyball
