// Sensors: noise, bias and lost readings. What they show stays inside the bounds of its field, as
// a sensor's range does.
#include <algorithm>
#include <cmath>

#include "envs/core/wrappers/selection.h"
#include "envs/core/wrappers/types.h"

namespace flyball {
namespace {

double& Shown(WrapperIo& io, const Selection& selection, int i) {
  return io.observation[selection.index[i]];
}
void Keep(WrapperIo& io, const Selection& selection, int i) {
  double& x = Shown(io, selection, i);
  x = std::clamp(x, selection.low[i], selection.high[i]);
}

class SensorNoise final : public Wrapper {
 public:
  SensorNoise(const EnvSpec& spec, const Options& options, const std::string& where)
      : selection_(SelectObserved(spec, options.at("of").AsList(), where)),
        std_(options.at("std").AsNumber()), relative_(options.at("relative").AsBool()),
        uniform_(options.at("distribution").AsText() == "uniform") {}
  void Observe(WrapperIo& io, bool) override {
    for (int i = 0; i < selection_.size(); ++i) {
      double& x = Shown(io, selection_, i);
      // A uniform number of the same standard deviation: of half width sqrt(3) std.
      const double noise =
          uniform_ ? std::sqrt(3.0) * (2.0 * io.draws.Uniform(i) - 1.0) : io.draws.Normal(i);
      x += std_ * (relative_ ? std::abs(x) : 1.0) * noise;
      Keep(io, selection_, i);
    }
  }

 private:
  Selection selection_;
  double std_;
  bool relative_, uniform_;
};

class SensorBias final : public Wrapper {
 public:
  SensorBias(EnvSpec& spec, const Options& options, const std::string& where)
      : selection_(SelectObserved(spec, options.at("of").AsList(), where)),
        size_(options.at("size").AsNumber()) {
    AddInfo(spec,
            FieldOf(spec, "sensor_bias", selection_.size(), "", "what each reading is off by"));
  }
  int memory_size() const override { return selection_.size(); }
  void Begin(WrapperIo& io) override {
    for (int i = 0; i < selection_.size(); ++i) {
      io.memory[i] = size_ * (2.0 * io.draws.EpisodeUniform(i) - 1.0);
    }
  }
  void Observe(WrapperIo& io, bool) override {
    for (int i = 0; i < selection_.size(); ++i) {
      Shown(io, selection_, i) += io.memory[i];
      io.info[i] = io.memory[i];
      Keep(io, selection_, i);
    }
  }

 private:
  Selection selection_;
  double size_;
};

class SensorDropout final : public Wrapper {
 public:
  SensorDropout(EnvSpec& spec, const Options& options, const std::string& where)
      : selection_(SelectObserved(spec, options.at("of").AsList(), where)),
        probability_(options.at("probability").AsNumber()),
        together_(options.at("per").AsText() == "packet"),
        holds_(options.at("fill").AsText() == "hold") {
    AddInfo(spec, FieldOf(spec, "sensor_dropped", selection_.size(), "1",
                          "whether the reading was lost", DType::kBool));
  }
  // The last readings that came through.
  int memory_size() const override { return selection_.size(); }
  void Observe(WrapperIo& io, bool start) override {
    for (int i = 0; i < selection_.size(); ++i) {
      double& x = Shown(io, selection_, i);
      const bool lost = !start && io.draws.Uniform(together_ ? 0 : i) < probability_;
      if (lost) x = holds_ ? io.memory[i] : 0.0;
      Keep(io, selection_, i);
      if (!lost) io.memory[i] = x;
      io.info[i] = lost;
    }
  }

 private:
  Selection selection_;
  double probability_;
  bool together_, holds_;
};

template <class W>
std::unique_ptr<Wrapper> Make(EnvSpec& spec, const Options& options, const std::string& where) {
  return std::make_unique<W>(spec, options, where);
}

constexpr const char* kOf = "which readings; nothing: all but goals";

}  // namespace

WrapperType SensorNoiseType() {
  return {.name = "sensor_noise",
          .doc = "Adds noise to readings, fresh at every step.",
          .options = {{.name = "std",
                       .kind = Option::Kind::kNumber,
                       .default_value = 0.01,
                       .low = 0.0,
                       .high = 1e6,
                       .doc = "standard deviation, in the unit of what is read"},
                      {.name = "relative",
                       .kind = Option::Kind::kBool,
                       .default_value = false,
                       .doc = "std is a fraction of the reading"},
                      {.name = "distribution",
                       .kind = Option::Kind::kText,
                       .default_value = "normal",
                       .choices = {"normal", "uniform"},
                       .doc = "its shape"},
                      OfOption(kOf)},
          .make = Make<SensorNoise>};
}

WrapperType SensorBiasType() {
  return {.name = "sensor_bias",
          .doc = "Readings are off by what each episode draws, uniform in [-size, size].",
          .options = {{.name = "size",
                       .kind = Option::Kind::kNumber,
                       .default_value = 0.01,
                       .low = 0.0,
                       .high = 1e6,
                       .doc = "the largest, in the unit of what is read"},
                      OfOption(kOf)},
          .make = Make<SensorBias>};
}

WrapperType SensorDropoutType() {
  return {.name = "sensor_dropout",
          .doc = "Readings get lost; the first of an episode never.",
          .options = {{.name = "probability",
                       .kind = Option::Kind::kNumber,
                       .default_value = 0.1,
                       .low = 0.0,
                       .high = 1.0,
                       .unit = "1",
                       .doc = "at each step"},
                      {.name = "per",
                       .kind = Option::Kind::kText,
                       .default_value = "packet",
                       .choices = {"packet", "number"},
                       .doc = "whether all are lost together or each by itself"},
                      {.name = "fill",
                       .kind = Option::Kind::kText,
                       .default_value = "hold",
                       .choices = {"hold", "zero"},
                       .doc = "what is shown instead: the last that came, or 0 (or the bound "
                              "nearest to it)"},
                      OfOption(kOf)},
          .make = Make<SensorDropout>};
}

}  // namespace flyball
