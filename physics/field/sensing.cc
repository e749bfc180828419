#include "physics/field/sensing.h"

#include <cmath>
#include <cstddef>
#include <numbers>
#include <string>

#include "physics/numeric/error.h"
#include "physics/numeric/lanes.h"

namespace flyball {
namespace {

void CheckActuators(int n, int count, double width) {
  if (count < 1 || count > n) {
    throw InputError("n_action is " + std::to_string(count) +
                     "; it must be from 1 to n = " + std::to_string(n));
  }
  if (!(width > 0.0) || !(width * count <= 1.0 + 1e-12)) {
    throw InputError(
        "control_sup_width is " + std::to_string(width) + "; " + std::to_string(count) +
        " actuators fit the domain with widths above 0 and up to " + std::to_string(1.0 / count));
  }
}

// A shape of `width` with features of width / parts, on a grid that has to resolve them.
void CheckWidth(int n, double width, double parts, const char* option) {
  if (width * n >= parts) return;
  throw InputError(std::string(option) + " is " + std::to_string(width) +
                   " of the domain; a grid of " + std::to_string(n) +
                   " points resolves widths from " + std::to_string(parts / n));
}

// shape(distance) and its images at each position, (n, count) row after row.
template <class Shape>
std::vector<double> Shapes(int n, std::span<const double> positions, const Shape& shape) {
  std::vector<double> shapes;
  shapes.reserve(static_cast<size_t>(n) * positions.size());
  for (int j = 0; j < n; ++j) {
    for (const double centre : positions) {
      double sum = 0.0;
      for (int image = -2; image <= 2; ++image) {
        sum += shape(static_cast<double>(j) / n - centre + image);
      }
      shapes.push_back(sum);
    }
  }
  return shapes;
}

std::vector<double> FlatShapes(int n, std::span<const double> positions, double width) {
  const double edge = width / 5;
  return Shapes(n, positions, [=](double x) {
    return 0.5 * (Tanh((x + width / 2) / edge) - Tanh((x - width / 2) / edge));
  });
}

void CheckSensors(int n, int count) {
  if (count < 1 || count > n) {
    throw InputError("n_observation is " + std::to_string(count) +
                     "; it must be from 1 to n = " + std::to_string(n));
  }
}

}  // namespace

std::vector<double> EvenPositions(int count) {
  std::vector<double> positions(count);
  for (int i = 0; i < count; ++i) positions[i] = (i + 0.5) / count;
  return positions;
}

void CheckPositions(std::span<const double> positions, const char* option) {
  for (const double x : positions) {
    if (x >= 0.0 && x < 1.0) continue;
    throw InputError("option '" + std::string(option) + "' holds " + std::to_string(x) +
                     "; places are fractions of the domain, from 0 to below 1");
  }
}

std::vector<double> SmoothActuators(int n, int count, double width) {
  CheckActuators(n, count, width);
  return SmoothActuators(n, EvenPositions(count), width);
}

std::vector<double> SmoothActuators(int n, std::span<const double> positions, double width) {
  const int count = static_cast<int>(positions.size());
  CheckActuators(n, count, width);
  CheckWidth(n, width, 5.0, "control_sup_width");
  return FlatShapes(n, positions, width);
}

std::vector<double> BellActuators(int n, std::span<const double> positions, double width) {
  CheckActuators(n, static_cast<int>(positions.size()), width);
  CheckWidth(n, width, 3.0, "control_sup_width");
  return Shapes(n, positions,
                [=](double x) { return Exp(-std::numbers::pi * (x / width) * (x / width)); });
}

std::vector<double> CellActuators(int n, int count, double width) {
  CheckActuators(n, count, width);
  std::vector<double> shapes(static_cast<size_t>(n) * count, 0.0);
  const double cells = width * n;
  const int spacing = n / count;
  for (int i = 0; i < count; ++i) {
    const int centre = static_cast<int>((0.5 + i) * spacing);
    const int left = static_cast<int>(centre - 0.5 * cells);
    const int right = static_cast<int>(centre + 0.5 * cells);
    for (int j = left < 0 ? 0 : left; j < right && j < n; ++j) {
      shapes[static_cast<size_t>(j) * count + i] = 1.0;
    }
  }
  return shapes;
}

std::vector<double> InterpolatingSensors(int n, int count) {
  CheckSensors(n, count);
  std::vector<double> rows(static_cast<size_t>(n) * count);
  for (int i = 0; i < count; ++i) {
    for (int j = 0; j < n; ++j) {
      // The band-limited periodic function that is 1 at point j and 0 at the others:
      // sin(n t) / (n tan t), t = pi (x - x_j). Twice the distance in units of 1 / (n
      // count) is an integer, so that grid points are met exactly.
      const long distance = static_cast<long>(2 * i + 1) * n - static_cast<long>(2 * j) * count;
      const long denominator = 2L * n * count;
      double weight;
      if (distance % denominator == 0) {
        weight = 1.0;
      } else if (distance % (2L * count) == 0) {
        weight = 0.0;
      } else {
        const double t = std::numbers::pi * static_cast<double>(distance) / denominator;
        weight = Sin(n * t) / (n * Tan(t));
      }
      rows[static_cast<size_t>(i) * n + j] = weight;
    }
  }
  return rows;
}

std::vector<double> InterpolatingSensors(int n, std::span<const double> positions) {
  CheckSensors(n, static_cast<int>(positions.size()));
  std::vector<double> rows;
  rows.reserve(static_cast<size_t>(n) * positions.size());
  for (const double position : positions) {
    for (int j = 0; j < n; ++j) {
      const double cells = position * n - j, t = std::numbers::pi * cells / n;
      const bool whole = cells == std::floor(cells);
      rows.push_back(whole ? (cells == 0.0 ? 1.0 : 0.0) : Sin(n * t) / (n * Tan(t)));
    }
  }
  return rows;
}

std::vector<double> AveragingSensors(int n, std::span<const double> positions, double width) {
  CheckSensors(n, static_cast<int>(positions.size()));
  CheckWidth(n, width, 5.0, "sensor_width");
  const std::vector<double> shapes = FlatShapes(n, positions, width);
  const size_t count = positions.size();
  std::vector<double> rows(shapes.size());
  for (size_t i = 0; i < count; ++i) {
    double total = 0.0;
    for (int j = 0; j < n; ++j) total += shapes[j * count + i];
    for (int j = 0; j < n; ++j) rows[i * n + j] = shapes[j * count + i] / total;
  }
  return rows;
}

std::vector<double> PointSensors(int n, int count) {
  CheckSensors(n, count);
  std::vector<double> rows(static_cast<size_t>(n) * count, 0.0);
  for (int i = 0; i < count; ++i) rows[static_cast<size_t>(i) * n + n / count * i] = 1.0;
  return rows;
}

}  // namespace flyball
