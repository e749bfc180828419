// What reaching a goal means for an episode's end, for environments conditioned on goals: beside the
// registry, which has their rewards.
#ifndef FLYBALL_ENVS_CORE_GOALS_H_
#define FLYBALL_ENVS_CORE_GOALS_H_

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "envs/core/spec.h"

namespace flyball {

// Of B pairs of goals, each flattened (B * goal size): 1 where Step would end the episode, else 0.
// Fills `ends` (B).
using EndsOfGoals = std::function<void(const EnvSpec& spec, std::span<const double> achieved,
                                       std::span<const double> desired, std::span<double> ends)>;

// For an id that is, or is about to be, registered.
void SetEndsOfGoals(std::string id, EndsOfGoals ends);
// Empty if the id has none.
EndsOfGoals FindEndsOfGoals(std::string_view id);

}  // namespace flyball

#endif  // FLYBALL_ENVS_CORE_GOALS_H_
