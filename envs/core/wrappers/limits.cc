// Limits: what must stay between bounds costs something where it does not, and may end the episode.
#include <algorithm>

#include "envs/core/wrappers/selection.h"
#include "envs/core/wrappers/types.h"
#include "physics/numeric/error.h"

namespace flyball {
namespace {

class Limit final : public Wrapper {
 public:
  Limit(EnvSpec& spec, const Options& options, const std::string& where)
      : cost_(options.at("cost").AsNumber()), penalty_(options.at("penalty").AsNumber()),
        terminates_(options.at("terminate").AsBool()) {
    const std::string& target = options.at("target").AsText();
    const std::vector<std::string> names = options.at("of").AsTexts();
    if (names.empty()) throw InputError(where + ": 'of' is missing: the numbers that are limited");
    source_ = target == "observation" ? Source::kObservation
              : target == "info"      ? Source::kInfo
                                      : Source::kAction;
    const List& of = options.at("of").AsList();
    selection_ = source_ == Source::kAction ? SelectActed(spec, of, where)
                 : source_ == Source::kInfo ? Select(spec.info, names, where)
                                            : SelectObserved(spec, of, where);
    low_ = options.at("low").is_null() ? -kInfinity : options.at("low").AsNumber();
    high_ = options.at("high").is_null() ? kInfinity : options.at("high").AsNumber();
    if (low_ == -kInfinity && high_ == kInfinity) {
      throw InputError(where + ": neither 'low' nor 'high' is given");
    }
    if (low_ > high_) {
      throw InputError(where + ": low " + Value(low_).ToJson() + " is above high " +
                       Value(high_).ToJson());
    }
    const std::string& name = options.at("name").AsText();
    AddInfo(spec,
            ScalarField(name, DType::kFloat64, "1", "cost of what is beyond its limits", 0.0));
    const double most = selection_.size() * penalty_;
    spec.reward_low -= std::max(most, 0.0);
    spec.reward_high -= std::min(most, 0.0);
  }

  int memory_size() const override { return source_ == Source::kAction ? 1 : 0; }
  // An action is looked at where it passes.
  void Act(WrapperIo& io) override {
    if (source_ == Source::kAction) io.memory[0] = Violations(io.action);
  }
  void Observe(WrapperIo& io, bool start) override {
    const double count = source_ == Source::kObservation ? Violations(io.observation)
                         : source_ == Source::kInfo      ? Violations(io.plant)
                                                         : io.memory[0];
    io.info[0] = cost_ * count;
    if (start) return;
    io.reward -= penalty_ * count;
    for (double& reward : io.agent_reward) {
      reward -= penalty_ * count / static_cast<double>(io.agent_reward.size());
    }
    io.terminated |= terminates_ && count > 0.0;
  }

 private:
  enum class Source { kObservation, kInfo, kAction };

  double Violations(std::span<const double> values) const {
    double count = 0.0;
    for (int i : selection_.index) count += values[i] < low_ || values[i] > high_;
    return count;
  }

  Source source_ = Source::kObservation;
  Selection selection_;
  double low_ = -kInfinity, high_ = kInfinity, cost_, penalty_;
  bool terminates_;
};

}  // namespace

WrapperType LimitType() {
  using enum Option::Kind;
  return {.name = "limit",
          .doc =
              "A safety limit: each number beyond it has a cost, which is recorded beside the "
              "reward; it may be taken off the reward too, or end the episode.",
          .options = {OfOption("which numbers, needed"),
                      {.name = "target",
                       .kind = kText,
                       .default_value = "observation",
                       .choices = {"observation", "info", "action"},
                       .doc = "what they are of, as it is at this place in the list"},
                      {.name = "low",
                       .kind = kNumber,
                       .doc = "the least that is safe; nothing: no such limit"},
                      {.name = "high", .kind = kNumber, .doc = "the most that is safe"},
                      {.name = "cost",
                       .kind = kNumber,
                       .default_value = 1.0,
                       .low = 0.0,
                       .high = 1e9,
                       .doc = "of each number beyond, in each step"},
                      {.name = "penalty",
                       .kind = kNumber,
                       .default_value = 0.0,
                       .low = 0.0,
                       .high = 1e9,
                       .doc = "taken off the reward for each number beyond, in each step"},
                      {.name = "terminate",
                       .kind = kBool,
                       .default_value = false,
                       .doc = "whether the episode ends"},
                      {.name = "name",
                       .kind = kText,
                       .default_value = "cost",
                       .doc = "of the info that holds the cost"}},
          .make = [](EnvSpec& spec, const Options& options, const std::string& where) {
            return std::make_unique<Limit>(spec, options, where);
          }};
}

}  // namespace flyball
