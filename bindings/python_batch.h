// Batches whose work, or a part of it, is done by Python objects over columns.
#ifndef FLYBALL_BINDINGS_PYTHON_BATCH_H_
#define FLYBALL_BINDINGS_PYTHON_BATCH_H_

#include <pybind11/pybind11.h>

#include <functional>
#include <memory>

#include "envs/core/batch.h"

namespace flyball {

// A decorator for VectorEnvSettings that replaces rewards. `factory(columns, skip, read_state)` is
// called once and returns a callable; after each step of rows [begin, end) that is called with
// (begin, end) and writes the reward column in place. Arguments: the columns in place by name, the
// mask of rows that are not stepped, and a function of row numbers that gives their flat states.
std::function<std::unique_ptr<Batch>(std::unique_ptr<Batch>, const BatchContext&)> RewardDecorator(
    pybind11::object factory);

// {name: view in place} of the columns that a step writes. The views do not keep the columns alive.
pybind11::dict ViewStepColumns(Columns& columns);

void BindTasks(pybind11::module_& module);  // register_task

}  // namespace flyball

#endif  // FLYBALL_BINDINGS_PYTHON_BATCH_H_
