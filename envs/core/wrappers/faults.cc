// Faults: actuators and sensors that fail inside an episode, labelled step by step.
#include <algorithm>
#include <cmath>

#include "envs/core/wrappers/selection.h"
#include "envs/core/wrappers/types.h"
#include "physics/numeric/error.h"

namespace flyball {
namespace {

enum class Effect { kLoss, kStuck, kOffset };

// Memory: begin and end of the fault in steps (-1: none), which number (-1: all), whether the held
// values are there; then those.
enum Slot { kBegin, kEnd, kWhich, kHolds, kNumSlots };

class Fault final : public Wrapper {
 public:
  Fault(EnvSpec& spec, const Options& options, const std::string& where)
      : probability_(options.at("probability").AsNumber()), size_(options.at("size").AsNumber()),
        first_(options.at("first").AsNumber()), last_(options.at("last").AsNumber()),
        lasts_(options.at("lasts").AsNumber()), one_(options.at("hits").AsText() == "one") {
    const std::string& kind = options.at("kind").AsText();
    acts_ = kind.starts_with("actuator");
    effect_ = kind.ends_with("loss")    ? Effect::kLoss
              : kind.ends_with("stuck") ? Effect::kStuck
                                        : Effect::kOffset;
    const List& of = options.at("of").AsList();
    selection_ = acts_ ? SelectActed(spec, of, where) : SelectObserved(spec, of, where);
    if (last_ < first_) {
      throw InputError(where + ": last " + Value(last_).ToJson() + " is before first " +
                       Value(first_).ToJson());
    }
    AddInfo(spec, ScalarField("fault", DType::kBool, "1", "whether the step had " + kind));
    AddInfo(spec, ScalarField("fault_number", DType::kInt64, "1",
                              "which of those chosen had it; -1 none, or all of them"));
  }

  int memory_size() const override { return kNumSlots + selection_.size(); }
  void Begin(WrapperIo& io) override {
    const auto pick = [&](uint32_t draw, double count) {
      return std::min(count - 1.0, std::floor(io.draws.EpisodeUniform(draw) * count));
    };
    const bool happens = io.draws.EpisodeUniform(0) < probability_;
    io.memory[kBegin] = happens ? first_ + pick(1, last_ - first_ + 1.0) : -1.0;
    io.memory[kEnd] = !happens ? -1.0 : lasts_ > 0.0 ? io.memory[kBegin] + lasts_ : kInfinity;
    io.memory[kWhich] = one_ ? pick(2, selection_.size()) : -1.0;
  }
  void Act(WrapperIo& io) override {
    if (acts_) Apply(io, io.action, io.step - 1, false);
  }
  void Observe(WrapperIo& io, bool) override {
    // A step that was faulty is labelled so: an action of step k is in what follows it.
    const double step = acts_ ? io.step - 1.0 : io.step;
    if (!acts_) Apply(io, io.observation, io.step, true);
    const bool active = Active(io, step);
    io.info[0] = active;
    io.info[1] = active ? io.memory[kWhich] : -1.0;
  }

 private:
  static bool Active(const WrapperIo& io, double step) {
    return step >= io.memory[kBegin] && step < io.memory[kEnd] && io.memory[kBegin] >= 0.0;
  }

  void Apply(WrapperIo& io, std::span<double> values, double step, bool bounded) {
    const std::span<double> held = io.memory.subspan(kNumSlots);
    const bool active = Active(io, step);
    for (int i = 0; i < selection_.size(); ++i) {
      double& x = values[selection_.index[i]];
      // What sticks is what there was just before, or at the very start.
      if (!active || (io.memory[kHolds] == 0.0)) held[i] = x;
      if (!active || (io.memory[kWhich] >= 0.0 && io.memory[kWhich] != i)) continue;
      if (effect_ == Effect::kLoss) x *= 1.0 - size_;
      if (effect_ == Effect::kStuck) x = held[i];
      if (effect_ == Effect::kOffset) x += size_;
      if (bounded) x = std::clamp(x, selection_.low[i], selection_.high[i]);
    }
    io.memory[kHolds] = 1.0;
  }

  bool acts_ = true;
  Effect effect_ = Effect::kLoss;
  Selection selection_;
  double probability_, size_, first_, last_, lasts_;
  bool one_;
};

}  // namespace

WrapperType FaultType() {
  using enum Option::Kind;
  return {.name = "fault",
          .doc =
              "In some episodes an actuator or a sensor fails, from a step that is drawn; every "
              "step says whether it did.",
          .options = {{.name = "kind",
                       .kind = kText,
                       .default_value = "actuator_loss",
                       .choices = {"actuator_loss", "actuator_stuck", "actuator_offset",
                                   "sensor_loss", "sensor_stuck", "sensor_offset"},
                       .doc = "loss: times 1 - size; stuck: as it was before; offset: plus size"},
                      {.name = "size",
                       .kind = kNumber,
                       .default_value = 0.5,
                       .low = -1e6,
                       .high = 1e6,
                       .doc = "of loss (a fraction) and offset (in the unit of the number)"},
                      {.name = "probability",
                       .kind = kNumber,
                       .default_value = 0.5,
                       .low = 0.0,
                       .high = 1.0,
                       .unit = "1",
                       .doc = "of an episode to have it"},
                      {.name = "first",
                       .kind = kInteger,
                       .default_value = 0,
                       .low = 0,
                       .high = 1e9,
                       .unit = "steps",
                       .doc = "the earliest step it begins in"},
                      {.name = "last",
                       .kind = kInteger,
                       .default_value = 50,
                       .low = 0,
                       .high = 1e9,
                       .unit = "steps",
                       .doc = "the latest"},
                      {.name = "lasts",
                       .kind = kInteger,
                       .default_value = 0,
                       .low = 0,
                       .high = 1e9,
                       .unit = "steps",
                       .doc = "how long; 0: to the end"},
                      {.name = "hits",
                       .kind = kText,
                       .default_value = "one",
                       .choices = {"one", "all"},
                       .doc = "one number, which each episode draws, or all of them"},
                      OfOption("which numbers can fail; nothing: all actions, or all readings but "
                               "goals")},
          .make = [](EnvSpec& spec, const Options& options, const std::string& where) {
            return std::make_unique<Fault>(spec, options, where);
          }};
}

}  // namespace flyball
