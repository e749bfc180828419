#include "envs/core/registry.h"

#include <dlfcn.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <regex>

#include "envs/core/wrappers/chain.h"
#include "physics/numeric/error.h"

namespace flyball {
namespace {

// Registrations never move or go: references to them stay good.
struct Registry {
  std::mutex mutex;
  std::map<std::string, std::unique_ptr<Registration>, std::less<>> by_id;
  std::vector<std::string> failures;  // of Registrars, not yet told
};

Registry& TheRegistry() {
  static Registry* registry = new Registry;  // outlives every static object
  return *registry;
}

// Forgets and returns what Registrars failed at.
std::string TakeFailures() {
  Registry& registry = TheRegistry();
  const std::lock_guard lock(registry.mutex);
  std::string all;
  for (const std::string& failure : registry.failures) all += (all.empty() ? "" : "; ") + failure;
  registry.failures.clear();
  return all;
}

std::string_view WithoutNamespace(std::string_view id) {
  constexpr std::string_view kPrefix = "flyball/";
  return id.starts_with(kPrefix) ? id.substr(kPrefix.size()) : id;
}

}  // namespace

void Register(Registration registration) {
  static const std::regex kForm("[A-Za-z0-9][A-Za-z0-9_-]*-v[0-9]+");
  if (!std::regex_match(registration.id, kForm)) {
    throw InputError("environment id '" + registration.id +
                     "' is not of the form Name-v<number> (letters, digits, '-' and '_')");
  }
  Registry& registry = TheRegistry();
  const std::lock_guard lock(registry.mutex);
  const std::string id = registration.id;
  if (registry.by_id.contains(id))
    throw InputError("environment id '" + id + "' is registered already");
  registry.by_id[id] = std::make_unique<Registration>(std::move(registration));
}

Registrar::Registrar(Registration registration) {
  try {
    Register(std::move(registration));
  } catch (const std::exception& error) {
    Registry& registry = TheRegistry();
    const std::lock_guard lock(registry.mutex);
    registry.failures.emplace_back(error.what());
  }
}

Registrar::Registrar(std::vector<Registration> registrations) {
  for (Registration& registration : registrations) Registrar{std::move(registration)};
}

const Registration& FindRegistration(std::string_view id) {
  Registry& registry = TheRegistry();
  {
    const std::lock_guard lock(registry.mutex);
    const auto found = registry.by_id.find(WithoutNamespace(id));
    if (found != registry.by_id.end()) return *found->second;
  }
  throw InputError(UnknownName("environment", WithoutNamespace(id), ListEnvs()));
}

std::vector<std::string> ListEnvs() {
  Registry& registry = TheRegistry();
  const std::lock_guard lock(registry.mutex);
  std::vector<std::string> ids;
  for (const auto& [id, registration] : registry.by_id) ids.push_back(id);
  return ids;
}

EnvSpec ResolveSpec(std::string_view id, const Options& options) {
  const Registration& registration = FindRegistration(id);
  const Options resolved = ResolveOptions(registration.options, options, registration.id);
  const Options plant = WithoutWrappers(resolved);
  EnvSpec spec = registration.resolve(plant);
  spec.id = registration.id;
  if (spec.options.empty()) spec.options = plant;
  if (HasWrappers(resolved)) {
    const List& wrappers = resolved.at(kWrappersOption).AsList();
    MakeWrappers(spec, wrappers);
    spec.options[kWrappersOption] = wrappers;
  }
  // A family whose baselines do not all fit all options says which do.
  if (spec.policies.empty()) {
    for (const PolicyRegistration& policy : registration.policies) {
      if (policy.make || policy.make_with) spec.policies.push_back(policy.name);
    }
  }
  return spec;
}

RolloutGradient DifferentiateRollout(const EnvSpec& spec, const Rollout& rollout) {
  const Registration& registration = FindRegistration(spec.id);
  if (HasWrappers(spec.options)) {
    throw InputError(spec.id + ": has no gradient of rollouts with wrappers");
  }
  if (!registration.make_adjoint) {
    throw InputError(spec.id +
                     ": has no gradient of rollouts; its step is not differentiable here");
  }
  return DifferentiateRollout(spec, *registration.make_adjoint(spec), rollout);
}

std::vector<std::string> LoadPlugin(const std::string& path) {
  const std::vector<std::string> before = ListEnvs();
  // The library stays loaded for the life of the process: its environments are code.
  if (!dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL)) {
    throw DataError("cannot load '" + path + "': " + dlerror());
  }
  if (const std::string failures = TakeFailures(); !failures.empty()) {
    throw DataError("loaded '" + path + "', but " + failures);
  }
  const std::vector<std::string> after = ListEnvs();
  std::vector<std::string> added;
  std::set_difference(after.begin(), after.end(), before.begin(), before.end(),
                      std::back_inserter(added));
  return added;
}

}  // namespace flyball
