// Noise on a policy's actions: counter-based, so that an episode's noise is a function of its seed
// and of the step alone.
#include <cmath>
#include <numbers>

#include "envs/dataset/behaviour.h"
#include "physics/numeric/philox.h"
#include "physics/numeric/random.h"

namespace flyball::dataset {
namespace {

// Purposes of draws. The key is not the row's seed itself, which the environment draws with.
enum Stream : uint32_t { kLevel, kWhether, kUniform, kNormal };
constexpr uint64_t kPlace = 0x6e6f697365;

class Noise {
 public:
  Noise(const PolicyEntry& entry, const EnvSpec& spec, int num_rows)
      : entry_(entry), action_(spec.action), random_(spec.action), low_(spec.action.field.low()),
        high_(spec.action.field.high()), rows_(num_rows) {
    for (size_t i = 0; i < low_.size(); ++i) {
      const bool bounded = std::isfinite(low_[i]) && std::isfinite(high_[i]);
      scale_.push_back(bounded ? 0.5 * (high_[i] - low_[i]) : 1.0);
      if (!bounded) low_[i] = high_[i] = 0.0;  // drawn normal, as MakeRandomPolicy does
    }
    for (Row& row : rows_) row.deviation.resize(low_.size());
  }

  // Replaces the action of the row's next step; returns its log-probability. `base`: that of the
  // action given, NaN if it could be no other (or nothing is known: then the result is conditional
  // on it).
  double Apply(int index, const RowClock& clock, double base, std::span<double> action) {
    Row& row = rows_[index];
    if (clock.step == 0) Begin(row, clock);
    row.key.Set(0, row.seed, clock.episode, clock.step);
    const bool discrete = action_.kind != ActionSpec::Kind::kBox;
    const bool random = entry_.epsilon > 0.0 && row.key.Uniform(kWhether, 0) < entry_.epsilon;

    // The noise runs on under steps that are drawn at random.
    double normal = 0.0;  // log density of the noisy action
    if (!discrete && entry_.noise_high > 0.0) normal = AddNormal(row, clock, random, action);
    double same = 1.0;  // discrete: whether the action is the policy's
    if (random) {
      bool equal = true;
      for (size_t i = 0; i < action.size(); ++i) {
        const double drawn = Draw(row, i);
        equal = equal && drawn == action[i];
        action[i] = drawn;
      }
      same = equal;
    }
    if (discrete) {
      const double chosen = std::isnan(base) ? 1.0 : Exp(base);
      return Log(entry_.epsilon * Exp(random_.Log(action)) +
                 (1.0 - entry_.epsilon) * same * chosen);
    }
    // A density of which a part is a point has none; that of two draws added is not known here.
    if (row.level == 0.0 && entry_.epsilon == 0.0) return base;
    if (row.level == 0.0 || !std::isnan(base)) return std::nan("");
    if (random) normal = Density(row, clock, action);
    if (entry_.epsilon == 0.0) return normal;
    return Log(entry_.epsilon * Exp(random_.Log(action)) + (1.0 - entry_.epsilon) * Exp(normal));
  }

 private:
  struct Row {
    NoiseKey<double> key;
    uint64_t seed = 0;
    double level = 0.0;
    std::vector<double> deviation;  // of the last step, in standard deviations
    std::vector<double> mean;       // of this step's action
  };

  void Begin(Row& row, const RowClock& clock) {
    const uint64_t place[] = {kPlace};
    row.seed = SeedSequence(clock.seed, place).GenerateState64(1)[0];
    row.key.Set(0, row.seed, clock.episode, 0);
    const double range = entry_.noise_high - entry_.noise_low;
    row.level = entry_.noise_low + (range > 0.0 ? range * row.key.Uniform(kLevel, 0) : 0.0);
  }

  double Draw(const Row& row, size_t i) const {
    const double unit = row.key.Uniform(kUniform, static_cast<uint32_t>(i));
    if (action_.kind != ActionSpec::Kind::kBox) return std::floor(unit * action_.choices[i]);
    if (low_[i] < high_[i]) return low_[i] + (high_[i] - low_[i]) * unit;
    return row.key.Normal(kUniform, static_cast<uint32_t>(i));
  }

  // Of the noise of this step given that of the last; that of the first step is stationary.
  double Spread(const RowClock& clock) const {
    const double rho = clock.step == 0 ? 0.0 : entry_.noise_correlation;
    return Sqrt(1.0 - rho * rho);
  }

  double AddNormal(Row& row, const RowClock& clock, bool replaced, std::span<double> action) {
    const double rho = clock.step == 0 ? 0.0 : entry_.noise_correlation;
    row.mean.assign(action.begin(), action.end());
    for (size_t i = 0; i < action.size(); ++i) {
      row.mean[i] += row.level * scale_[i] * rho * row.deviation[i];
      const double fresh = row.key.Normal(kNormal, static_cast<uint32_t>(i));
      row.deviation[i] = rho * row.deviation[i] + Spread(clock) * fresh;
      action[i] += row.level * scale_[i] * row.deviation[i];
    }
    return replaced || row.level == 0.0 ? 0.0 : Density(row, clock, action);
  }

  double Density(const Row& row, const RowClock& clock, std::span<const double> action) const {
    double sum = 0.0;
    for (size_t i = 0; i < action.size(); ++i) {
      const double deviation = row.level * scale_[i] * Spread(clock);
      const double z = (action[i] - row.mean[i]) / deviation;
      sum -= 0.5 * z * z + Log(deviation) + 0.5 * Log(2.0 * std::numbers::pi);
    }
    return sum;
  }

  PolicyEntry entry_;
  ActionSpec action_;
  RandomDensity random_;
  std::vector<double> low_, high_, scale_;  // per component
  std::vector<Row> rows_;
};

}  // namespace

BatchPolicy AddNoise(BatchPolicy base, const PolicyEntry& entry, const EnvSpec& spec,
                     int num_rows) {
  if (entry.noise_high == 0.0 && entry.epsilon == 0.0) return base;
  return [base = std::move(base), noise = Noise(entry, spec, num_rows)](
             const VectorEnv& env, std::span<const uint8_t> active, std::span<double> actions,
             std::span<double> log_probabilities) mutable {
    base(env, active, actions, log_probabilities);
    const size_t size = env.spec().action_size();
    for (int row = 0; row < env.num_envs(); ++row) {
      if (!active[row]) continue;
      log_probabilities[row] = noise.Apply(row, env.clocks()[row], log_probabilities[row],
                                           actions.subspan(row * size, size));
    }
  };
}

}  // namespace flyball::dataset
