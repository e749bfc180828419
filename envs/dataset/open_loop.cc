// Policies that look at nothing: a constant, and sums of sines. They excite a plant for
// identification, and are the baseline that a learnt controller must at least beat.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "envs/dataset/behaviour.h"
#include "physics/numeric/error.h"
#include "physics/numeric/lanes.h"
#include "physics/numeric/random.h"

namespace flyball::dataset {
namespace {

// A number in [-1, 1] as an action's component: between its bounds, itself where it has none, one of
// the choices where it is discrete.
class Scale {
 public:
  explicit Scale(const ActionSpec& action)
      : action_(action), low_(action.field.low()), high_(action.field.high()) {}
  double operator()(size_t i, double value) const {
    if (action_.kind != ActionSpec::Kind::kBox) {
      const double count = action_.choices[i];
      return std::min(count - 1.0, std::max(0.0, std::floor(0.5 * (value + 1.0) * count)));
    }
    if (!std::isfinite(low_[i]) || !std::isfinite(high_[i])) return value;
    return 0.5 * (low_[i] + high_[i]) + 0.5 * (high_[i] - low_[i]) * value;
  }

 private:
  ActionSpec action_;
  std::vector<double> low_, high_;
};

class ConstantPolicy final : public Policy {
 public:
  ConstantPolicy(const EnvSpec& spec, const Options& options) {
    const std::string where = spec.id + ", policy 'constant'";
    for (const auto& [name, value] : options) {
      const std::vector<std::string> known = {"value"};
      if (name != known[0]) throw InputError(where + ": " + UnknownName("option", name, known));
    }
    const auto given = options.find("value");
    if (given == options.end()) throw InputError(where + ": option 'value' is missing");
    value_ = given->second.AsNumbers();
    const size_t size = spec.action_size();
    if (value_.size() == 1) value_.assign(size, value_[0]);
    if (value_.size() != size) {
      throw InputError(where + ": value has " + std::to_string(value_.size()) + " numbers; 1 or " +
                       std::to_string(size) + " are needed");
    }
    for (size_t i = 0; i < size; ++i) {
      const bool index = spec.action.kind == ActionSpec::Kind::kBox ||
                         (value_[i] >= 0.0 && value_[i] < spec.action.choices[i] &&
                          value_[i] == std::floor(value_[i]));
      if (!std::isfinite(value_[i]) || !index) {
        throw InputError(where + ": value[" + std::to_string(i) + "] is " +
                         Value(value_[i]).ToJson() + ", which is no action");
      }
    }
  }
  void Resize(int) override {}
  void VisitState(int, StateVisitor&) override {}
  void Act(int, const PolicyInput&, std::span<double> action) override {
    std::copy(value_.begin(), value_.end(), action.begin());
  }

 private:
  std::vector<double> value_;
};

OptionSchema OscillatorOptions(const EnvSpec& spec) {
  const double nyquist = 0.5 / spec.control_period;
  return {{.name = "count",
           .kind = Option::Kind::kInteger,
           .default_value = 3,
           .low = 1,
           .high = 1000,
           .doc = "sines of each component"},
          {.name = "amplitude",
           .default_value = 1.0,
           .low = 0.0,
           .high = 1e9,
           .doc = "the largest value of the sum, in half the component's range"},
          {.name = "slowest",
           .default_value = nyquist / 100.0,
           .low = 0.0,
           .high = nyquist,
           .unit = "Hz",
           .doc = "lowest frequency drawn"},
          {.name = "fastest",
           .default_value = nyquist / 5.0,
           .low = 0.0,
           .high = nyquist,
           .unit = "Hz",
           .doc = "highest frequency drawn; they are uniform between"}};
}

class OscillatorPolicy final : public Policy {
 public:
  OscillatorPolicy(const EnvSpec& spec, const Options& given)
      : scale_(spec.action), period_(spec.control_period), size_(spec.action_size()) {
    const std::string where = spec.id + ", policy 'oscillators'";
    const Options options = CheckOptions(OscillatorOptions(spec), given, where);
    count_ = options.at("count").AsInteger();
    amplitude_ = options.at("amplitude").AsNumber();
    slowest_ = options.at("slowest").AsNumber();
    fastest_ = options.at("fastest").AsNumber();
    if (slowest_ > fastest_) {
      throw InputError(where + ": slowest is " + Value(slowest_).ToJson() + " Hz, above fastest, " +
                       Value(fastest_).ToJson() + " Hz");
    }
  }

  void Resize(int num_rows) override { sines_.resize(num_rows); }
  void VisitState(int row, StateVisitor& visitor) override { visitor("sines", sines_[row]); }

  void Act(int row, const PolicyInput& input, std::span<double> action) override {
    std::vector<double>& sines = sines_[row];  // frequency (Hz) and phase (turns), one by one
    if (input.step == 0 || sines.empty()) {
      const uint64_t place[] = {0x73696e6573, input.episode};
      Rng rng(SeedSequence(input.seed, place));
      sines.resize(2 * count_ * size_);
      for (size_t k = 0; k < sines.size(); k += 2) {
        sines[k] = rng.Uniform(slowest_, fastest_);
        sines[k + 1] = rng.Random();
      }
    }
    const double time = input.step * period_;
    size_t at = 0;
    for (size_t i = 0; i < size_; ++i) {
      double sum = 0.0;
      for (int64_t k = 0; k < count_; ++k, at += 2) {
        const double turns = sines[at] * time + sines[at + 1];
        double sine, cosine;
        SinCos(2.0 * std::numbers::pi * (turns - std::floor(turns)), sine, cosine);
        sum += sine;
      }
      action[i] = scale_(i, amplitude_ * sum / static_cast<double>(count_));
    }
  }

 private:
  Scale scale_;
  double period_;
  size_t size_;
  int64_t count_ = 0;
  double amplitude_ = 0.0, slowest_ = 0.0, fastest_ = 0.0;
  std::vector<std::vector<double>> sines_;  // per row
};

}  // namespace

std::unique_ptr<Policy> MakeConstantPolicy(const EnvSpec& spec, const Options& options) {
  return std::make_unique<ConstantPolicy>(spec, options);
}

std::unique_ptr<Policy> MakeOscillatorPolicy(const EnvSpec& spec, const Options& options) {
  return std::make_unique<OscillatorPolicy>(spec, options);
}

}  // namespace flyball::dataset
