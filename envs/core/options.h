// Options: what a user may set when an environment is made, described as data.
#ifndef FLYBALL_ENVS_CORE_OPTIONS_H_
#define FLYBALL_ENVS_CORE_OPTIONS_H_

#include <string>
#include <vector>

#include "envs/core/field.h"
#include "envs/core/value.h"

namespace flyball {

using Options = Dict;

struct Option {
  enum class Kind { kBool, kInteger, kNumber, kText, kList, kDict };
  std::string name = {};
  Kind kind = Kind::kNumber;
  Value default_value = {};                   // null: decided by the preset, as `doc` says
  std::vector<std::string> choices = {};      // kText, kList of texts: the allowed ones; empty: any
  double low = -kInfinity, high = kInfinity;  // kInteger, kNumber: inclusive
  std::string unit = {};
  std::string doc = {};
};
using OptionSchema = std::vector<Option>;

// What every id takes besides its `own`: preset, randomise, dtype ("float32" or "float64") of
// observations, and wrap (envs/core/wrappers); an option of a family's stands instead of one here.
OptionSchema CommonOptions(const OptionSchema& own);

// Checks `given` against the schema plus CommonOptions and fills in defaults. Throws InputError
// naming the option, the value, what is allowed and, for an unknown name, the nearest one. Without
// wrappers there is no such key in what comes back; the common `randomise` comes back as one.
Options ResolveOptions(const OptionSchema& schema, const Options& given, const std::string& id);

// The same for a schema of its own, without CommonOptions; `where` begins the error.
Options CheckOptions(const OptionSchema& schema, const Options& given, const std::string& where);

// The same check for one value; `where` is how the option is called in the error. For the keys of
// dictionaries that families take (`motor={...}`), check each with this.
void CheckOption(const Option& option, const Value& value, const std::string& where);

// The dtype observations are to have, from resolved options.
DType ObservationDType(const Options& resolved);

}  // namespace flyball

#endif  // FLYBALL_ENVS_CORE_OPTIONS_H_
