#include "envs/quadcopter/task.h"

namespace flyball::quadcopter {
using Kernel = QuadKernel<GpdPybModel>;
}  // namespace flyball::quadcopter

FLYBALL_KERNEL(quadcopter_gpd_pyb, ::flyball::quadcopter::Kernel);
