#include <algorithm>

#include "envs/motor/option_reader.h"
#include "envs/motor/parse.h"
#include "physics/drive/check.h"
#include "physics/numeric/describe.h"
#include "physics/numeric/error.h"

namespace flyball::motor {
namespace {

// The distribution and its parameters; those that are not given are as in `noise`.
StateNoise ReadDistribution(OptionReader& reader) {
  const std::vector<std::string> names = DistributionNames();
  const std::string name = reader.Text("distribution", names[0], names);
  StateNoise noise;
  noise.distribution =
      static_cast<Distribution>(std::find(names.begin(), names.end(), name) - names.begin());
  const auto& parameters = FactsOf(noise.distribution).parameters;
  for (size_t k = 0; k < parameters.size() && parameters[k].name != nullptr; ++k) {
    using Allowed = DistributionFacts::Allowed;
    const char* key = parameters[k].name;
    const double x = noise.parameters[k] = reader.Number(key, parameters[k].fallback);
    RequireFinite(reader.Where(key), x, "1");
    if (parameters[k].allowed == Allowed::kNotNegative)
      RequireNotNegative(reader.Where(key), x, "1");
    if (parameters[k].allowed == Allowed::kPositive) RequirePositive(reader.Where(key), x, "1");
  }
  const auto& [a, b, c] = noise.parameters;
  if (noise.distribution == Distribution::kUniform) CheckRange(reader.Where("low to high"), {a, b});
  if (noise.distribution == Distribution::kTriangular) {
    if (!(a <= b && b <= c && a < c)) {
      throw InputError(reader.Where("left, mode, right") + " = " + Describe(a) + ", " +
                       Describe(b) + ", " + Describe(c) + ": must be in order");
    }
  }
  return noise;
}

bool Nothing(const StateNoise& noise) {
  return noise.distribution == Distribution::kNormal && noise.parameters[0] == 0 &&
         noise.parameters[1] == 0;
}

}  // namespace

void ReadNoise(const Value& value, DriveSettings& settings) {
  OptionReader reader("noise", value);
  const Value& named = reader.Any("states");
  const StateNoise common = ReadDistribution(reader);
  std::vector<int> states = settings.shown;
  if (!named.is_null()) {
    states = QuantitiesNamed(settings, named, "noise states");
    if (states.empty()) throw InputError("noise states: at least one expected");
  }
  if (!Nothing(common)) {
    for (const int state : states) {
      settings.noise.push_back(common);
      settings.noise.back().state = state;
    }
  }
  // States with noise of their own.
  for (size_t k = 0; k < settings.quantities.size(); ++k) {
    const Value& own = reader.Any(settings.quantities[k].name);
    if (own.is_null()) continue;
    OptionReader distribution(reader.Where(settings.quantities[k].name), own);
    StateNoise noise = ReadDistribution(distribution);
    distribution.Finish();
    noise.state = static_cast<int>(k);
    const auto same = [&](const StateNoise& other) { return other.state == noise.state; };
    std::erase_if(settings.noise, same);
    if (!Nothing(noise)) settings.noise.push_back(noise);
  }
  reader.Finish();
}

}  // namespace flyball::motor
