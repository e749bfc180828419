// The baselines of the linear environments, all from the plant's own matrices.
#ifndef FLYBALL_ENVS_LINEAR_LINEAR_POLICIES_H_
#define FLYBALL_ENVS_LINEAR_LINEAR_POLICIES_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "envs/core/options.h"
#include "envs/core/registry.h"
#include "physics/linear/plant.h"

namespace flyball {

// The plant that resolved options speak of.
using PlantSource = std::function<std::shared_ptr<const LinearPlant>(const Options&)>;

// Those that there are for the plant of an id ("he1", "Custom").
std::vector<PolicyRegistration> LinearPolicies(const std::string& name, const PlantSource& source);

}  // namespace flyball

#endif  // FLYBALL_ENVS_LINEAR_LINEAR_POLICIES_H_
