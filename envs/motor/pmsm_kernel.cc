#include "envs/motor/drive_kernel.h"

FLYBALL_KERNEL(motor_pmsm, flyball::motor::DriveKernel<flyball::Pmsm>);
