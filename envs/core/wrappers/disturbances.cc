// Disturbances: what the world adds to actions or readings, from a trace or a process.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "envs/core/wrappers/selection.h"
#include "envs/core/wrappers/types.h"
#include "physics/numeric/error.h"
#include "physics/numeric/lanes.h"

namespace flyball {
namespace {

class ActionNoise final : public Wrapper {
 public:
  ActionNoise(const EnvSpec& spec, const Options& options, const std::string& where)
      : selection_(SelectActed(spec, options.at("of").AsList(), where)),
        std_(options.at("std").AsNumber()) {}
  void Act(WrapperIo& io) override {
    for (int i = 0; i < selection_.size(); ++i) {
      io.action[selection_.index[i]] += std_ * io.draws.Normal(i);
    }
  }

 private:
  Selection selection_;
  double std_;
};

enum class Kind { kTrace, kSine, kNoise };

class Disturbance final : public Wrapper {
 public:
  Disturbance(EnvSpec& spec, const Options& options, const std::string& where)
      : acts_(options.at("target").AsText() == "action"),
        selection_(acts_ ? SelectActed(spec, options.at("of").AsList(), where)
                         : SelectObserved(spec, options.at("of").AsList(), where)),
        size_(options.at("size").AsNumber()), period_(options.at("period").AsNumber()),
        random_start_(options.at("start").AsText() == "random"),
        after_(options.at("after").AsText()) {
    const std::string& kind = options.at("kind").AsText();
    kind_ = kind == "trace" ? Kind::kTrace : kind == "sine" ? Kind::kSine : Kind::kNoise;
    // exp(-1/period): how much of a step's value is left at the next.
    keeps_ = Exp(-1.0 / period_);
    ReadTrace(options.at("values"), where);
    AddInfo(spec,
            FieldOf(spec, "disturbance", selection_.size(), "", "what was added in the step"));
  }

  // What is added in this step; then the phase that the episode drew.
  int memory_size() const override { return selection_.size() + 1; }
  void Begin(WrapperIo& io) override {
    io.memory.back() = random_start_ ? io.draws.EpisodeUniform(0) : 0.0;
    // The process begins in its stationary distribution.
    if (kind_ == Kind::kNoise) {
      for (int i = 0; i < selection_.size(); ++i) io.memory[i] = size_ * io.draws.Normal(i);
    }
  }
  void Act(WrapperIo& io) override {
    if (!acts_) return;
    Update(io, io.step - 1);
    for (int i = 0; i < selection_.size(); ++i) io.action[selection_.index[i]] += io.memory[i];
  }
  void Observe(WrapperIo& io, bool start) override {
    if (!acts_) Update(io, io.step);
    for (int i = 0; i < selection_.size(); ++i) {
      io.info[i] = start && acts_ ? 0.0 : io.memory[i];
      if (acts_) continue;
      double& x = io.observation[selection_.index[i]];
      x = std::clamp(x + io.memory[i], selection_.low[i], selection_.high[i]);
    }
  }

 private:
  void ReadTrace(const Value& values, const std::string& where) {
    if (kind_ != Kind::kTrace) return;
    const size_t size = selection_.size();
    if (values.AsList().empty()) throw InputError(where + ": a trace needs values");
    for (const Value& row : values.AsList()) {
      const std::vector<double> numbers = row.AsNumbers();
      if (numbers.size() != size && numbers.size() != 1) {
        throw InputError(where + ": values[" + std::to_string(trace_.size() / size) + "] has " +
                         std::to_string(numbers.size()) + " numbers; 1 or " + std::to_string(size) +
                         " are needed");
      }
      for (size_t i = 0; i < size; ++i) {
        trace_.push_back(numbers[numbers.size() == 1 ? 0 : i]);
        if (!(std::abs(trace_.back()) <= 1e12)) {
          throw InputError(where + ": values hold " + Value(trace_.back()).ToJson() +
                           "; numbers up to 1e12 are allowed");
        }
      }
    }
  }

  // The memory as it is in step `step`.
  void Update(WrapperIo& io, int64_t step) {
    const size_t size = selection_.size();
    if (kind_ == Kind::kTrace) {
      const int64_t rows = static_cast<int64_t>(trace_.size() / size);
      int64_t at = step + static_cast<int64_t>(io.memory.back() * static_cast<double>(rows));
      const bool over = at >= rows;
      if (over) at = after_ == "repeat" ? at % rows : rows - 1;
      for (size_t i = 0; i < size; ++i) {
        io.memory[i] = over && after_ == "zero" ? 0.0 : size_ * trace_[at * size + i];
      }
    } else if (kind_ == Kind::kSine) {
      const double turns = static_cast<double>(step) / period_ + io.memory.back();
      const double value = size_ * Sin(2.0 * std::numbers::pi * (turns - std::floor(turns)));
      std::fill_n(io.memory.begin(), size, value);
    } else if (step > 0) {
      const double fresh = size_ * std::sqrt(1.0 - keeps_ * keeps_);
      for (size_t i = 0; i < size; ++i) {
        io.memory[i] = keeps_ * io.memory[i] + fresh * io.draws.Normal(static_cast<uint32_t>(i));
      }
    }
  }

  bool acts_;
  Selection selection_;
  Kind kind_ = Kind::kNoise;
  double size_, period_;
  bool random_start_;
  std::string after_;
  double keeps_ = 0.0;
  std::vector<double> trace_;  // (T, size)
};

}  // namespace

WrapperType ActionNoiseType() {
  return {.name = "action_noise",
          .doc = "Adds normal noise to actions, fresh at every step.",
          .options = {{.name = "std",
                       .kind = Option::Kind::kNumber,
                       .default_value = 0.01,
                       .low = 0.0,
                       .high = 1e6,
                       .doc = "standard deviation, in the unit of the action"},
                      OfOption("which numbers of the action; nothing: all")},
          .make = [](EnvSpec& spec, const Options& options, const std::string& where) {
            return std::make_unique<ActionNoise>(spec, options, where);
          }};
}

WrapperType DisturbanceType() {
  using enum Option::Kind;
  return {
      .name = "disturbance",
      .doc =
          "Adds what the world does to actions or readings: a trace, a sine or noise with a "
          "memory (Ornstein and Uhlenbeck's).",
      .options =
          {{.name = "target",
            .kind = kText,
            .default_value = "action",
            .choices = {"action", "observation"},
            .doc = "what it is added to"},
           {.name = "kind",
            .kind = kText,
            .default_value = "noise",
            .choices = {"trace", "sine", "noise"},
            .doc = "what it is"},
           {.name = "size",
            .kind = kNumber,
            .default_value = 1.0,
            .low = 0.0,
            .high = 1e6,
            .doc = "factor of the trace, amplitude of the sine, standard deviation of the noise"},
           {.name = "period",
            .kind = kNumber,
            .default_value = 50.0,
            .low = 1e-3,
            .high = 1e9,
            .unit = "steps",
            .doc = "of the sine; correlation time of the noise"},
           {.name = "values",
            .kind = kList,
            .default_value = List{},
            .doc = "the trace: a number a step, or a list of one for each number it is added to"},
           {.name = "start",
            .kind = kText,
            .default_value = "zero",
            .choices = {"zero", "random"},
            .doc = "where trace and sine begin: the same place, or one that each episode draws"},
           {.name = "after",
            .kind = kText,
            .default_value = "repeat",
            .choices = {"repeat", "hold", "zero"},
            .doc = "what follows a trace's end"},
           OfOption("which numbers; nothing: all of the target but goals")},
      .make = [](EnvSpec& spec, const Options& options, const std::string& where) {
        return std::make_unique<Disturbance>(spec, options, where);
      }};
}

}  // namespace flyball
