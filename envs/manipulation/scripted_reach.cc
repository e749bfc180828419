#include "envs/manipulation/scripted_reach.h"

#include <algorithm>
#include <array>

#include "envs/manipulation/arm.h"

namespace flyball {
namespace {

// Places in the flattened inputs: observation {p, v, achieved, desired}, state {qpos, qvel, ...}.
constexpr size_t kPosition = 0, kDesired = 9;

class ScriptedReach final : public Policy {
 public:
  ScriptedReach(std::shared_ptr<const Scene> scene, const Robot& robot, bool by_joints,
                double scale)
      : chain_(*scene, scene->Id(Element::kSite, robot.end_effector_site)), by_joints_(by_joints),
        scale_(scale) {
    const std::span<const double> home(robot.home.data(), chain_.num_joints());
    orientation_ = QuaternionOf(chain_.Forward(home).R_W);
  }

  void Resize(int) override {}
  void VisitState(int, StateVisitor&) override {}  // remembers nothing

  void Act(int, const PolicyInput& input, std::span<double> action) override {
    const std::span<const double> goal = input.observation.subspan(kDesired, 3);
    if (!by_joints_) {
      for (size_t k = 0; k < 3; ++k) {
        action[k] = std::clamp((goal[k] - input.observation[kPosition + k]) / scale_, -1.0, 1.0);
      }
      return;
    }
    // Joints that put the end effector at the goal, from where they are.
    std::array<double, 32> storage;
    const std::span<double> q(storage.data(), chain_.num_joints());
    std::copy_n(input.state.begin(), q.size(), q.begin());
    SolveIk(chain_, kConvergingIk, {goal[0], goal[1], goal[2]}, orientation_, q);
    // All joints by the same share, so that the way stays straight in joint space.
    double largest = 1.0;
    for (size_t i = 0; i < q.size(); ++i) {
      action[i] = (q[i] - input.state[i]) / scale_;
      largest = std::max(largest, std::abs(action[i]));
    }
    for (double& a : action) a /= largest;
  }

 private:
  KinematicChain chain_;
  bool by_joints_;
  double scale_;
  std::array<double, 4> orientation_;
};

}  // namespace

std::unique_ptr<Policy> MakeScriptedReach(std::shared_ptr<const Scene> scene, const Robot& robot,
                                          bool by_joints, double scale) {
  return std::make_unique<ScriptedReach>(std::move(scene), robot, by_joints, scale);
}

}  // namespace flyball
