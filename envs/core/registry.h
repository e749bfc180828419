// The registry: every environment of the process, ours and those of loaded libraries, by id.
#ifndef FLYBALL_ENVS_CORE_REGISTRY_H_
#define FLYBALL_ENVS_CORE_REGISTRY_H_

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "envs/core/adjoint.h"
#include "envs/core/batch.h"
#include "envs/core/options.h"
#include "envs/core/policy.h"

namespace flyball {

// A baseline that an environment offers; with no way to make it, one that it cannot have: see `doc`.
struct PolicyRegistration {
  std::string name;  // "scripted", "pid", "foc", "lqr"
  std::string doc;
  std::function<std::unique_ptr<Policy>(const EnvSpec&)> make;
  // A baseline with options of its own (a horizon, a level) has these two instead of `make`.
  OptionSchema options = {};
  std::function<std::unique_ptr<Policy>(const EnvSpec&, const Options&)> make_with = {};
};

// A constant array of an environment that is worth having outside it: a plant's matrix, a grid.
struct NamedArray {
  std::string name;
  std::vector<int> shape;      // empty: a scalar
  std::vector<double> values;  // row after row
  std::string doc;             // one line
};

struct Registration {
  std::string id;             // "QuadHover-v1", without the "flyball/" of Gymnasium
  std::string family;         // "manipulation", "quadcopter", "motor", "linear", "pde", ...
  OptionSchema options;       // the family's own; CommonOptions() are added
  int max_episode_steps = 0;  // the limit Gymnasium registers; 0: none. At least that of any preset
  // Applies resolved options: spaces, units, period, limits. Throws InputError.
  std::function<EnvSpec(const Options&)> resolve;
  std::function<std::unique_ptr<Batch>(const BatchContext&)> make;  // options: context.spec.options
  std::vector<PolicyRegistration> policies;
  // Goal-conditioned environments: the reward of B pairs of goals, each flattened (B * goal size),
  // as Step would give it; for hindsight replay. Fills `rewards` (B). Empty for all others.
  std::function<void(const EnvSpec& spec, std::span<const double> achieved,
                     std::span<const double> desired, std::span<double> rewards)>
      compute_reward;
  // Plants whose step is differentiable: one step and its transpose, for gradients of rollouts.
  // Empty for all others.
  std::function<std::unique_ptr<Adjoint>(const EnvSpec& spec)> make_adjoint;
  // The constants of the plant that `spec` describes (`flyball.plant` in Python); empty: none.
  std::function<std::vector<NamedArray>(const EnvSpec& spec)> plant;
};

// Adds an environment. Throws InputError if the id is taken or not of the form Name-v<int>.
void Register(Registration registration);
const Registration& FindRegistration(std::string_view id);  // accepts "flyball/Name-v1" too
std::vector<std::string> ListEnvs();                        // sorted
// The spec of an id with options applied; `policies` and `id` are filled in.
EnvSpec ResolveSpec(std::string_view id, const Options& options = {});
// The gradient of a rollout. Throws InputError if the environment has no adjoint.
RolloutGradient DifferentiateRollout(const EnvSpec& spec, const Rollout& rollout);
// Loads a shared library whose environments register themselves. Throws DataError with the reason,
// also if one of them could not be registered.
std::vector<std::string> LoadPlugin(const std::string& path);  // returns the new ids

// At namespace scope: FLYBALL_REGISTER({...}), of one registration or of a vector of them. A
// library is being loaded then, where an exception would end the process: a failed registration is
// kept for LoadPlugin, which throws it.
class Registrar {
 public:
  explicit Registrar(Registration registration);
  explicit Registrar(std::vector<Registration> registrations);
};
#define FLYBALL_CONCAT_(a, b) a##b
#define FLYBALL_CONCAT(a, b) FLYBALL_CONCAT_(a, b)
#define FLYBALL_REGISTER(...) \
  static const ::flyball::Registrar FLYBALL_CONCAT(flyball_registrar_, __LINE__)(__VA_ARGS__)

}  // namespace flyball

#endif  // FLYBALL_ENVS_CORE_REGISTRY_H_
