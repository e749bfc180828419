#include "render/scale.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

namespace flyball {
namespace {

constexpr double kViridis[16][3] = {
    {0.2670, 0.0049, 0.3294}, {0.2827, 0.1002, 0.4222}, {0.2771, 0.1852, 0.4899},
    {0.2539, 0.2653, 0.5300}, {0.2220, 0.3392, 0.5488}, {0.1906, 0.4071, 0.5561},
    {0.1636, 0.4711, 0.5581}, {0.1391, 0.5338, 0.5553}, {0.1206, 0.5964, 0.5436},
    {0.1347, 0.6586, 0.5176}, {0.2080, 0.7187, 0.4729}, {0.3278, 0.7740, 0.4066},
    {0.4775, 0.8214, 0.3182}, {0.6473, 0.8584, 0.2099}, {0.8249, 0.8847, 0.1062},
    {0.9932, 0.9062, 0.1439}};

}  // namespace

std::array<double, 3> PerceptualColor(double x) {
  if (std::isnan(x)) return {0.6, 0.6, 0.6};
  const double at = std::clamp(x, 0.0, 1.0) * 15;
  const int low = std::min(static_cast<int>(at), 14);
  std::array<double, 3> color;
  for (int i = 0; i < 3; ++i) {
    color[i] = kViridis[low][i] + (at - low) * (kViridis[low + 1][i] - kViridis[low][i]);
  }
  return color;
}

std::vector<double> Ticks(double low, double high, int most) {
  const double least = (high - low) / std::max(1, most);
  const double power = std::pow(10.0, std::floor(std::log10(least)));
  double step = 10 * power;
  for (const double factor : {5.0, 2.0, 1.0}) {
    if (factor * power >= least * (1 - 1e-9)) step = factor * power;
  }
  std::vector<double> ticks;
  const double first = std::ceil(low / step - 1e-9);
  for (double i = first; i * step <= high + 1e-9 * step && ticks.size() < 1000; ++i) {
    ticks.push_back(i * step);
  }
  return ticks;
}

std::vector<std::string> TickTexts(const std::vector<double>& ticks) {
  std::vector<std::string> texts;
  for (int digits = 4; digits <= 15; ++digits) {
    texts.clear();
    bool told = true;
    for (const double tick : ticks) {
      char text[32];
      std::snprintf(text, sizeof(text), "%.*g", digits, tick == 0 ? 0.0 : tick);
      const double step = ticks.size() > 1 ? ticks[1] - ticks[0] : std::abs(tick);
      told &= std::abs(std::strtod(text, nullptr) - tick) <= 0.01 * step;
      texts.push_back(text);
    }
    if (told) break;
  }
  return texts;
}

}  // namespace flyball
