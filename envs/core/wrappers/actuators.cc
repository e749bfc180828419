// Actuators that differ from episode to episode: each does a little more or less than it is asked.
#include "envs/core/wrappers/selection.h"
#include "envs/core/wrappers/types.h"

namespace flyball {
namespace {

class ActuatorSpread final : public Wrapper {
 public:
  ActuatorSpread(EnvSpec& spec, const Options& options, const std::string& where)
      : selection_(SelectActed(spec, options.at("of").AsList(), where)),
        size_(options.at("size").AsNumber()) {
    AddInfo(spec, FieldOf(spec, "actuator_factor", selection_.size(), "1",
                          "what each action is multiplied by in this episode"));
  }
  // The factors of this episode.
  int memory_size() const override { return selection_.size(); }
  void Begin(WrapperIo& io) override {
    for (int i = 0; i < selection_.size(); ++i) {
      io.memory[i] = 1.0 + size_ * (2.0 * io.draws.EpisodeUniform(i) - 1.0);
    }
  }
  void Act(WrapperIo& io) override {
    for (int i = 0; i < selection_.size(); ++i) io.action[selection_.index[i]] *= io.memory[i];
  }
  void Observe(WrapperIo& io, bool) override {
    for (int i = 0; i < selection_.size(); ++i) io.info[i] = io.memory[i];
  }

 private:
  Selection selection_;
  double size_;
};

}  // namespace

WrapperType ActuatorSpreadType() {
  return {.name = "actuator_spread",
          .doc =
              "Each actuator has an effectiveness of its own in an episode: its action times a "
              "factor, uniform in [1 - size, 1 + size) (multiplicative input uncertainty).",
          .options = {{.name = "size",
                       .kind = Option::Kind::kNumber,
                       .default_value = 0.1,
                       .low = 0.0,
                       .high = 1.0,
                       .unit = "1",
                       .doc = "the largest relative change"},
                      OfOption("which numbers of the action; nothing: all")},
          .make = [](EnvSpec& spec, const Options& options, const std::string& where) {
            return std::make_unique<ActuatorSpread>(spec, options, where);
          }};
}

}  // namespace flyball
