#include "envs/quadcopter/tuned_policy.h"

#include <algorithm>

#include "envs/policies/dsl_pid.h"

namespace flyball::quadcopter {
namespace {

// Relative changes: of position gains P, I and D, then of attitude gains.
constexpr double kGains[] = {0.175, 0.763, -0.819, 0.506, -0.239, -0.646};

class TunedPolicy final : public Policy {
 public:
  explicit TunedPolicy(int num_drones) : num_drones_(num_drones) {}
  void Resize(int) override {}
  void VisitState(int, StateVisitor&) override {}
  void Act(int, const PolicyInput&, std::span<double> action) override {
    for (int drone = 0; drone < num_drones_; ++drone) {
      std::copy(std::begin(kGains), std::end(kGains), action.begin() + std::size(kGains) * drone);
    }
  }

 private:
  int num_drones_;
};

}  // namespace

std::unique_ptr<Policy> MakeTunedPolicy(const Config& config) {
  return std::make_unique<TunedPolicy>(config.num_drones);
}

bool TunedFits(const Config& config) { return policies::DslPid::Knows(config.airframe); }

}  // namespace flyball::quadcopter
