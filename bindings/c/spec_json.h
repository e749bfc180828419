// What an environment takes and gives, as JSON that any language reads.
#ifndef FLYBALL_BINDINGS_C_SPEC_JSON_H_
#define FLYBALL_BINDINGS_C_SPEC_JSON_H_

#include <string>

#include "envs/core/spec.h"

namespace flyball {

// Strict JSON: a bound that is infinite is null. `option_schema` comes from the registry.
std::string SpecJson(const EnvSpec& spec);

}  // namespace flyball

#endif  // FLYBALL_BINDINGS_C_SPEC_JSON_H_
