// Drift: a plant that changes from episode to episode, as a function of the episode's index, which
// the learner does not see. What the function gave is recorded.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "envs/core/wrappers/selection.h"
#include "envs/core/wrappers/types.h"
#include "physics/numeric/error.h"
#include "physics/numeric/lanes.h"

namespace flyball {
namespace {

enum class Target { kAction, kObservation, kReward };

class Drift final : public Wrapper {
 public:
  Drift(EnvSpec& spec, const Options& options, const std::string& where)
      : gain_(options.at("mode").AsText() == "gain"), size_(options.at("size").AsNumber()),
        period_(options.at("period").AsNumber()), shape_(options.at("shape").AsText()) {
    const std::string& target = options.at("target").AsText();
    target_ = target == "action"        ? Target::kAction
              : target == "observation" ? Target::kObservation
                                        : Target::kReward;
    const List& of = options.at("of").AsList();
    if (target_ == Target::kAction) selection_ = SelectActed(spec, of, where);
    if (target_ == Target::kObservation) selection_ = SelectObserved(spec, of, where);
    if (target_ == Target::kReward) {
      if (!of.empty()) throw InputError(where + ": a reward has no numbers to choose 'of'");
      spec.reward_low = -kInfinity;
      spec.reward_high = kInfinity;
    }
    AddInfo(spec,
            ScalarField("drift", DType::kFloat64, "1",
                        gain_ ? "factor minus one in this episode" : "offset in this episode"));
    AddInfo(spec, ScalarField("episode_index", DType::kInt64, "1", "episode that drift goes by"));
  }

  int memory_size() const override { return 1; }
  void Begin(WrapperIo& io) override {
    const double turns = static_cast<double>(io.episode) / period_;
    double value = 0.0;
    if (shape_ == "linear") value = std::min(turns, 1.0);
    if (shape_ == "sine") value = Sin(2.0 * std::numbers::pi * (turns - std::floor(turns)));
    if (shape_ == "switch") value = std::fmod(std::floor(turns), 2.0);
    if (shape_ == "random") value = 2.0 * io.draws.EpisodeUniform(0) - 1.0;
    io.memory[0] = size_ * value;
  }
  void Act(WrapperIo& io) override {
    if (target_ != Target::kAction) return;
    for (int i : selection_.index) io.action[i] = Changed(io, io.action[i]);
  }
  void Observe(WrapperIo& io, bool start) override {
    io.info[0] = io.memory[0];
    io.info[1] = static_cast<double>(io.episode);
    if (target_ == Target::kObservation) {
      for (int i = 0; i < selection_.size(); ++i) {
        double& x = io.observation[selection_.index[i]];
        x = std::clamp(Changed(io, x), selection_.low[i], selection_.high[i]);
      }
    } else if (target_ == Target::kReward && !start) {
      io.reward = Changed(io, io.reward);
      for (double& reward : io.agent_reward) reward = Changed(io, reward);
    }
  }

 private:
  double Changed(const WrapperIo& io, double x) const {
    return gain_ ? x * (1.0 + io.memory[0]) : x + io.memory[0];
  }

  Target target_ = Target::kAction;
  Selection selection_;
  bool gain_;
  double size_, period_;
  std::string shape_;
};

}  // namespace

WrapperType DriftType() {
  using enum Option::Kind;
  return {.name = "drift",
          .doc =
              "Actions, readings or rewards change from episode to episode, unseen: by a factor "
              "1 + size f(episode), or by that much.",
          .options = {{.name = "target",
                       .kind = kText,
                       .default_value = "action",
                       .choices = {"action", "observation", "reward"},
                       .doc = "what changes"},
                      {.name = "mode",
                       .kind = kText,
                       .default_value = "gain",
                       .choices = {"gain", "offset"},
                       .doc = "whether it is multiplied or added to"},
                      {.name = "size",
                       .kind = kNumber,
                       .default_value = -0.5,
                       .low = -1e6,
                       .high = 1e6,
                       .doc = "the full change, which f is a part of"},
                      {.name = "shape",
                       .kind = kText,
                       .default_value = "linear",
                       .choices = {"linear", "sine", "switch", "random"},
                       .doc = "f of e = episode / period: e up to 1; sin(2 pi e); 0 and 1 in turn; "
                              "uniform in [-1, 1), drawn"},
                      {.name = "period",
                       .kind = kNumber,
                       .default_value = 100.0,
                       .low = 1e-3,
                       .high = 1e12,
                       .unit = "episodes",
                       .doc = "how slow it is"},
                      OfOption("which numbers; nothing: all of the target but goals")},
          .make = [](EnvSpec& spec, const Options& options, const std::string& where) {
            return std::make_unique<Drift>(spec, options, where);
          }};
}

}  // namespace flyball
