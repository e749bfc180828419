#include "envs/motor/noise.h"

namespace flyball::motor {
namespace {

constexpr auto kAny = DistributionFacts::Allowed::kAny;
constexpr auto kNotNegative = DistributionFacts::Allowed::kNotNegative;
constexpr auto kPositive = DistributionFacts::Allowed::kPositive;

// In the order of Distribution. The normal one's names are those of numpy's lognormal.
constexpr DistributionFacts kDistributions[] = {
    {"normal", {{{"sigma", 0, kNotNegative}, {"mean", 0, kAny}}}},
    {"uniform", {{{"low", 0, kAny}, {"high", 1, kAny}}}},
    {"laplace", {{{"loc", 0, kAny}, {"scale", 1, kNotNegative}}}},
    {"logistic", {{{"loc", 0, kAny}, {"scale", 1, kNotNegative}}}},
    {"gumbel", {{{"loc", 0, kAny}, {"scale", 1, kNotNegative}}}},
    {"triangular", {{{"left", -1, kAny}, {"mode", 0, kAny}, {"right", 1, kAny}}}},
    {"exponential", {{{"scale", 1, kNotNegative}}}},
    {"rayleigh", {{{"scale", 1, kNotNegative}}}},
    {"weibull", {{{"a", 1, kPositive}}}},
    {"pareto", {{{"a", 1, kPositive}}}},
    {"power", {{{"a", 1, kPositive}}}},
    {"lognormal", {{{"mean", 0, kAny}, {"sigma", 1, kNotNegative}}}},
    {"standard_cauchy", {}},
    {"standard_t", {{{"df", 1, kPositive}}}},
    {"wald", {{{"mean", 1, kPositive}, {"scale", 1, kPositive}}}},
};

}  // namespace

const DistributionFacts& FactsOf(Distribution distribution) {
  return kDistributions[static_cast<int>(distribution)];
}

std::vector<std::string> DistributionNames() {
  std::vector<std::string> names;
  for (const DistributionFacts& facts : kDistributions) names.push_back(facts.name);
  return names;
}

}  // namespace flyball::motor
