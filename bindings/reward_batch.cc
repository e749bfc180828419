// RewardBatch: an environment whose reward a Python function gives.
#include <pybind11/functional.h>
#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include <string>
#include <utility>
#include <vector>

#include "bindings/column_view.h"
#include "bindings/gil_object.h"
#include "bindings/python_batch.h"

namespace py = pybind11;

namespace flyball {
namespace {

class RewardBatch final : public Batch {
 public:
  RewardBatch(std::unique_ptr<Batch> inner, const BatchContext& context, const py::object& factory)
      : inner_(std::move(inner)), state_size_(context.spec.state_size()),
        write_(factory(
            ViewStepColumns(context.columns),
            py::array(py::dtype::of<uint8_t>(), {context.skip.size()}, {1}, context.skip.data(),
                      py::none()),
            py::cpp_function([this](const std::vector<int>& rows) { return ReadStates(rows); }))) {}

  int grain() const override { return inner_->grain(); }
  void Reset(int row, Rng& rng, const ResetValues& values) override {
    inner_->Reset(row, rng, values);
  }
  void Step(int begin, int end) override {
    inner_->Step(begin, end);
    const py::gil_scoped_acquire acquire;
    (*write_)(begin, end);
  }
  void ReadState(int row, std::span<double> out) const override { inner_->ReadState(row, out); }
  void VisitState(int row, StateVisitor& visitor) override { inner_->VisitState(row, visitor); }
  size_t memory_bytes_per_row() const override { return inner_->memory_bytes_per_row(); }
  World* world(int row) override { return inner_->world(row); }
  void AddMarkers(int row, std::vector<Marker>& markers) override {
    inner_->AddMarkers(row, markers);
  }

 private:
  py::array_t<double> ReadStates(const std::vector<int>& rows) const {
    py::array_t<double> states({rows.size(), state_size_});
    for (size_t i = 0; i < rows.size(); ++i) {
      inner_->ReadState(rows[i], {states.mutable_data() + i * state_size_, state_size_});
    }
    return states;
  }

  std::unique_ptr<Batch> inner_;
  size_t state_size_;
  GilObject write_;
};

void AddView(py::dict& dict, Column& column, const std::string& name) {
  PyObject* view = ColumnView(column).ViewRows(0, column.num_rows(), Py_None);
  if (!view) throw py::error_already_set();
  dict[py::str(name)] = py::reinterpret_steal<py::object>(view);
}

}  // namespace

py::dict ViewStepColumns(Columns& columns) {
  py::dict observation, info, dict;
  for (Column& column : columns.observation) AddView(observation, column, column.field().name);
  for (Column& column : columns.info) AddView(info, column, column.field().name);
  for (Column* column :
       {&columns.reward, &columns.terminated, &columns.truncated, &columns.agent_reward,
        &columns.agent_terminated, &columns.agent_truncated}) {
    AddView(dict, *column, column->field().name);
  }
  AddView(dict, columns.action, "action");  // whatever the environment calls it
  dict["observation"] = observation;
  dict["info"] = info;
  return dict;
}

std::function<std::unique_ptr<Batch>(std::unique_ptr<Batch>, const BatchContext&)> RewardDecorator(
    py::object factory) {
  return [factory = GilObject(std::move(factory))](std::unique_ptr<Batch> inner,
                                                   const BatchContext& context) {
    const py::gil_scoped_acquire acquire;
    return std::make_unique<RewardBatch>(std::move(inner), context, *factory);
  };
}

}  // namespace flyball
