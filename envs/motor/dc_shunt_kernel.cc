#include "envs/motor/drive_kernel.h"

FLYBALL_KERNEL(motor_dc_shunt, flyball::motor::DriveKernel<flyball::ShuntDc>);
