#include "envs/core/chart/curves.h"

namespace flyball {
namespace {

// "y", where all are its numbers, which then need no more than their indices in the legend.
std::string CommonEntry(const std::vector<Number>& numbers) {
  for (const Number& number : numbers) {
    if (number.index.empty() || number.entry != numbers[0].entry) return "";
  }
  return numbers.empty() ? "" : numbers[0].entry;
}

}  // namespace

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

std::string CommonUnit(const std::vector<Number>& numbers) {
  for (const Number& number : numbers) {
    if (number.unit != numbers[0].unit) return "";
  }
  return numbers.empty() || numbers[0].unit == "1" || numbers[0].unit.empty()
             ? ""
             : "(" + numbers[0].unit + ")";
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

void HoldSinceBefore(Curve& curve) {
  curve.steps = true;
  if (curve.y.empty()) return;
  curve.y.erase(curve.y.begin());
  curve.y.push_back(curve.y.empty() ? 0.0 : curve.y.back());
}

}  // namespace flyball
