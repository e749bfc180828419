// The quadcopter environments, registered.
#include <algorithm>

#include "envs/core/kernel.h"
#include "envs/core/registry.h"
#include "envs/quadcopter/config.h"
#include "envs/quadcopter/engine_env.h"
#include "envs/quadcopter/pid_policy.h"
#include "envs/quadcopter/pilot_policy.h"
#include "envs/quadcopter/scene.h"
#include "envs/quadcopter/tuned_policy.h"

FLYBALL_DECLARE_WIDE_KERNEL(quadcopter);

namespace flyball::quadcopter {
namespace {

std::unique_ptr<Batch> Make(const Task& task, const BatchContext& context) {
  const Config config = MakeConfig(task, context.spec.options);
  if (config.mover != Mover::kAnalytic) return MakeEngineBatch(context, config);
  return WithPictures(MakeKernelBatch(FLYBALL_WIDE_KERNEL_BUILDS(quadcopter), context, &config),
                      config, context.spec.state_size());
}

std::vector<PolicyRegistration> Baselines(const Task& task) {
  std::vector<PolicyRegistration> baselines = {
      {.name = "pid",
       .doc = "cascaded PID on position and attitude, to the goal",
       .make = [&task](const EnvSpec& spec) {
         return MakePidPolicy(MakeConfig(task, spec.options));
       }}};
  const auto pilot = [&](const char* name, PilotKind kind, const char* doc) {
    baselines.push_back({.name = name, .doc = doc, .make = [&task, kind](const EnvSpec& spec) {
                           return MakePilotPolicy(kind, MakeConfig(task, spec.options));
                         }});
  };
  pilot("dsl_pid", PilotKind::kDslPid, "the peer's PID, on rotor speeds of a cf2x or cf2p");
  pilot("geometric", PilotKind::kGeometric, "tracking control on SE(3), after Lee");
  pilot("mellinger", PilotKind::kMellinger,
        "PID on position with rates fed forward, after Mellinger");
  pilot("lqr", PilotKind::kLqr, "linear-quadratic regulator of the hover linearisation");
  pilot("mpc", PilotKind::kMpc, "linear model-predictive control of it with bounded inputs");
  if (task.id == TaskId::kTune) {
    baselines.push_back(
        {.name = "tuned",
         .doc = "gains that a search has found, of the controller of a cf2x or cf2p",
         .make = [&task](const EnvSpec& spec) {
           return MakeTunedPolicy(MakeConfig(task, spec.options));
         }});
  }
  return baselines;
}

// Whether a baseline can fly what the options made.
bool Fits(const std::string& policy, const Config& config) {
  if (policy == "dsl_pid") return PilotFits(PilotKind::kDslPid, config);
  return policy != "tuned" || TunedFits(config);
}

Registration Describe(const Task& task) {
  // The longest of the presets, at the rate that options default to; the peer's clock lets its
  // episodes last two steps longer.
  const int control_hz = task.old ? 48 : 30;
  const int steps = static_cast<int>(task.seconds * control_hz) + (task.peer_doc.empty() ? 0 : 2);
  return {
      .id = std::string(task.name),
      .family = "quadcopter",
      .options = OptionsOf(task),
      .max_episode_steps = task.learning ? steps : 14400,
      .resolve =
          [&task](const Options& options) {
            const Config config = MakeConfig(task, options);
            EnvSpec spec = MakeSpec(config, options);
            for (const PolicyRegistration& policy : Baselines(task)) {
              if (Fits(policy.name, config)) spec.policies.push_back(policy.name);
            }
            return spec;
          },
      .make = [&task](const BatchContext& context) { return Make(task, context); },
      .policies = Baselines(task),
      .compute_reward = {},
  };
}

std::vector<Registration> All() {
  std::vector<Registration> all;
  for (const Task& task : Tasks()) all.push_back(Describe(task));
  return all;
}

const Registrar registrar(All());

}  // namespace
}  // namespace flyball::quadcopter
