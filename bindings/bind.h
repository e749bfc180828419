// What module.cc puts together, one function a file.
#ifndef FLYBALL_BINDINGS_BIND_H_
#define FLYBALL_BINDINGS_BIND_H_

#include <pybind11/pybind11.h>

namespace flyball {

void BindRegistry(pybind11::module_& module);   // list, find, resolve, load
void BindVectorEnv(pybind11::module_& module);  // VectorEnv
void BindDataset(pybind11::module_& module);    // generate, read and verify datasets
void BindViewer(pybind11::module_& module);     // windows
void BindPolicy(pybind11::module_& module);     // Policy, Rng, spawn_seeds
void BindWorlds(pybind11::module_& module);     // Worlds

}  // namespace flyball

#endif  // FLYBALL_BINDINGS_BIND_H_
