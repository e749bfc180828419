#include "envs/motor/drive_kernel.h"

FLYBALL_KERNEL(motor_dc_permanent, flyball::motor::DriveKernel<flyball::PermExDc>);
