// Masks: rewards or actions that part of the data lacks, for learning from what is left.
#include <algorithm>

#include "envs/core/wrappers/selection.h"
#include "envs/core/wrappers/types.h"
#include "physics/numeric/error.h"

namespace flyball {
namespace {

class HiddenPart final : public Wrapper {
 public:
  HiddenPart(EnvSpec& spec, const Options& options)
      : reward_(options.at("target").AsText() == "reward"),
        fraction_(options.at("fraction").AsNumber()),
        each_step_(options.at("per").AsText() == "step") {
    if (reward_) {
      AddInfo(spec, ScalarField("true_reward", DType::kFloat64, "1", "reward before the mask"));
      spec.reward_low = std::min(spec.reward_low, 0.0);
      spec.reward_high = std::max(spec.reward_high, 0.0);
    }
    AddInfo(spec, ScalarField(reward_ ? "reward_masked" : "action_masked", DType::kBool, "1",
                              reward_ ? "whether the step's reward is hidden (and 0)"
                                      : "whether the step's action is to be hidden from learners"));
  }

  void Observe(WrapperIo& io, bool start) override {
    const double draw = each_step_ ? io.draws.Uniform(0) : io.draws.EpisodeUniform(0);
    const bool masked = !start && draw < fraction_;
    io.info.back() = masked;
    if (!reward_) return;
    io.info[0] = start ? 0.0 : io.reward;
    if (!masked) return;
    io.reward = 0.0;
    std::fill(io.agent_reward.begin(), io.agent_reward.end(), 0.0);
  }

 private:
  bool reward_;
  double fraction_;
  bool each_step_;
};

}  // namespace

WrapperType MaskType() {
  using enum Option::Kind;
  return {.name = "mask",
          .doc =
              "Hides the rewards of a fraction of steps or episodes (0 is given, and the true one "
              "recorded), or marks actions to be hidden from learners (they stay in the data, "
              "which is replayed by them).",
          .options = {{.name = "target",
                       .kind = kText,
                       .default_value = "reward",
                       .choices = {"reward", "action"},
                       .doc = "what is hidden"},
                      {.name = "fraction",
                       .kind = kNumber,
                       .default_value = 0.5,
                       .low = 0.0,
                       .high = 1.0,
                       .unit = "1",
                       .doc = "how much of it"},
                      {.name = "per",
                       .kind = kText,
                       .default_value = "step",
                       .choices = {"step", "episode"},
                       .doc = "whether single steps are drawn, or whole episodes"}},
          .make = [](EnvSpec& spec, const Options& options, const std::string&) {
            return std::make_unique<HiddenPart>(spec, options);
          }};
}

}  // namespace flyball
