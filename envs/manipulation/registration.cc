#include "envs/core/goals.h"
#include "envs/manipulation/options.h"
#include "envs/manipulation/tabletop.h"

namespace flyball {
namespace {

// A function of one pair of goals, over a batch of them.
template <class OfPair>
EndsOfGoals OverPairs(const Task& task, OfPair of_pair) {
  return [&task, of_pair](const EnvSpec& spec, std::span<const double> achieved,
                          std::span<const double> desired, std::span<double> out) {
    const size_t size = static_cast<size_t>(task.goal_size());
    for (size_t i = 0; i < out.size(); ++i) {
      out[i] = of_pair(spec, GoalDistance(task, achieved.subspan(size * i, size),
                                          desired.subspan(size * i, size)));
    }
  };
}

Registration RegistrationOf(const Task& task, Variant variant, const char* expert_doc,
                            ExpertFactory make_expert) {
  Registration registration = {
      .id = IdOf(task, variant),
      .family = "manipulation",
      .options = ManipulationOptions(),
      .max_episode_steps = task.max_episode_steps,
      .resolve = [&task,
                  variant](const Options& options) { return SpecOf(task, variant, options); },
      .make =
          [&task, variant](const BatchContext& context) {
            const TabletopOptions options = Resolved(task, variant, context.spec.options);
            const std::shared_ptr<const Scene> scene = SceneOf(task, options);
            return MakeEnvBatch(context,
                                [&] { return std::make_unique<Tabletop>(task, options, scene); });
          },
      .policies = {},
      .compute_reward = OverPairs(task, [&task, variant](const EnvSpec&, double distance) {
        return RewardOf(task, variant, distance);
      })};
  SetEndsOfGoals(
      registration.id, OverPairs(task, [&task](const EnvSpec& spec, double distance) {
        return spec.options.at("ends_on_success").AsBool() && distance < task.threshold ? 1.0 : 0.0;
      }));
  if (make_expert) {
    registration.policies = {{.name = "scripted",
                              .doc = expert_doc,
                              .make = [&task, variant, make_expert](const EnvSpec& spec) {
                                return make_expert(spec, task, variant);
                              }}};
  }
  return registration;
}

}  // namespace

std::vector<Registration> RegistrationsOf(const Task& task, const char* expert_doc,
                                          ExpertFactory make_expert) {
  std::vector<Registration> ids;
  for (const bool joints : {false, true}) {
    for (const bool dense : {false, true}) {
      ids.push_back(
          RegistrationOf(task, {.joints = joints, .dense = dense}, expert_doc, make_expert));
    }
  }
  return ids;
}

}  // namespace flyball
