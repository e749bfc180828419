#include "envs/motor/drive_kernel.h"

FLYBALL_KERNEL(motor_scim, flyball::motor::DriveKernel<flyball::Scim>);
