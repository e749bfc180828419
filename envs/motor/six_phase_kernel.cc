#include "envs/motor/drive_kernel.h"

FLYBALL_KERNEL(motor_six_phase, flyball::motor::DriveKernel<flyball::SixPhasePmsm>);
