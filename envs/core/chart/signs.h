// What a plant tells of itself that its chart shows.
#ifndef FLYBALL_ENVS_CORE_CHART_SIGNS_H_
#define FLYBALL_ENVS_CORE_CHART_SIGNS_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "envs/core/spec.h"

namespace flyball {

// By the names of states, or of two with _ between: what they must not pass.
using Limits = std::vector<std::pair<std::string, double>>;
double LimitOf(const Limits& limits, const std::string& name);  // infinity: none

// From the arrays of Registration::plant; empty where it does not tell.
struct PlantSigns {
  std::vector<double> target;              // of a field's whole state
  std::vector<double> actuators, sensors;  // (count, dimensions) fractions of the domain
  std::vector<double> heights;             // of a plane's rows, from 0 to 1; empty: evenly spaced
  Limits limits;
};
// A film asks for each of its pictures: those of the last few environments are kept.
std::shared_ptr<const PlantSigns> SignsOf(const EnvSpec& spec);

}  // namespace flyball

#endif  // FLYBALL_ENVS_CORE_CHART_SIGNS_H_
