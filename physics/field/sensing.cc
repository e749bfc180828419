#include "physics/field/sensing.h"

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

void CheckSensors(int n, int count) {
  if (count < 1 || count > n) {
    throw InputError("n_observation is " + std::to_string(count) +
                     "; it must be from 1 to n = " + std::to_string(n));
  }
}

}  // namespace

std::vector<double> SmoothActuators(int n, int count, double width) {
  CheckActuators(n, count, width);
  const double edge = width / 5;
  if (edge * n < 1.0) {
    throw InputError("control_sup_width is " + std::to_string(width) +
                     " of the domain; a grid of " + std::to_string(n) +
                     " points resolves widths from " + std::to_string(5.0 / n));
  }
  std::vector<double> shapes(static_cast<size_t>(n) * count);
  for (int j = 0; j < n; ++j) {
    for (int i = 0; i < count; ++i) {
      const double from_centre = static_cast<double>(j) / n - (i + 0.5) / count;
      double shape = 0.0;
      for (int image = -2; image <= 2; ++image) {
        const double x = from_centre + image;
        shape += 0.5 * (Tanh((x + width / 2) / edge) - Tanh((x - width / 2) / edge));
      }
      shapes[static_cast<size_t>(j) * count + i] = shape;
    }
  }
  return shapes;
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

std::vector<double> PointSensors(int n, int count) {
  CheckSensors(n, count);
  std::vector<double> rows(static_cast<size_t>(n) * count, 0.0);
  for (int i = 0; i < count; ++i) rows[static_cast<size_t>(i) * n + n / count * i] = 1.0;
  return rows;
}

}  // namespace flyball
