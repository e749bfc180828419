#include "envs/quadcopter/task.h"

namespace flyball::quadcopter {
using Kernel = QuadKernel<DefaultModel>;
}  // namespace flyball::quadcopter

FLYBALL_KERNEL(quadcopter_default, ::flyball::quadcopter::Kernel);
