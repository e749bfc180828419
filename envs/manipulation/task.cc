#include "envs/manipulation/task.h"

#include <algorithm>
#include <cmath>

namespace flyball {

double GoalDistance(const Task& task, std::span<const double> achieved,
                    std::span<const double> desired) {
  double sum = 0.0;
  if (task.goal == Task::Goal::kRotation) {
    for (size_t k = 0; k < 4; ++k) sum += achieved[k] * desired[k];
    return std::max(0.0, 1.0 - sum * sum);
  }
  for (size_t k = 0; k < achieved.size(); ++k) {
    sum += (achieved[k] - desired[k]) * (achieved[k] - desired[k]);
  }
  return std::sqrt(sum);
}

double RewardOf(const Task& task, Variant variant, double distance) {
  if (variant.dense) return -distance;
  return distance > task.threshold ? -1.0 : 0.0;
}

Vec3 UniformBox(Rng& rng, const Vec3& low, const Vec3& high) {
  Vec3 drawn;
  for (size_t k = 0; k < 3; ++k) drawn[k] = rng.Uniform(low[k], high[k]);
  return drawn;
}

}  // namespace flyball
