#include "envs/motor/drive_kernel.h"

FLYBALL_KERNEL(motor_dc_external, flyball::motor::DriveKernel<flyball::ExtExDc>);
