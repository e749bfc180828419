// Reach: bring the end effector to a point above the table. After panda-gym's PandaReach.
#include <algorithm>
#include <cmath>
#include <optional>

#include "envs/core/env.h"
#include "envs/core/registry.h"
#include "envs/manipulation/panda.h"
#include "envs/manipulation/scripted_reach.h"
#include "physics/numeric/assets.h"
#include "physics/numeric/error.h"

namespace flyball {
namespace {

// Facts about the task (panda-gym 3.0.7).
constexpr double kThreshold = 0.05;             // m
constexpr double kActionScale = 0.05;           // m of the end effector, or rad of each joint
constexpr Vec3 kGoalLow = {-0.15, -0.15, 0.0};  // m, world frame
constexpr Vec3 kGoalHigh = {0.15, 0.15, 0.3};
constexpr int kMaxSteps = 50;
constexpr int kArmJoints = 7, kDrives = 9;

enum ResetField { kQpos, kQvel, kJoints, kGoal };

struct Variant {
  bool joints;  // actions displace the joints instead of the end effector
  bool dense;   // reward -distance instead of -1 until reached
};

double Distance(std::span<const double> a, std::span<const double> b) {
  double sum = 0.0;
  for (size_t k = 0; k < a.size(); ++k) sum += (a[k] - b[k]) * (a[k] - b[k]);
  return std::sqrt(sum);
}

// Of goals as they are observed, so that rewards computed again from stored observations are equal.
double Reward(double distance, bool dense) {
  return dense ? -distance : (distance > kThreshold ? -1.0 : 0.0);
}

std::shared_ptr<const Scene> TheScene() {
  static const std::shared_ptr<const Scene> scene =
      Scene::FromFile(AssetPath("manipulation/reach.xml"));
  return scene;
}

class Reach final : public Env {
 public:
  Reach(const EnvSpec& spec, Variant variant, const ManipulationSetup& setup)
      : variant_(variant), start_unsolved_(setup.start_unsolved),
        single_(spec.observation[0].dtype == DType::kFloat32),
        world_(World::Make(TheScene(), setup.world)), arm_(*world_, setup.robot, setup.arm) {
    qpos_.assign(world_->qpos().size(), 0.0);
    qvel_.assign(world_->qvel().size(), 0.0);
  }

  void Reset(Rng& rng, const ResetValues& values, Row& out) override {
    // The goal is drawn even if one is given, so that a seed's later draws stay the same.
    std::copy(arm_.home().begin(), arm_.home().end(), joints_.begin());
    ForceJoints(values);
    world_->Reset();
    arm_.Place(joints_, qpos_);
    world_->SetState(qpos_, qvel_);
    const Vec3 start = arm_.EndEffectorPosition();
    do {
      for (int k = 0; k < 3; ++k) goal_[k] = rng.Uniform(kGoalLow[k], kGoalHigh[k]);
    } while (start_unsolved_ && Distance(start, goal_) < 1.2 * kThreshold);
    if (values.has(kGoal)) std::copy_n(values[kGoal].begin(), 3, goal_.begin());
    Observe(out);
  }

  void Step(std::span<const double> action, Row& out) override {
    if (variant_.joints) {
      std::array<double, kArmJoints> displacement;
      for (int i = 0; i < kArmJoints; ++i) displacement[i] = kActionScale * action[i];
      arm_.MoveJoints(displacement);
    } else {
      arm_.MoveEndEffector(
          {kActionScale * action[0], kActionScale * action[1], kActionScale * action[2]});
    }
    arm_.MoveGripper(0.0);
    arm_.Step();
    const double distance = Observe(out);
    out.reward = Reward(distance, variant_.dense);
    out.terminated = distance < kThreshold;
  }

  void ReadState(std::span<double> out) const override {
    auto at = std::copy(world_->qpos().begin(), world_->qpos().end(), out.begin());
    at = std::copy(world_->qvel().begin(), world_->qvel().end(), at);
    std::array<double, kDrives> q;
    arm_.ReadJoints(q);
    at = std::copy(q.begin(), q.end(), at);
    std::copy(goal_.begin(), goal_.end(), at);
  }

  void VisitState(StateVisitor& visitor) override {
    world_->VisitState(visitor);
    arm_.VisitState(visitor);
    visitor("goal", goal_);
  }
  size_t memory_bytes() const override { return sizeof(*this) + world_->memory_bytes(); }
  World* world() override { return world_.get(); }

 private:
  void ForceJoints(const ResetValues& values) {
    std::fill(qpos_.begin(), qpos_.end(), 0.0);
    std::fill(qvel_.begin(), qvel_.end(), 0.0);
    if (values.has(kQpos) && values.has(kJoints)) {
      throw InputError("reset: give qpos or joints, not both: they name the same numbers");
    }
    for (const int field : {kQpos, kJoints}) {
      if (!values.has(field)) continue;
      arm_.CheckLimits(values[field]);
      std::copy(values[field].begin(), values[field].end(), joints_.begin());
    }
    if (values.has(kQvel)) std::copy(values[kQvel].begin(), values[kQvel].end(), qvel_.begin());
  }

  // Writes observation (position, velocity), achieved goal and desired goal; returns their distance.
  double Observe(Row& out) {
    const Vec3 p = arm_.EndEffectorPosition(), v = arm_.EndEffectorVelocity();
    std::array<double, 3> achieved, desired;
    for (int k = 0; k < 3; ++k) {
      out.observation[k] = p[k];
      out.observation[3 + k] = v[k];
      out.observation[6 + k] = achieved[k] = Rounded(p[k]);
      out.observation[9 + k] = desired[k] = Rounded(goal_[k]);
    }
    const double distance = Distance(achieved, desired);
    out.info[0] = distance < kThreshold;
    out.info[1] = distance;
    return distance;
  }
  double Rounded(double x) const { return single_ ? static_cast<float>(x) : x; }

  Variant variant_;
  bool start_unsolved_;
  bool single_;  // observations are float32
  std::unique_ptr<World> world_;
  Arm arm_;
  Vec3 goal_ = {0, 0, 0};
  std::array<double, kDrives> joints_ = {};
  std::vector<double> qpos_, qvel_;  // scratch of Reset
};

ManipulationSetup SetupOf(const Options& options) {
  return PandaSetup(options.at("preset").AsText(), EngineFromName(options.at("engine").AsText()));
}

EnvSpec Resolve(const Options& options, Variant variant) {
  const DType dtype = ObservationDType(options);
  const Entry position = {.name = "ee_position",
                          .size = 3,
                          .unit = "m",
                          .low = -10,
                          .high = 10,
                          .doc = "end effector (between the finger tips), world frame"};
  const Entry velocity = {.name = "ee_velocity",
                          .size = 3,
                          .unit = "m/s",
                          .low = -10,
                          .high = 10,
                          .doc = "its linear velocity, world frame"};
  const Entry goal = {.name = "goal",
                      .size = 3,
                      .unit = "m",
                      .low = -10,
                      .high = 10,
                      .doc = "where the end effector is to be, world frame"};
  EnvSpec spec;
  spec.doc = "Bring the end effector of a Panda within 50 mm of a point above the table.";
  spec.observation = {
      VectorField("observation", dtype, {position, velocity}, "what the robot feels"),
      VectorField("achieved_goal", dtype, {position}, "where the end effector is"),
      VectorField("desired_goal", dtype, {goal}, "where it is to be")};
  const Entry move =
      variant.joints
          ? Entry{.name = "joint_displacement",
                  .size = kArmJoints,
                  .unit = "0.05 rad",
                  .low = -1,
                  .high = 1,
                  .doc =
                      "from where the joints were last told to be (panda_gym: from where they are)"}
          : Entry{
                .name = "ee_displacement",
                .size = 3,
                .unit = "0.05 m",
                .low = -1,
                .high = 1,
                .doc =
                    "from where it was last told to be (panda_gym: from where it is), world frame"};
  spec.action.field = VectorField("action", DType::kFloat32, {move}, "clipped to its bounds");
  spec.info = {ScalarField("is_success", DType::kBool, "1",
                           "the end effector is within 50 mm of the goal", 0, 1),
               ScalarField("distance", DType::kFloat64, "m", "from end effector to goal", 0)};
  const Entry q = {
      .name = "position", .size = kDrives, .unit = "rad, m", .doc = "7 arm joints, then 2 fingers"};
  const Entry v = {.name = "velocity",
                   .size = kDrives,
                   .unit = "rad/s, m/s",
                   .doc = "7 arm joints, then 2 fingers"};
  spec.state = {VectorField("qpos", DType::kFloat64, {q}, "all positions of the model"),
                VectorField("qvel", DType::kFloat64, {v}, "all velocities of the model"),
                VectorField("joints", DType::kFloat64, {q}, "the robot's part of qpos"),
                VectorField("goal", DType::kFloat64, {goal})};
  spec.reset = spec.state;
  spec.control_period = 0.04;
  spec.max_episode_steps = kMaxSteps;
  spec.reward_high = 0.0;
  if (!variant.dense) spec.reward_low = -1.0;
  spec.goal_conditioned = true;
  return spec;
}

Registration Variation(Variant variant) {
  return {.id = std::string("PandaReach") + (variant.joints ? "Joints" : "") +
                (variant.dense ? "Dense" : "") + "-v1",
          .family = "manipulation",
          .options = ManipulationOptions(),
          .max_episode_steps = kMaxSteps,
          .resolve = [variant](const Options& options) { return Resolve(options, variant); },
          .make =
              [variant](const BatchContext& context) {
                const ManipulationSetup setup = SetupOf(context.spec.options);
                return MakeEnvBatch(
                    context, [&] { return std::make_unique<Reach>(context.spec, variant, setup); });
              },
          .policies = {{.name = "scripted",
                        .doc = "moves the end effector straight to the goal",
                        .make =
                            [variant](const EnvSpec& spec) {
                              const ManipulationSetup setup = SetupOf(spec.options);
                              return MakeScriptedReach(TheScene(), setup.robot, variant.joints,
                                                       kActionScale);
                            }}},
          .compute_reward =
              [variant](const EnvSpec&, std::span<const double> achieved,
                        std::span<const double> desired, std::span<double> rewards) {
                for (size_t i = 0; i < rewards.size(); ++i) {
                  const double d = Distance(achieved.subspan(3 * i, 3), desired.subspan(3 * i, 3));
                  rewards[i] = Reward(d, variant.dense);
                }
              }};
}

FLYBALL_REGISTER(std::vector<Registration>{
    Variation({.joints = false, .dense = false}), Variation({.joints = false, .dense = true}),
    Variation({.joints = true, .dense = false}), Variation({.joints = true, .dense = true})});

}  // namespace
}  // namespace flyball
