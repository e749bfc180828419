#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "envs/core/chart/panels.h"
#include "envs/core/chart/signs.h"

namespace flyball {
namespace {

constexpr int kMostMapRows = 200, kMostMapColumns = 512;

std::string UnitOf(const Entry& entry) {
  return entry.unit.empty() || entry.unit == "1" ? "" : " (" + entry.unit + ")";
}

// More sensors than this are everywhere, and would hide what they see.
constexpr size_t kMostRings = 100;
constexpr char kLegend[] = "grid point (triangles: actuators, rings: sensors)";

// Rows of values at rising heights as rows at even ones, by straight lines; what is below the lowest
// row is that row.
std::vector<double> AtEvenHeights(const std::vector<double>& values, int rows, int columns,
                                  const std::vector<double>& heights) {
  std::vector<double> even;
  for (int row = 0; row < rows; ++row) {
    const double height = (row + 0.5) / rows;
    const auto above = std::upper_bound(heights.begin(), heights.end(), height);
    const auto high = std::min<std::ptrdiff_t>(above - heights.begin(), rows - 1);
    const auto low = std::max<std::ptrdiff_t>(above - heights.begin() - 1, 0);
    const double gap = heights[high] - heights[low];
    const double share = gap > 0.0 ? (height - heights[low]) / gap : 0.0;
    for (int j = 0; j < columns; ++j) {
      even.push_back((1.0 - share) * values[low * columns + j] +
                     share * values[high * columns + j]);
    }
  }
  return even;
}

// Pairs of numbers, each of them once: two fields may be measured at one place.
std::vector<std::pair<double, double>> PlacesOf(const std::vector<double>& numbers) {
  std::vector<std::pair<double, double>> places;
  for (size_t k = 0; k + 1 < numbers.size(); k += 2)
    places.emplace_back(numbers[k], numbers[k + 1]);
  std::sort(places.begin(), places.end());
  places.erase(std::unique(places.begin(), places.end()), places.end());
  return places;
}

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
    // A point of the grid is the middle of its cell; on heights a mark stands within the picture.
    const bool on_heights = static_cast<int>(signs->heights.size()) == rows;
    if (on_heights) {
      map.values = AtEvenHeights(map.values, rows, columns, signs->heights);
      map.y_label = "height";
      map.y_high = 1.0;
    }
    const auto mark = [&](const auto& places, bool ring) {
      for (const auto& [x, y] : places) {
        const double height = on_heights ? std::clamp(y, 0.04, 0.96) : y * rows + 0.5;
        map.marks.push_back({x * columns + 0.5, height, ring});
      }
    };
    const auto sensors = PlacesOf(signs->sensors);
    if (sensors.size() <= kMostRings) mark(sensors, true);
    mark(PlacesOf(signs->actuators), false);
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

// The first entry of the state `field` on a line.
void AddLine(const EnvSpec& spec, const Field& field, const Trace& trace, Figure& figure) {
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

void AddField(const EnvSpec& spec, const Field& field, const Trace& trace, Figure& figure) {
  if (!AddPlane(spec, field, trace, figure)) AddLine(spec, field, trace, figure);
}

}  // namespace flyball
