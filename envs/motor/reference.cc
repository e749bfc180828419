#include "envs/motor/reference.h"

#include "physics/drive/check.h"
#include "physics/numeric/error.h"

namespace flyball::motor {
namespace {

double Draw(Rng& rng, const Range& range) {
  return range.low + (range.high - range.low) * rng.Random();
}

void CheckForced(const ReferenceSettings& settings, std::span<const double> forced) {
  using Kind = ReferenceSettings::Kind;
  if (settings.kind != Kind::kWiener && settings.kind != Kind::kConstant) {
    throw InputError("reset reference: only references of type wiener and constant can be forced");
  }
  for (int j = 0; j < settings.num_states(); ++j) {
    const std::string name(kQuantities[static_cast<int>(settings.states[j])].name);
    RequireBetween("reset reference " + name, forced[j], settings.bounds[j].low,
                   settings.bounds[j].high, "1");
  }
}

}  // namespace

void ResetReference(const ReferenceSettings& settings, Rng& rng, std::span<const double> forced,
                    std::span<double> value, std::span<double> parameters) {
  using Kind = ReferenceSettings::Kind;
  if (!forced.empty()) CheckForced(settings, forced);
  for (int j = 0; j < settings.num_states(); ++j) {
    switch (settings.kind) {
      case Kind::kConstant:
      case Kind::kRecorded:
        value[j] = settings.values[j];
        break;
      case Kind::kWiener: {
        value[j] = Draw(rng, settings.start[j]);
        const double low = Log(settings.sigma.low), high = Log(settings.sigma.high);
        // Through lanes.h, so that every machine draws the same bits.
        parameters[j] = settings.sigma.low == settings.sigma.high
                            ? settings.sigma.low
                            : Exp(low + (high - low) * rng.Random());
        break;
      }
      case Kind::kSinus:
      case Kind::kStep: {
        double* own = parameters.data() + j * settings.num_parameters();
        own[0] = Draw(rng, settings.amplitude);
        own[1] = Draw(rng, settings.frequency);
        own[2] = Draw(rng, settings.offset);
        own[3] = Draw(rng, settings.phase);
        if (settings.kind == Kind::kStep) own[4] = Draw(rng, settings.duty);
        value[j] = WaveAt(settings, j, 0.0, own);
      }
    }
    if (!forced.empty()) value[j] = forced[j];
  }
}

}  // namespace flyball::motor
