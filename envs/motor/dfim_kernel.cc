#include "envs/motor/drive_kernel.h"

FLYBALL_KERNEL(motor_dfim, flyball::motor::DriveKernel<flyball::Dfim>);
