// Delays: what is done, or shown, a number of steps late. A step's number may be drawn.
#include <algorithm>

#include "envs/core/wrappers/selection.h"
#include "envs/core/wrappers/types.h"
#include "physics/numeric/error.h"

namespace flyball {
namespace {

constexpr int kMostSteps = 1000;

// The last values of n numbers, and how late each step is.
class Line {
 public:
  Line(const Options& options, int size, const std::string& where)
      : low_(static_cast<int>(options.at("steps").AsInteger())), size_(size),
        each_step_(options.at("draw").AsText() == "step") {
    const Value& most = options.at("max_steps");
    high_ = most.is_null() ? low_ : static_cast<int>(most.AsInteger());
    if (high_ < low_) {
      throw InputError(where + ": max_steps " + std::to_string(high_) + " is below steps " +
                       std::to_string(low_));
    }
  }

  int memory_size() const { return 1 + (high_ + 1) * size_; }

  // Everything before the start was `first`.
  void Begin(WrapperIo& io, std::span<const double> first) const {
    io.memory[0] = Draw(io.draws.EpisodeUniform(0));
    for (int k = 0; k <= high_; ++k) std::copy(first.begin(), first.end(), Place(io, k).begin());
  }
  // Puts the present value in and gives the delayed one; returns the delay.
  double Pass(WrapperIo& io, std::span<double> value) const {
    const std::span<double> line = io.memory.subspan(1);
    std::copy_backward(line.begin(), line.end() - size_, line.end());
    std::copy(value.begin(), value.end(), line.begin());
    const double delay = each_step_ ? Draw(io.draws.Uniform(0)) : io.memory[0];
    const std::span<double> old = Place(io, static_cast<int>(delay));
    std::copy(old.begin(), old.end(), value.begin());
    return delay;
  }
  double drawn(const WrapperIo& io) const { return io.memory[0]; }

 private:
  double Draw(double uniform) const {
    return low_ + std::min<int>(high_ - low_, static_cast<int>(uniform * (high_ - low_ + 1)));
  }
  // The value of `k` steps ago.
  std::span<double> Place(WrapperIo& io, int k) const {
    return io.memory.subspan(1 + static_cast<size_t>(k) * size_, size_);
  }

  int low_, high_ = 0, size_;
  bool each_step_;
};

class ActionDelay final : public Wrapper {
 public:
  ActionDelay(const EnvSpec& spec, const Options& options, const std::string& where)
      : line_(options, spec.action_size(), where), idle_(spec.action_size(), 0.0) {
    if (spec.action.kind != ActionSpec::Kind::kBox) return;
    const std::vector<double> low = spec.action.field.low(), high = spec.action.field.high();
    for (size_t i = 0; i < idle_.size(); ++i) idle_[i] = std::clamp(0.0, low[i], high[i]);
  }
  int memory_size() const override { return line_.memory_size() + 1; }
  void Begin(WrapperIo& io) override { line_.Begin(io, idle_); }
  void Act(WrapperIo& io) override { io.memory.back() = line_.Pass(io, io.action); }
  void Observe(WrapperIo& io, bool start) override {
    io.info[0] = start ? line_.drawn(io) : io.memory.back();
  }

 private:
  Line line_;
  std::vector<double> idle_;
};

class ObservationDelay final : public Wrapper {
 public:
  ObservationDelay(const EnvSpec& spec, const Options& options, const std::string& where)
      : selection_(SelectObserved(spec, options.at("of").AsList(), where)),
        line_(options, selection_.size(), where) {}
  // Behind the line, room for the present values.
  int memory_size() const override { return line_.memory_size() + selection_.size(); }
  void Observe(WrapperIo& io, bool start) override {
    const size_t line_size = line_.memory_size();
    const std::span<double> values = io.memory.subspan(line_size);
    for (int i = 0; i < selection_.size(); ++i) values[i] = io.observation[selection_.index[i]];
    WrapperIo line_io = io;
    line_io.memory = io.memory.first(line_size);
    if (start) {
      line_.Begin(line_io, values);
      io.info[0] = line_.drawn(line_io);
      return;
    }
    io.info[0] = line_.Pass(line_io, values);
    for (int i = 0; i < selection_.size(); ++i) io.observation[selection_.index[i]] = values[i];
  }

 private:
  Selection selection_;
  Line line_;
};

OptionSchema DelayOptions() {
  return {{.name = "steps",
           .kind = Option::Kind::kInteger,
           .default_value = 1,
           .low = 0,
           .high = kMostSteps,
           .unit = "steps",
           .doc = "how late; with max_steps the least"},
          {.name = "max_steps",
           .kind = Option::Kind::kInteger,
           .low = 0,
           .high = kMostSteps,
           .unit = "steps",
           .doc = "the most, if delays are drawn (uniformly); nothing: always `steps`"},
          {.name = "draw",
           .kind = Option::Kind::kText,
           .default_value = "episode",
           .choices = {"episode", "step"},
           .doc = "how often one is drawn; with `step` later ones may overtake"}};
}

}  // namespace

WrapperType ActionDelayType() {
  return {.name = "action_delay",
          .doc =
              "The plant is given the action of some steps ago; before the first one 0, or the "
              "bound nearest to it.",
          .options = DelayOptions(),
          .make = [](EnvSpec& spec, const Options& options, const std::string& where) {
            auto wrapper = std::make_unique<ActionDelay>(spec, options, where);
            AddInfo(spec, ScalarField("action_delay", DType::kInt64, "steps",
                                      "how late the action was; at reset what the episode drew"));
            return wrapper;
          }};
}

WrapperType ObservationDelayType() {
  OptionSchema options = DelayOptions();
  options.push_back(OfOption("what is late; nothing: all but goals"));
  return {.name = "observation_delay",
          .doc = "What is shown is what there was some steps ago; before the start, the start.",
          .options = std::move(options),
          .make = [](EnvSpec& spec, const Options& options, const std::string& where) {
            auto wrapper = std::make_unique<ObservationDelay>(spec, options, where);
            AddInfo(spec, ScalarField("observation_delay", DType::kInt64, "steps",
                                      "how late the observation is"));
            return wrapper;
          }};
}

}  // namespace flyball
