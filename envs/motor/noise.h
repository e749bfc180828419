// Noise on what is shown: a number drawn for each step and each noisy state, added to the scaled
// state. Distributions and their parameters are called as numpy's generator calls them.
#ifndef FLYBALL_ENVS_MOTOR_NOISE_H_
#define FLYBALL_ENVS_MOTOR_NOISE_H_

#include <array>
#include <string>
#include <vector>

namespace flyball::motor {

// Those that one or two uniform or normal numbers make, without rejection: a step's noise takes a
// fixed number of draws.
enum class Distribution {
  kNormal,
  kUniform,
  kLaplace,
  kLogistic,
  kGumbel,
  kTriangular,
  kExponential,
  kRayleigh,
  kWeibull,
  kPareto,
  kPower,
  kLognormal,
  kCauchy,
  kStudent,
  kWald,
};

struct StateNoise {
  int state = 0;  // index of the quantity
  Distribution distribution = Distribution::kNormal;
  std::array<double, 3> parameters = {};  // in the order of DistributionFacts
};
// In the order in which the states were named, which is that of the draws.
using NoiseSettings = std::vector<StateNoise>;

struct DistributionFacts {
  enum class Allowed { kAny, kNotNegative, kPositive };
  struct Parameter {
    const char* name = nullptr;  // null: no more
    double fallback = 0;         // numpy's, where it has one
    Allowed allowed = Allowed::kAny;
  };
  const char* name;
  std::array<Parameter, 3> parameters;
};
// By Distribution.
const DistributionFacts& FactsOf(Distribution distribution);
std::vector<std::string> DistributionNames();

}  // namespace flyball::motor

#endif  // FLYBALL_ENVS_MOTOR_NOISE_H_
