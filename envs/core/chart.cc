#include "envs/core/chart.h"

#include <algorithm>
#include <string>

namespace flyball {
namespace {

constexpr size_t kMostCurves = 6;
constexpr int kMostMapRows = 200, kMostMapColumns = 512;
constexpr char kReference[] = "_reference";

// One number of the observation or the action by name: "i_sd", "y[2]".
struct Number {
  std::string name, unit;
  size_t at;
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
          numbers.push_back({entry.name + index, entry.unit, at});
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

Plot Tracking(const Trace& trace, const std::vector<Number>& numbers) {
  Plot plot{.title = "controlled states and their references", .weight = 1.6};
  std::vector<Number> shown;
  for (const Number& reference : numbers) {
    if (!reference.name.ends_with(kReference)) continue;
    const std::string name =
        reference.name.substr(0, reference.name.size() - sizeof(kReference) + 1);
    const auto followed = std::find_if(numbers.begin(), numbers.end(),
                                       [&](const Number& n) { return n.name == name; });
    if (followed == numbers.end() || shown.size() == kMostCurves) continue;
    const int color = static_cast<int>(shown.size());
    shown.push_back(*followed);
    for (const Number& number : {*followed, reference}) {
      plot.curves.push_back(Over(trace, number.at == reference.at ? "" : name,
                                 [&](const TracePoint& p) { return p.observation[number.at]; }));
      plot.curves.back().color = color;
      plot.curves.back().dashed = number.at == reference.at;
    }
  }
  plot.y_label = CommonUnit(shown);
  return plot;
}

Plot Several(const Trace& trace, std::vector<Number> numbers, const std::string& title,
             std::vector<float> TracePoint::*values) {
  Plot plot{.title = title};
  if (numbers.size() > kMostCurves) {
    plot.title +=
        ": the first " + std::to_string(kMostCurves) + " of " + std::to_string(numbers.size());
    numbers.resize(kMostCurves);
  }
  for (const Number& number : numbers) {
    plot.curves.push_back(
        Over(trace, number.name, [&](const TracePoint& p) { return (p.*values)[number.at]; }));
  }
  plot.y_label = CommonUnit(numbers);
  return plot;
}

// The first entry of a state `field` on a plane, (..., rows, columns): as it is now.
bool AddPlane(const Field& field, const Trace& trace, Figure& figure) {
  const Entry& entry = field.entries.front();
  if (field.shape.size() < 2) return false;
  const int rows = field.shape[field.shape.size() - 2], columns = field.shape.back();
  if (rows * columns != entry.size) return false;
  const std::string unit = entry.unit.empty() || entry.unit == "1" ? "" : " (" + entry.unit + ")";
  FieldMap map{.title = entry.name + unit + " now",
               .y_label = "grid row",
               .columns = columns,
               .rows = rows,
               .x_high = static_cast<double>(columns),
               .y_low = 0.0,
               .y_high = static_cast<double>(rows),
               .weight = 3.0};
  const TracePoint& last = trace[trace.size() - 1];
  map.values.assign(last.state.begin(), last.state.begin() + entry.size);
  figure.panels.push_back(std::move(map));
  return true;
}

// The first entry of the state `field`.
void AddField(const Field& field, const Trace& trace, Figure& figure) {
  const Entry& entry = field.entries.front();
  const int points = entry.size, columns = std::min(points, kMostMapColumns);
  const int rows = std::min(trace.size(), kMostMapRows);
  const std::string unit = entry.unit.empty() || entry.unit == "1" ? "" : " (" + entry.unit + ")";
  FieldMap map{.title = entry.name + unit + " over space and time",
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
  Plot now{.title = entry.name + " now",
           .x_label = "grid point",
           .y_label = unit,
           .x_low = 0.0,
           .x_high = static_cast<double>(points)};
  Curve curve;
  const TracePoint& last = trace[trace.size() - 1];
  for (int i = 0; i < points; ++i) {
    curve.x.push_back(i);
    curve.y.push_back(last.state[i]);
  }
  now.curves.push_back(std::move(curve));
  figure.panels.push_back(std::move(map));
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
  const bool tracks = std::any_of(numbers.begin(), numbers.end(),
                                  [](const Number& n) { return n.name.ends_with(kReference); });
  if (tracks) {
    figure.panels.push_back(Tracking(trace, numbers));
  } else if (field != spec.state.end() && trace.size() > 0) {
    if (!AddPlane(*field, trace, figure)) AddField(*field, trace, figure);
  } else {
    figure.panels.push_back(Several(trace, numbers, "observation", &TracePoint::observation));
    std::get<Plot>(figure.panels.back()).weight = 1.6;
  }

  Plot action = Several(trace, NumbersOf({spec.action.field}, spec.num_agents), "action",
                        &TracePoint::action);
  for (Curve& curve : action.curves) curve.steps = true;
  figure.panels.push_back(std::move(action));
  Plot reward{.title = "reward", .x_label = "t (s)", .weight = 0.9};
  reward.curves.push_back(Over(trace, "", [](const TracePoint& p) { return p.reward; }));
  figure.panels.push_back(std::move(reward));
  return figure;
}

}  // namespace flyball
