// Curves of numbers over the time of a trace.
#ifndef FLYBALL_ENVS_CORE_CHART_CURVES_H_
#define FLYBALL_ENVS_CORE_CHART_CURVES_H_

#include <string>
#include <vector>

#include "envs/core/spec.h"
#include "envs/core/trace.h"
#include "render/figure.h"

namespace flyball {

constexpr size_t kMostCurves = 6;  // of a panel

// One number of the observation or the action by name: "i_sd", "y[2]".
struct Number {
  std::string name, unit;
  size_t at;
  std::string entry, index;  // the parts of the name: "y", "[2]"
};

// Of one agent.
std::vector<Number> NumbersOf(const std::vector<Field>& fields, int num_agents);

// The unit that all of them share, in brackets; nothing if they differ or have none.
std::string CommonUnit(const std::vector<Number>& numbers);

template <class Get>
Curve Over(const Trace& trace, const std::string& name, const Get& get) {
  Curve curve{.name = name};
  for (int i = 0; i < trace.size(); ++i) {
    curve.x.push_back(trace[i].time);
    curve.y.push_back(get(trace[i]));
  }
  return curve;
}

// The first of the numbers, of the trace's observations or actions.
Plot Several(const Trace& trace, std::vector<Number> numbers, const std::string& title,
             std::vector<float> TracePoint::*values);

// A point of a trace knows the action that led there: it was held since the point before.
void HoldSinceBefore(Curve& curve);

}  // namespace flyball

#endif  // FLYBALL_ENVS_CORE_CHART_CURVES_H_
