#include "envs/motor/drive_kernel.h"

FLYBALL_KERNEL(motor_dc_series, flyball::motor::DriveKernel<flyball::SeriesDc>);
