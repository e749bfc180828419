#include "envs/quadcopter/wind.h"

#include <algorithm>
#include <limits>

namespace flyball::quadcopter {
namespace {

using rotorcraft::Vec3;

// The sampled field, linear between its points.
Vec3<double> SampleGrid(const Wind& wind, const Vec3<double>& p) {
  int low[3];
  double share[3];
  for (int i = 0; i < 3; ++i) {
    const double at = ((&p.x)[i] - wind.origin[i]) / wind.spacing[i];
    const double inside = std::min(std::max(at, 0.0), wind.count[i] - 1.0);
    low[i] = static_cast<int>(std::min(inside, std::max(wind.count[i] - 2.0, 0.0)));
    share[i] = inside - low[i];
  }
  Vec3<double> sum = {0, 0, 0};
  for (int corner = 0; corner < 8; ++corner) {
    double weight = 1.0;
    size_t at = 0;
    for (int i = 0; i < 3; ++i) {
      const bool high = (corner >> i) & 1;
      weight *= high ? share[i] : 1.0 - share[i];
      at = at * wind.count[i] + std::min(low[i] + high, wind.count[i] - 1);
    }
    for (int k = 0; k < 3; ++k) (&sum.x)[k] += weight * wind.grid[3 * at + k];
  }
  return sum;
}

}  // namespace

Vec3<double> Wind::FieldsAt(double time, const Vec3<double>& p_W) const {
  Vec3<double> sum = {0, 0, 0};
  if (!grid.empty()) sum = SampleGrid(*this, p_W);
  if (!function) return sum;
  const double place[3] = {p_W.x, p_W.y, p_W.z};
  double air[3] = {0, 0, 0};
  try {
    function(time, place, air);
  } catch (...) {
    air[0] = std::numeric_limits<double>::quiet_NaN();  // the row diverges
  }
  return sum + Vec3<double>{air[0], air[1], air[2]};
}

}  // namespace flyball::quadcopter
