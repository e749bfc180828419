// Options and descriptions between Python and C++: plain dictionaries, lists and numbers.
#ifndef FLYBALL_BINDINGS_CONVERT_H_
#define FLYBALL_BINDINGS_CONVERT_H_

#include <pybind11/pybind11.h>

#include <string>

#include "envs/core/options.h"
#include "envs/core/registry.h"

namespace flyball {

// Takes None, bool, int, float, str, list, tuple, dict, paths, numpy arrays and scalars. `where`
// names the value in errors.
Value ToValue(pybind11::handle object, const std::string& where);
Options ToOptions(const pybind11::dict& options);
pybind11::object ToPython(const Value& value);

pybind11::dict ToPython(const Field& field);
pybind11::dict ToPython(const PictureField& picture);
pybind11::dict ToPython(const EnvSpec& spec);
pybind11::dict ToPython(const Option& option);
// Everything of a registration but its functions; the common options are among `options`.
pybind11::dict ToPython(const Registration& registration);

// The inverse, for tasks written in Python. Missing keys keep their defaults.
Field ToField(const pybind11::dict& dict);
EnvSpec ToEnvSpec(const pybind11::dict& dict);
Option ToOption(const pybind11::dict& dict);

}  // namespace flyball

#endif  // FLYBALL_BINDINGS_CONVERT_H_
