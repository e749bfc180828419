#include "envs/motor/reference.h"

#include <algorithm>
#include <cmath>

#include "envs/motor/wave.h"
#include "physics/drive/check.h"
#include "physics/numeric/error.h"

namespace flyball::motor {
namespace {

double Between(const Range& range, double uniform) {
  return range.low + (range.high - range.low) * uniform;
}
// A whole number of steps, both ends alike.
double Steps(const Range& range, double uniform) {
  return Floor(range.low + (range.high - range.low + 1) * uniform);
}

int Choose(const std::vector<double>& weights, double uniform) {
  double total = 0;
  for (const double weight : weights) total += weight;
  for (size_t k = 0; k + 1 < weights.size(); ++k) {
    uniform -= weights[k] / total;
    if (uniform < 0) return static_cast<int>(k);
  }
  return static_cast<int>(weights.size()) - 1;
}

}  // namespace

bool ReferenceSettings::simple() const {
  if (!table.empty()) return true;
  if (redraws()) return false;
  for (const Guide& guide : guides) {
    if (guide.signals[0].kind != Signal::Kind::kWiener) return false;
  }
  return true;
}

bool ReferenceSettings::redraws() const {
  if (!table.empty()) return false;
  for (const Guide& guide : guides) {
    if (guide.signals.size() > 1) return true;
  }
  return episode_lengths.high > 0;
}

void Prepare(ReferenceSettings& settings) {
  // Through lanes.h, so that every machine draws the same bits.
  for (Guide& guide : settings.guides) {
    for (Signal& signal : guide.signals) {
      signal.log_sigma = {Log(signal.sigma.low), Log(signal.sigma.high)};
    }
  }
}

void DrawSignal(const ReferenceSettings& settings, int j, const double* uniform, double step,
                bool first, double& value, double* memory) {
  const Guide& guide = settings.guides[j];
  if (first || memory[kSuperLeft] <= 0) {
    memory[kActive] = Choose(guide.weights, uniform[0]);
    memory[kSuperLeft] = Steps(settings.super_lengths, uniform[1]);
  }
  const Signal& signal = guide.signals[static_cast<int>(memory[kActive])];
  memory[kLeft] = settings.episode_lengths.high > 0 ? Steps(settings.episode_lengths, uniform[2])
                                                    : kInfinityOfSteps;
  memory[kBegin] = step;
  if (signal.walks()) {
    memory[kSize] = signal.sigma.low == signal.sigma.high
                        ? signal.sigma.low
                        : Exp(Between(signal.log_sigma, uniform[3]));
    if (first) value = Between(signal.start, uniform[4]);
  } else if (signal.kind == Signal::Kind::kConstant) {
    value = signal.constant;
  } else {
    memory[kSize] = Between(signal.amplitude, uniform[3]);
    memory[kFrequency] = Between(signal.frequency, uniform[4]);
    memory[kOffset] = Between(signal.offset, uniform[5]);
    memory[kPhase] = Between(signal.phase, uniform[6]);
    memory[kDuty] = Between(signal.duty, uniform[7]);
    value = WaveAt(signal, 0.0, memory);
  }
}

namespace {

// The common case: walks of normal steps, drawn once an episode, of which two are started together,
// since exponentials of two take no longer than of one. The same numbers as by DrawSignal.
void StartWalks(const ReferenceSettings& settings, Rng& rng, std::span<double> value,
                std::span<double> memory) {
  for (int j = 0; j < settings.num_states(); j += 2) {
    const int end = std::min(j + 2, settings.num_states());
    double logarithm[2] = {}, size[2];
    for (int k = j; k < end; ++k) {
      const Signal& signal = settings.guides[k].signals[0];
      rng.Skip(3);
      logarithm[k - j] = Between(signal.log_sigma, rng.Random());
      value[k] = Between(signal.start, rng.Random());
      rng.Skip(kNumDraws - 5);
    }
    Store(Exp(Load<Lanes<2>>(logarithm)), size);
    for (int k = j; k < end; ++k) {
      const Range& sigma = settings.guides[k].signals[0].sigma;
      memory[k] = sigma.low == sigma.high ? sigma.low : size[k - j];
    }
  }
}

}  // namespace

void ResetReference(const ReferenceSettings& settings, std::span<const std::string> names, Rng& rng,
                    std::span<const double> forced, std::span<double> value,
                    std::span<double> memory) {
  const bool simple = settings.simple();
  if (simple && settings.table.empty() && forced.empty()) {
    return StartWalks(settings, rng, value, memory);
  }
  for (int j = 0; j < settings.num_states(); ++j) {
    double uniform[kNumDraws], own[kNumSignalMemory] = {};
    rng.Random(uniform);
    if (!settings.table.empty()) {
      value[j] = settings.table[j];
    } else {
      DrawSignal(settings, j, uniform, 0, true, value[j], own);
    }
    const int kept = simple ? 1 : kNumSignalMemory;
    for (int k = 0; k < kept; ++k) memory[j * kept + k] = own[k];
    if (forced.empty()) continue;

    const std::string where = "reset reference " + names[j];
    const Signal& signal = settings.guides[j].signals[static_cast<int>(own[kActive])];
    if (!settings.table.empty() || !(signal.walks() || signal.kind == Signal::Kind::kConstant)) {
      throw InputError(where + ": only walking and constant references can be forced");
    }
    RequireBetween(where, forced[j], signal.bounds.low, signal.bounds.high, "1");
    value[j] = forced[j];
  }
}

}  // namespace flyball::motor
