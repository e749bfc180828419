// Short ways to write options down, and to read those that a preset decides.
#ifndef FLYBALL_ENVS_CORE_OPTION_MAKERS_H_
#define FLYBALL_ENVS_CORE_OPTION_MAKERS_H_

#include <string>
#include <utility>

#include "envs/core/options.h"

namespace flyball {

// A null `value`: the preset decides, as `doc` says.
inline Option NumberOption(std::string name, Value value, double low, double high, std::string unit,
                           std::string doc) {
  return {.name = std::move(name),
          .kind = Option::Kind::kNumber,
          .default_value = std::move(value),
          .low = low,
          .high = high,
          .unit = std::move(unit),
          .doc = std::move(doc)};
}

// A whole number of things.
inline Option CountOption(std::string name, int value, int low, int high, std::string doc) {
  return {.name = std::move(name),
          .kind = Option::Kind::kInteger,
          .default_value = value,
          .low = static_cast<double>(low),
          .high = static_cast<double>(high),
          .unit = "1",
          .doc = std::move(doc)};
}

// The number of a resolved option; `otherwise` where it is null.
inline double NumberOr(const Options& options, const std::string& name, double otherwise) {
  const Value& value = options.at(name);
  return value.is_null() ? otherwise : value.AsNumber();
}

}  // namespace flyball

#endif  // FLYBALL_ENVS_CORE_OPTION_MAKERS_H_
