#include "envs/motor/drive_kernel.h"

FLYBALL_KERNEL(motor_eesm, flyball::motor::DriveKernel<flyball::Eesm>);
