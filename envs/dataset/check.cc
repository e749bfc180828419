// What an episode must be by itself, without the environment.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>

#include "envs/dataset/verify.h"

namespace flyball::dataset {
namespace {

class Checker {
 public:
  Checker(const Layout& layout, const Episode& episode) : layout_(layout), episode_(episode) {}

  std::vector<Problem> Run(const std::string& hash) {
    if (episode_.seed != layout_.plan.EpisodeSeed(episode_.index)) {
      Report(-1, "its seed " + std::to_string(episode_.seed) + " is not the plan's");
    }
    if (episode_.ContentHash(layout_.schema).hex() != hash) {
      Report(-1, "its content hash does not match");
    }
    if (episode_.length < 1 || episode_.length > layout_.plan.max_episode_steps) {
      Report(-1, "it has " + std::to_string(episode_.length) + " steps; 1 to " +
                     std::to_string(layout_.plan.max_episode_steps) + " are allowed");
    }
    CheckStates();
    for (size_t i = 0; i < layout_.schema.columns.size(); ++i) CheckNumbers(i);
    CheckEnds();
    CheckChoices();
    return std::move(problems_);
  }

 private:
  void Report(int64_t step, const std::string& what) {
    const std::string where = "episode " + std::to_string(episode_.index) +
                              (step < 0 ? "" : ", step " + std::to_string(step));
    problems_.push_back({.episode = episode_.index, .step = step, .text = where + ": " + what});
  }

  // Full states at the start, every state_every steps and at the end.
  void CheckStates() {
    std::vector<int64_t> wanted;
    const int64_t every = layout_.plan.state_every;
    for (int64_t step = 0; step < episode_.length; step += every ? every : episode_.length) {
      wanted.push_back(step);
    }
    wanted.push_back(episode_.length);
    if (episode_.state_steps != wanted)
      Report(-1, "its full states are not where the plan has them");
  }

  // Finite numbers within the bounds of their field; info columns may hold anything (a quantity
  // may not exist yet, or have no bound that is strict).
  void CheckNumbers(size_t i) {
    const ColumnSchema& column = layout_.schema.columns[i];
    const bool observed = column.name.starts_with("observation/");
    const bool acted =
        column.name == "action" && layout_.schema.action.kind == ActionSpec::Kind::kBox;
    if (column.field.dtype == DType::kFloat32 && (observed || acted)) {
      CheckBounds<float>(i, observed || layout_.schema.action.clip);
    } else if (column.field.dtype == DType::kFloat64 &&
               (observed || acted || column.name.ends_with("reward"))) {
      CheckBounds<double>(i, observed || (acted && layout_.schema.action.clip));
    } else if (column.name == "action") {
      CheckIndices(i);
    }
  }

  template <class T>
  std::vector<T> Numbers(size_t i) const {
    std::vector<T> values(episode_.columns[i].size() / sizeof(T));
    if (!values.empty())
      std::memcpy(values.data(), episode_.columns[i].data(), values.size() * sizeof(T));
    return values;
  }

  template <class T>
  void CheckBounds(size_t i, bool bounded) {
    const ColumnSchema& column = layout_.schema.columns[i];
    const std::vector<double> low = column.field.low(), high = column.field.high();
    const std::vector<T> values = Numbers<T>(i);
    const size_t size = low.size();
    for (size_t at = 0; at < values.size(); ++at) {
      const size_t k = at % size;
      const bool inside = !bounded || (values[at] >= static_cast<T>(low[k]) &&
                                       values[at] <= static_cast<T>(high[k]));
      if (std::isfinite(values[at]) && inside) continue;
      const std::string value = Value(static_cast<double>(values[at])).ToJson();
      return Report(static_cast<int64_t>(at / size),
                    column.name + "[" + std::to_string(k) + "] is " + value +
                        (inside ? ", which is not finite"
                                : ", outside [" + Value(low[k]).ToJson() + ", " +
                                      Value(high[k]).ToJson() + "]"));
    }
  }

  void CheckIndices(size_t i) {
    const std::vector<int64_t> values = Numbers<int64_t>(i);
    const std::vector<int>& choices = layout_.schema.action.choices;
    for (size_t at = 0; at < values.size() && !choices.empty(); ++at) {
      const int count = choices[at % choices.size()];
      if (values[at] >= 0 && values[at] < count) continue;
      return Report(static_cast<int64_t>(at / choices.size()),
                    "action is " + std::to_string(values[at]) + "; 0 to " +
                        std::to_string(count - 1) + " are allowed");
    }
  }

  // Nothing ends before the last step; the last has one flag up, and the reason that goes with it.
  void CheckEnds() {
    const ByteVector& terminated = Column("terminated");
    const ByteVector& truncated = Column("truncated");
    const ByteVector& reasons = Column("end_reason");
    for (int64_t step = 0; step < episode_.length; ++step) {
      const bool last = step + 1 == episode_.length;
      const int ended = std::to_integer<int>(terminated[step]);
      const int cut = std::to_integer<int>(truncated[step]);
      const auto reason = static_cast<EndReason>(reasons[step]);
      if (ended > 1 || cut > 1) return Report(step, "a flag is neither true nor false");
      if (ended && cut) return Report(step, "it is terminated and truncated at once");
      if (!last && (ended || cut)) return Report(step, "it has ended, yet it goes on");
      if (last && !ended && !cut)
        return Report(step, "neither terminated nor truncated at its end");
      const bool at_limit = episode_.length == layout_.plan.max_episode_steps;
      if ((reason == EndReason::kGoesOn) != !last || reason > EndReason::kEngineError ||
          (reason == EndReason::kTerminated) != (ended == 1) ||
          (reason == EndReason::kTimeLimit && !at_limit)) {
        return Report(step, "end_reason " + std::to_string(static_cast<int>(reason)) +
                                " does not go with its flags or its length");
      }
    }
  }

  // The policy is the plan's, and the action is the commanded one inside the bounds.
  void CheckChoices() {
    const int own = layout_.plan.PolicyOf(episode_.index);
    const std::vector<int64_t> policies = Numbers<int64_t>(layout_.schema.Find("policy_id"));
    for (size_t step = 0; step < policies.size(); ++step) {
      const int policy = static_cast<int64_t>(step) < layout_.plan.branch ? 0 : own;
      if (policies[step] == policy) continue;
      return Report(static_cast<int64_t>(step), "policy_id is " + std::to_string(policies[step]) +
                                                    "; the plan's is " + std::to_string(policy));
    }
    const ActionSpec& action = layout_.schema.action;
    if (action.kind != ActionSpec::Kind::kBox || !action.clip) return;
    if (action.field.dtype == DType::kFloat32) {
      CheckClipped<float>();
    } else {
      CheckClipped<double>();
    }
  }

  template <class T>
  void CheckClipped() {
    const std::vector<T> commanded = Numbers<T>(layout_.schema.Find("commanded_action"));
    const std::vector<T> taken = Numbers<T>(layout_.schema.Find("action"));
    const std::vector<double> low = layout_.schema.action.field.low();
    const std::vector<double> high = layout_.schema.action.field.high();
    const size_t size = low.size();
    for (size_t at = 0; at < taken.size(); ++at) {
      const size_t k = at % size;
      const T clipped =
          std::min(std::max(commanded[at], static_cast<T>(low[k])), static_cast<T>(high[k]));
      if (taken[at] == clipped) continue;
      return Report(static_cast<int64_t>(at / size),
                    "action[" + std::to_string(k) + "] is " +
                        Value(static_cast<double>(taken[at])).ToJson() +
                        ", which is not the commanded one inside its bounds");
    }
  }

  const ByteVector& Column(const char* name) const {
    return episode_.columns[layout_.schema.Find(name)];
  }

  const Layout& layout_;
  const Episode& episode_;
  std::vector<Problem> problems_;
};

}  // namespace

std::vector<Problem> CheckEpisode(const Layout& layout, const Episode& episode,
                                  const std::string& hash) {
  return Checker(layout, episode).Run(hash);
}

}  // namespace flyball::dataset
