#include "envs/core/chart.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <memory>
#include <mutex>
#include <numbers>
#include <string>
#include <utility>

#include "envs/core/registry.h"

namespace flyball {
namespace {

constexpr size_t kMostCurves = 6;
constexpr int kMostMapRows = 200, kMostMapColumns = 512;
constexpr char kReference[] = "_reference", kLimit[] = "_limit";

// What the plant tells of itself (Registration::plant) that a chart shows.
using Limits = std::vector<std::pair<std::string, double>>;
struct PlantSigns {
  std::vector<double> target;              // of a field's whole state; empty: not told
  std::vector<double> actuators, sensors;  // (count, dimensions) fractions of the grid
  Limits limits;                           // by the names of states, or of two with _ between
};

double LimitOf(const Limits& limits, const std::string& name) {
  for (const auto& [known, limit] : limits) {
    if (known == name) return limit;
  }
  return kInfinity;
}

PlantSigns FindSigns(const EnvSpec& spec) {
  PlantSigns signs;
  const std::vector<std::string> ids = ListEnvs();  // a task of Python's is none of them
  if (std::find(ids.begin(), ids.end(), spec.id) == ids.end()) return signs;
  const Registration& registration = FindRegistration(spec.id);
  if (!registration.plant) return signs;
  for (NamedArray& array : registration.plant(spec)) {
    if (array.name == "target") signs.target = std::move(array.values);
    if (array.name == "actuator_places") signs.actuators = std::move(array.values);
    if (array.name == "sensor_places") signs.sensors = std::move(array.values);
    if (array.name.ends_with(kLimit) && array.values.size() == 1) {
      signs.limits.emplace_back(array.name.substr(0, array.name.size() - sizeof(kLimit) + 1),
                                array.values[0]);
    }
  }
  return signs;
}

// A film asks for each of its pictures: those of the last few environments are kept.
std::shared_ptr<const PlantSigns> SignsOf(const EnvSpec& spec) {
  constexpr size_t kMost = 8;
  static std::mutex mutex;
  static auto* kept = new std::deque<std::pair<std::string, std::shared_ptr<const PlantSigns>>>;
  const std::string key = spec.id + Value(spec.options).ToJson();
  const std::lock_guard lock(mutex);
  for (const auto& [known, signs] : *kept) {
    if (known == key) return signs;
  }
  kept->emplace_back(key, std::make_shared<PlantSigns>(FindSigns(spec)));
  if (kept->size() > kMost) kept->pop_front();
  return kept->back().second;
}

// One number of the observation or the action by name: "i_sd", "y[2]".
struct Number {
  std::string name, unit;
  size_t at;
  std::string entry, index;  // the parts of the name: "y", "[2]"
};

std::vector<Number> NumbersOf(const std::vector<Field>& fields, int num_agents) {
  std::vector<Number> numbers;
  size_t at = 0;
  for (const Field& field : fields) {
    const bool shared = num_agents > 1 && !field.shape.empty() && field.shape[0] == num_agents;
    const size_t end = at + field.size() / (shared ? num_agents : 1);
    while (at < end) {
      for (const Entry& entry : field.entries) {
        for (int i = 0; i < entry.size && at < end; ++i, ++at) {
          std::string index;
          if (entry.size > 1) index.append("[").append(std::to_string(i)).append("]");
          numbers.push_back({entry.name + index, entry.unit, at, entry.name, index});
        }
      }
      if (field.entries.empty()) break;
    }
    at = end;
  }
  return numbers;
}

// The unit that all of them share, in brackets; nothing if they differ or have none.
std::string CommonUnit(const std::vector<Number>& numbers) {
  for (const Number& number : numbers) {
    if (number.unit != numbers[0].unit) return "";
  }
  return numbers.empty() || numbers[0].unit == "1" || numbers[0].unit.empty()
             ? ""
             : "(" + numbers[0].unit + ")";
}

template <class Get>
Curve Over(const Trace& trace, const std::string& name, const Get& get) {
  Curve curve{.name = name};
  for (int i = 0; i < trace.size(); ++i) {
    curve.x.push_back(trace[i].time);
    curve.y.push_back(get(trace[i]));
  }
  return curve;
}

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

// The numbers that have a reference, and it.
std::vector<std::pair<Number, Number>> TrackedOf(const std::vector<Number>& numbers) {
  std::vector<std::pair<Number, Number>> tracked;
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

Plot Tracking(const Trace& trace, const std::vector<std::pair<Number, Number>>& tracked,
              const Limits& limits) {
  Plot plot{.title = "states, dashed: references", .weight = 1.9};
  std::vector<Number> shown;
  for (const auto& [state, reference] : tracked) {
    const int color = static_cast<int>(shown.size());
    for (const Number& number : {state, reference}) {
      const bool dashed = number.at == reference.at;
      plot.curves.push_back(Over(trace, dashed ? "" : state.name,
                                 [&](const TracePoint& p) { return p.observation[number.at]; }));
      plot.curves.back().color = color;
      plot.curves.back().dashed = dashed;
    }
    shown.push_back(state);
  }
  double least = kInfinity;
  for (const Number& state : shown) least = std::min(least, LimitOf(limits, state.name));
  if (least < kInfinity) AddLimit(least, plot);
  plot.y_label = CommonUnit(shown);
  return plot;
}

// Two states that have a limit together, one over the other: the path, the circle that it must not
// leave, and a ring where it should be.
bool AddPhasePlane(const Trace& trace, const std::vector<Number>& numbers,
                   const std::vector<std::pair<Number, Number>>& tracked, const Limits& limits,
                   Figure& figure) {
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
bool AddLimited(const Trace& trace, const std::vector<Number>& numbers,
                const std::vector<std::pair<Number, Number>>& tracked, const Limits& limits,
                Figure& figure) {
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
  if (shown.empty()) return false;
  AddLimit(least, plot);
  plot.y_label = CommonUnit(shown);
  figure.panels.push_back(std::move(plot));
  return true;
}

// "y", where all are its numbers, which then need no more than their indices in the legend.
std::string CommonEntry(const std::vector<Number>& numbers) {
  for (const Number& number : numbers) {
    if (number.index.empty() || number.entry != numbers[0].entry) return "";
  }
  return numbers.empty() ? "" : numbers[0].entry;
}

Plot Several(const Trace& trace, std::vector<Number> numbers, const std::string& title,
             std::vector<float> TracePoint::*values) {
  const std::string entry = CommonEntry(numbers);
  Plot plot{.title = title};
  if (!entry.empty()) plot.title.append(" ").append(entry);
  if (numbers.size() > kMostCurves) {
    plot.title +=
        ": the first " + std::to_string(kMostCurves) + " of " + std::to_string(numbers.size());
    numbers.resize(kMostCurves);
  }
  for (const Number& number : numbers) {
    plot.curves.push_back(Over(trace, entry.empty() ? number.name : number.index,
                               [&](const TracePoint& p) { return (p.*values)[number.at]; }));
  }
  plot.y_label = CommonUnit(numbers);
  return plot;
}

// A point of a trace knows the action that led there: it was held since the point before.
void HoldSinceBefore(Curve& curve) {
  curve.steps = true;
  if (curve.y.empty()) return;
  curve.y.erase(curve.y.begin());
  curve.y.push_back(curve.y.empty() ? 0.0 : curve.y.back());
}

std::string UnitOf(const Entry& entry) {
  return entry.unit.empty() || entry.unit == "1" ? "" : " (" + entry.unit + ")";
}

// More sensors than this are everywhere, and would hide what they see.
constexpr size_t kMostRings = 100;
constexpr char kLegend[] = "grid point (triangles: actuators, rings: sensors)";

// The first two entries of a state `field` on a plane, (..., rows, columns): as they are now.
bool AddPlane(const EnvSpec& spec, const Field& field, const Trace& trace, Figure& figure) {
  if (field.shape.size() < 2) return false;
  const int rows = field.shape[field.shape.size() - 2], columns = field.shape.back();
  if (rows * columns != field.entries.front().size) return false;
  const std::shared_ptr<const PlantSigns> signs = SignsOf(spec);
  const std::vector<float>& state = trace[trace.size() - 1].state;
  const int shown = std::min<int>(2, static_cast<int>(field.entries.size()));
  for (int i = 0; i < shown; ++i) {
    const Entry& entry = field.entries[i];
    FieldMap map{.title = entry.name + UnitOf(entry) + " now",
                 .x_label = i + 1 == shown ? kLegend : "",
                 .y_label = "grid row",
                 .columns = columns,
                 .rows = rows,
                 .x_high = static_cast<double>(columns),
                 .y_low = 0.0,
                 .y_high = static_cast<double>(rows),
                 .weight = shown == 1 ? 3.0 : 1.9};
    const auto begin = state.begin() + static_cast<std::ptrdiff_t>(i) * entry.size;
    map.values.assign(begin, begin + entry.size);
    const auto mark = [&](const std::vector<double>& places, bool ring) {
      for (size_t k = 0; k + 1 < places.size(); k += 2) {
        map.marks.push_back({places[k] * columns + 0.5, places[k + 1] * rows + 0.5, ring});
      }
    };
    if (signs->sensors.size() <= 2 * kMostRings) mark(signs->sensors, true);
    mark(signs->actuators, false);
    figure.panels.push_back(std::move(map));
  }
  // Zero needs no picture.
  const std::vector<double>& target = signs->target;
  const bool told = static_cast<int>(target.size()) == field.size() &&
                    std::any_of(target.begin(), target.end(), [](double x) { return x != 0.0; });
  if (told && shown == 1) {
    FieldMap map = std::get<FieldMap>(figure.panels.back());
    map.title = field.entries.front().name + UnitOf(field.entries.front()) + " to reach";
    map.values.assign(target.begin(), target.begin() + rows * columns);
    map.marks.clear();
    map.x_label.clear();
    map.weight = 1.5;
    figure.panels.push_back(std::move(map));
  }
  return true;
}

// The first entry of the state `field`.
void AddField(const EnvSpec& spec, const Field& field, const Trace& trace, Figure& figure) {
  const Entry& entry = field.entries.front();
  const int points = entry.size, columns = std::min(points, kMostMapColumns);
  const int rows = std::min(trace.size(), kMostMapRows);
  FieldMap map{.title = entry.name + UnitOf(entry) + " over space and time",
               .y_label = "t (s)",
               .columns = columns,
               .rows = rows,
               .x_high = static_cast<double>(points),
               .y_low = trace[0].time,
               .y_high = trace[trace.size() - 1].time,
               .weight = 1.8};
  if (map.y_high <= map.y_low) map.y_high = map.y_low + 1;
  for (int row = 0; row < rows; ++row) {
    const TracePoint& point =
        trace[static_cast<int>(static_cast<int64_t>(row) * trace.size() / rows)];
    for (int column = 0; column < columns; ++column) {
      map.values.push_back(point.state[static_cast<int64_t>(column) * points / columns]);
    }
  }
  figure.panels.push_back(std::move(map));

  const std::shared_ptr<const PlantSigns> signs = SignsOf(spec);
  Plot now{.title = entry.name + " now",
           .x_label = kLegend,
           .y_label = UnitOf(entry),
           .x_low = 0.0,
           .x_high = static_cast<double>(points),
           .weight = 1.4};
  Curve curve{.color = 0};
  const TracePoint& last = trace[trace.size() - 1];
  for (int i = 0; i < points; ++i) {
    curve.x.push_back(i);
    curve.y.push_back(last.state[i]);
  }
  if (static_cast<int>(signs->target.size()) >= points) {
    Curve target{.name = "target", .x = curve.x, .dashed = true, .color = 1};
    target.y.assign(signs->target.begin(), signs->target.begin() + points);
    now.curves.push_back(std::move(target));
  }
  now.curves.push_back(std::move(curve));
  for (const double place : signs->actuators) now.marks.push_back(place * points);
  if (signs->sensors.size() <= kMostRings) {
    for (const double place : signs->sensors) now.rings.push_back(place * points);
  }
  figure.panels.push_back(std::move(now));
}

}  // namespace

Figure MakeChart(const EnvSpec& spec, const Trace& trace) {
  Figure figure{.title = spec.id};
  const std::vector<Number> numbers =
      NumbersOf({spec.observation.begin(), spec.observation.begin() + spec.num_number_fields()},
                spec.num_agents);
  const auto field = std::find_if(spec.state.begin(), spec.state.end(),
                                  [](const Field& f) { return f.name == "field"; });
  const std::vector<std::pair<Number, Number>> tracked = TrackedOf(numbers);
  if (!tracked.empty()) {
    const Limits& limits = SignsOf(spec)->limits;
    figure.panels.push_back(Tracking(trace, tracked, limits));
    if (!AddPhasePlane(trace, numbers, tracked, limits, figure)) {
      AddLimited(trace, numbers, tracked, limits, figure);
    }
  } else if (field != spec.state.end() && trace.size() > 0) {
    if (!AddPlane(spec, *field, trace, figure)) AddField(spec, *field, trace, figure);
  } else {
    figure.panels.push_back(Several(trace, numbers, "observation", &TracePoint::observation));
    std::get<Plot>(figure.panels.back()).weight = 1.6;
  }

  Plot action = Several(trace, NumbersOf({spec.action.field}, spec.num_agents), "action",
                        &TracePoint::action);
  for (Curve& curve : action.curves) HoldSinceBefore(curve);
  figure.panels.push_back(std::move(action));
  Plot reward{.title = "reward", .x_label = "t (s)", .weight = 0.9};
  reward.curves.push_back(Over(trace, "", [](const TracePoint& p) {
    return p.time > 0 ? p.reward : std::numeric_limits<double>::quiet_NaN();  // none at the start
  }));
  figure.panels.push_back(std::move(reward));
  return figure;
}

}  // namespace flyball
