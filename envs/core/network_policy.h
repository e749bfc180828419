// A perceptron as a policy.
#ifndef FLYBALL_ENVS_CORE_NETWORK_POLICY_H_
#define FLYBALL_ENVS_CORE_NETWORK_POLICY_H_

#include <memory>
#include <string>

#include "envs/core/policy.h"
#include "envs/core/spec.h"
#include "physics/numeric/perceptron.h"

namespace flyball {

// The network is given the observation, flattened field by field in the specification's order. What
// comes out is the action; for discrete actions a value for each choice, of which the largest wins
// (of equal ones the first), the choices of several components one after the other. Throws
// InputError that begins with `name` if the sizes do not fit.
std::unique_ptr<Policy> MakeNetworkPolicy(const EnvSpec& spec,
                                          std::shared_ptr<const Perceptron> network,
                                          const std::string& name);

}  // namespace flyball

#endif  // FLYBALL_ENVS_CORE_NETWORK_POLICY_H_
