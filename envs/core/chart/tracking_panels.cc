#include <algorithm>
#include <cmath>
#include <numbers>
#include <sstream>

#include "envs/core/chart/panels.h"
#include "envs/core/chart/signs.h"
#include "physics/numeric/error.h"

namespace flyball {
namespace {

constexpr char kReference[] = "_reference";

// The present value of each, of the observation.
double Now(const Trace& trace, const Number& number) {
  return trace.size() ? trace[trace.size() - 1].observation[number.at] : 0.0;
}

// Lines that the curves have come near to: far ones would flatten what there is to see.
void AddLimit(double limit, Plot& plot) {
  constexpr double kNear = 0.6;
  double low = 0, high = 0;
  for (const Curve& curve : plot.curves) {
    for (const double y : curve.y) low = std::min(low, y), high = std::max(high, y);
  }
  if (high > kNear * limit) plot.limits.push_back(limit);
  if (low < -kNear * limit) plot.limits.push_back(-limit);
}

Plot Tracking(const Trace& trace, const Tracked& tracked, const Limits& limits) {
  Plot plot{.title = "states, references", .weight = 1.9};
  std::vector<Number> shown;
  for (const auto& [state, reference] : tracked) {
    const int color = static_cast<int>(shown.size());
    const auto add = [&](const Number& number, bool dashed) {
      plot.curves.push_back(Over(trace, dashed ? "" : number.name,
                                 [&](const TracePoint& p) { return p.observation[number.at]; }));
      plot.curves.back().color = color;
      plot.curves.back().dashed = dashed;
    };
    add(state, false);
    if (reference.at != state.at) add(reference, true);
    shown.push_back(state);
  }
  double least = kInfinity;
  for (const Number& state : shown) least = std::min(least, LimitOf(limits, state.name));
  if (least < kInfinity) AddLimit(least, plot);
  for (int i = 0; i < trace.size(); ++i) {
    if (trace[i].violation) plot.marks.push_back(trace[i].time);
  }
  plot.y_label = CommonUnit(shown);
  return plot;
}

// Two states that have a limit together, one over the other: the path, the circle that it must not
// leave, and a ring where it should be.
bool AddPhasePlane(const Trace& trace, const std::vector<Number>& numbers, const Tracked& tracked,
                   const Limits& limits, Figure& figure) {
  for (const Number& a : numbers) {
    for (const Number& b : numbers) {
      const double limit = LimitOf(limits, a.name + "_" + b.name);
      if (limit == kInfinity) continue;
      Plot plane{.title = "plane, ring: reference",
                 .x_label = a.name,
                 .y_label = b.name,
                 .x_low = -1.15 * limit,
                 .x_high = 1.15 * limit,
                 .y_low = -1.15 * limit,
                 .y_high = 1.15 * limit,
                 .beside = true};
      Curve circle{.limit = true}, path{.color = 2};
      constexpr int kCorners = 72;
      for (int i = 0; i <= kCorners; ++i) {
        const double angle = 2 * std::numbers::pi * i / kCorners;
        circle.x.push_back(limit * std::cos(angle));
        circle.y.push_back(limit * std::sin(angle));
      }
      for (int i = 0; i < trace.size(); ++i) {
        path.x.push_back(trace[i].observation[a.at]);
        path.y.push_back(trace[i].observation[b.at]);
      }
      plane.curves = {std::move(circle), std::move(path)};
      const auto reference = [&](const Number& state) {
        return std::find_if(tracked.begin(), tracked.end(),
                            [&](const auto& pair) { return pair.first.at == state.at; });
      };
      const auto to_a = reference(a), to_b = reference(b);
      if (to_a == tracked.end() || to_b == tracked.end()) {
        plane.title = "plane";
      } else {
        plane.places = {{Now(trace, to_a->second), Now(trace, to_b->second), true}};
      }
      figure.panels.push_back(std::move(plane));
      return true;
    }
  }
  return false;
}

// States that are limited and not among the tracked ones.
void AddLimited(const Trace& trace, const std::vector<Number>& numbers, const Tracked& tracked,
                const Limits& limits, Figure& figure) {
  Plot plot{.title = "states with limits"};
  std::vector<Number> shown;
  double least = kInfinity;
  for (const Number& number : numbers) {
    const double limit = LimitOf(limits, number.name);
    const bool known = std::any_of(tracked.begin(), tracked.end(),
                                   [&](const auto& pair) { return pair.first.at == number.at; });
    if (limit == kInfinity || known || shown.size() == kMostCurves) continue;
    least = std::min(least, limit);
    shown.push_back(number);
    plot.curves.push_back(
        Over(trace, number.name, [&](const TracePoint& p) { return p.observation[number.at]; }));
  }
  if (shown.empty()) return;
  AddLimit(least, plot);
  plot.y_label = CommonUnit(shown);
  figure.panels.push_back(std::move(plot));
}

}  // namespace

Tracked TrackedOf(const std::vector<Number>& numbers) {
  Tracked tracked;
  for (const Number& reference : numbers) {
    if (!reference.name.ends_with(kReference)) continue;
    const std::string name =
        reference.name.substr(0, reference.name.size() - sizeof(kReference) + 1);
    const auto followed = std::find_if(numbers.begin(), numbers.end(),
                                       [&](const Number& n) { return n.name == name; });
    if (followed != numbers.end()) tracked.emplace_back(*followed, reference);
  }
  if (tracked.size() > kMostCurves) tracked.resize(kMostCurves);
  return tracked;
}

Tracked ChosenOf(const std::vector<Number>& numbers, const std::string& names) {
  std::vector<std::string> known;
  for (const Number& number : numbers) known.push_back(number.name);
  const auto find = [&](const std::string& name) {
    return static_cast<size_t>(std::find(known.begin(), known.end(), name) - known.begin());
  };
  Tracked chosen;
  std::istringstream list(names);
  for (std::string name; std::getline(list, name, ',');) {
    const size_t at = find(name), reference = find(name + kReference);
    if (at == known.size()) {
      throw InputError("no camera '" + names + "'; a chart shows numbers of the observation: " +
                       UnknownName("number", name, known));
    }
    chosen.emplace_back(numbers[at], numbers[reference < known.size() ? reference : at]);
  }
  if (chosen.size() > kMostCurves) {
    throw InputError("camera '" + names + "': a chart shows at most " +
                     std::to_string(kMostCurves) + " numbers, got " +
                     std::to_string(chosen.size()));
  }
  return chosen;
}

void AddChosen(const EnvSpec& spec, const Trace& trace, const Tracked& chosen, Figure& figure) {
  figure.panels.push_back(Tracking(trace, chosen, SignsOf(spec)->limits));
}

void AddTracking(const EnvSpec& spec, const Trace& trace, const std::vector<Number>& numbers,
                 const Tracked& tracked, Figure& figure) {
  const Limits& limits = SignsOf(spec)->limits;
  figure.panels.push_back(Tracking(trace, tracked, limits));
  if (!AddPhasePlane(trace, numbers, tracked, limits, figure)) {
    AddLimited(trace, numbers, tracked, limits, figure);
  }
}

}  // namespace flyball
