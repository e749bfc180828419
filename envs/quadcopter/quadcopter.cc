// The quadcopter environments, registered.
#include "envs/core/kernel.h"
#include "envs/core/registry.h"
#include "envs/quadcopter/config.h"
#include "envs/quadcopter/pid_policy.h"

FLYBALL_DECLARE_KERNEL(quadcopter_default);
FLYBALL_DECLARE_KERNEL(quadcopter_gpd_dyn);
FLYBALL_DECLARE_KERNEL(quadcopter_gpd_pyb);

namespace flyball::quadcopter {
namespace {

KernelBuilds BuildsOf(Preset preset) {
  switch (preset) {
    case Preset::kGpdDyn:
      return FLYBALL_KERNEL_BUILDS(quadcopter_gpd_dyn);
    case Preset::kGpdPyb:
      return FLYBALL_KERNEL_BUILDS(quadcopter_gpd_pyb);
    default:
      return FLYBALL_KERNEL_BUILDS(quadcopter_default);
  }
}

Registration Describe(Task task, const char* id, int max_episode_steps) {
  return {
      .id = id,
      .family = "quadcopter",
      .options = OptionsOf(task),
      .max_episode_steps = max_episode_steps,
      .resolve =
          [task](const Options& options) { return MakeSpec(MakeConfig(task, options), options); },
      .make =
          [task](const BatchContext& context) {
            const Config config = MakeConfig(task, context.spec.options);
            return MakeKernelBatch(BuildsOf(config.preset), context, &config);
          },
      .policies = {{.name = "pid",
                    .doc = "cascaded PID on position and attitude, to the goal",
                    .make =
                        [task](const EnvSpec& spec) {
                          return MakePidPolicy(MakeConfig(task, spec.options));
                        }}},
      .compute_reward = {},
  };
}

// 242: the peer's clock lets its 8 s last so many steps.
const Registrar registrar(std::vector<Registration>{
    Describe(Task::kControl, "QuadControl-v1", 14400),
    Describe(Task::kHover, "QuadHover-v1", 242),
});

}  // namespace
}  // namespace flyball::quadcopter
