// Feedback of the measurement through an observer: what LQG, H2 and H-infinity controllers are.
#ifndef FLYBALL_ENVS_POLICIES_OBSERVER_H_
#define FLYBALL_ENVS_POLICIES_OBSERVER_H_

#include <span>
#include <vector>

#include "envs/core/policy.h"
#include "physics/linear/generalized_plant.h"

namespace flyball {

// Acts on the observation alone. A row's memory is the estimate of the plant's state, from zero at
// the start of an episode. The action is clipped where the environment clips, and the observer is
// told what was applied; entries of the action beyond the controller's (a disturbance) are zero.
class ObserverPolicy final : public Policy {
 public:
  // `waits`: the first observation of an episode is passed over (where observations are late, it is
  // of the first state, with noise of its own). Throws InputError if it does not fit the spec.
  ObserverPolicy(const ObserverController& controller, bool waits, const EnvSpec& spec);

  void Resize(int num_rows) override;
  void Act(int row, const PolicyInput& input, std::span<double> action) override;
  void VisitState(int row, StateVisitor& visitor) override;

 private:
  ObserverController controller_;
  bool waits_;
  std::vector<double> low_, high_;
  std::vector<double> estimates_;  // (N, states of the controller)
};

}  // namespace flyball

#endif  // FLYBALL_ENVS_POLICIES_OBSERVER_H_
