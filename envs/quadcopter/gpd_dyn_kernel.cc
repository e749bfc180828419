#include "envs/quadcopter/task.h"

namespace flyball::quadcopter {
using Kernel = QuadKernel<GpdDynModel>;
}  // namespace flyball::quadcopter

FLYBALL_KERNEL(quadcopter_gpd_dyn, ::flyball::quadcopter::Kernel);
