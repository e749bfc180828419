// The baseline of QuadTune: gains that are known to be good.
#ifndef FLYBALL_ENVS_QUADCOPTER_TUNED_POLICY_H_
#define FLYBALL_ENVS_QUADCOPTER_TUNED_POLICY_H_

#include <memory>

#include "envs/core/policy.h"
#include "envs/quadcopter/config.h"

namespace flyball::quadcopter {

// The same change of the gains of the peer's controller in every step. It was found by a search (256
// candidates, the best 24 of each of 12 rounds, by return over two seeds each) with a cf2x in the
// default preset.
std::unique_ptr<Policy> MakeTunedPolicy(const Config& config);
// Whether there is such a controller.
bool TunedFits(const Config& config);

}  // namespace flyball::quadcopter

#endif  // FLYBALL_ENVS_QUADCOPTER_TUNED_POLICY_H_
