#include <memory>
#include <vector>

#include "bindings/c/environment.h"
#include "bindings/c/flyball.h"
#include "bindings/c/guard.h"

using flyball::Column;
using flyball::c::Given;
using flyball::c::Guard;
using flyball::c::OptionsOf;

struct flyball_policy {
  flyball_env& env;
  std::unique_ptr<flyball::Policy> policy;
  std::vector<double> observation, state, action;  // of one row
};

namespace {

void Act(flyball_policy& self) {
  flyball::VectorEnv& env = *self.env.env;
  for (int row = 0; row < env.num_envs(); ++row) {
    double* out = self.observation.data();
    for (const Column& column : env.columns().numbers()) {
      const size_t size = column.field().size();
      column.ReadRow(row, {out, size});
      out += size;
    }
    env.ReadState(row, self.state);
    const flyball::RowClock& clock = env.clocks()[row];
    const flyball::PolicyInput input{.observation = self.observation,
                                     .state = self.state,
                                     .seed = clock.seed,
                                     .episode = clock.episode,
                                     .step = clock.step};
    self.policy->Act(row, input, self.action);
    env.columns().action.WriteRow(row, self.action);
  }
}

}  // namespace

extern "C" {

flyball_code flyball_policy_make(const char* name, flyball_env* env, const char* options,
                                 flyball_policy** policy) {
  return Guard([&] {
    Given(policy, "policy");
    const flyball::EnvSpec& spec = Given(env, "env").env->spec();
    auto made = flyball::MakePolicy(&Given(name, "name"), spec, OptionsOf(options));
    made->Resize(env->env->num_envs());
    *policy = new flyball_policy{
        *env, std::move(made), std::vector<double>(spec.observation_size()),
        std::vector<double>(spec.state_size()), std::vector<double>(spec.action_size())};
  });
}

void flyball_policy_free(flyball_policy* policy) { delete policy; }

flyball_code flyball_policy_act(flyball_policy* policy) {
  return Guard([&] { Act(Given(policy, "policy")); });
}

}  // extern "C"
