#include "physics/numeric/box_ascent.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace flyball {
namespace {

constexpr int kMemory = 8;      // a step has to beat the least of so many values
constexpr double kFirst = 0.1;  // of its range, what the first step moves the fastest entry by
constexpr double kSufficient =
    1e-4;  // of the rise that the slope promises, what a step has to bring
constexpr double kStill = 1e-9;

double Range(double low, double high) { return std::isfinite(high - low) ? high - low : 1.0; }

// The step length at which the fastest entry moves by kFirst of its range.
double FirstRate(std::span<const double> slope, std::span<const double> low,
                 std::span<const double> high) {
  double fastest = 0.0;
  for (size_t i = 0; i < slope.size(); ++i) {
    const double range = Range(low[i], high[i]);
    if (range > 0.0) fastest = std::max(fastest, std::abs(slope[i]) / range);
  }
  return fastest > 0.0 ? kFirst / fastest : 1.0;
}

}  // namespace

double MaximizeInBox(const ValueAndSlope& f, std::span<const double> low,
                     std::span<const double> high, int evaluations, std::span<double> x) {
  const size_t n = x.size();
  for (size_t i = 0; i < n; ++i) x[i] = std::clamp(x[i], low[i], high[i]);
  std::vector<double> at(x.begin(), x.end()), slope(n), step(n), trial(n), next(n);
  double best = f(at, slope);
  if (!std::isfinite(best)) return -std::numeric_limits<double>::infinity();
  std::vector<double> values = {best};
  double rate = FirstRate(slope, low, high);

  for (int left = evaluations - 1; left > 0;) {
    // Along the slope as far as the last curvature says, and back into the box.
    double promise = 0.0, moved = 0.0;
    for (size_t i = 0; i < n; ++i) {
      step[i] = std::clamp(at[i] + rate * slope[i], low[i], high[i]) - at[i];
      promise += step[i] * slope[i];
      moved = std::max(moved, std::abs(step[i]) / Range(low[i], high[i]));
    }
    if (!(moved > kStill)) break;

    // Shorter until it brings enough.
    const size_t first = values.size() - std::min<size_t>(values.size(), kMemory);
    const double reference = *std::min_element(values.begin() + first, values.end());
    double part = 1.0, value;
    for (;; part *= 0.25) {
      for (size_t i = 0; i < n; ++i) trial[i] = at[i] + part * step[i];
      value = f(trial, next);
      --left;
      if (std::isfinite(value) && value >= reference + kSufficient * part * promise) break;
      if (left == 0) return best;
    }

    // The curvature along the step gives the next one's length.
    double length = 0.0, bend = 0.0;
    for (size_t i = 0; i < n; ++i) {
      const double s = trial[i] - at[i];
      length += s * s;
      bend -= s * (next[i] - slope[i]);
    }
    rate = bend > 0.0 ? length / bend : 4.0 * rate;
    at.swap(trial);
    slope.swap(next);
    values.push_back(value);
    if (value > best) {
      best = value;
      std::copy(at.begin(), at.end(), x.begin());
    }
  }
  return best;
}

}  // namespace flyball
