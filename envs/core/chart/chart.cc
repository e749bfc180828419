#include "envs/core/chart/chart.h"

#include <algorithm>
#include <limits>

#include "envs/core/chart/panels.h"

namespace flyball {
namespace {

// Times of plants whose steps are parts of a millisecond.
void ShowMilliseconds(Figure& figure) {
  for (auto& panel : figure.panels) {
    Plot* plot = std::get_if<Plot>(&panel);
    if (plot == nullptr || plot->beside) continue;
    for (Curve& curve : plot->curves) {
      for (double& time : curve.x) time *= 1e3;
    }
    for (double& time : plot->marks) time *= 1e3;
    if (!plot->x_label.empty()) plot->x_label = "t (ms)";
  }
}

}  // namespace

Figure MakeChart(const EnvSpec& spec, const Trace& trace, const std::string& chosen) {
  Figure figure{.title = spec.id};
  if (const int count = trace.num_violations(); count > 0) {
    figure.title += ": " + std::to_string(count) + (count == 1 ? " violation" : " violations");
  }
  const std::vector<Number> numbers =
      NumbersOf({spec.observation.begin(), spec.observation.begin() + spec.num_number_fields()},
                spec.num_agents);
  const auto field = std::find_if(spec.state.begin(), spec.state.end(),
                                  [](const Field& f) { return f.name == "field"; });
  const Tracked tracked = TrackedOf(numbers);
  bool over_time = true;
  if (!chosen.empty()) {
    AddChosen(spec, trace, ChosenOf(numbers, chosen), figure);
  } else if (!tracked.empty()) {
    AddTracking(spec, trace, numbers, tracked, figure);
  } else if (field != spec.state.end() && trace.size() > 0) {
    AddField(spec, *field, trace, figure);
    over_time = false;
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
  if (over_time && spec.control_period < 1e-3) ShowMilliseconds(figure);
  return figure;
}

}  // namespace flyball
