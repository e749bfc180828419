// What philox_kernel.cc computes for philox_test.cc.
#ifndef FLYBALL_TESTS_PHYSICS_NUMERIC_PHILOX_PROBE_H_
#define FLYBALL_TESTS_PHYSICS_NUMERIC_PHILOX_PROBE_H_

// out[4 * row ...] = the uniform pair and the normal pair of a row, `width` rows at a time;
// row r has seed r * 2^33 + r, episode r % 7, step r % 1000, stream 5, draw r / 48.
using PhiloxProbe = void(int width, double* out, int num_rows);
extern "C" PhiloxProbe flyball_kernel_philox_probe_base, flyball_kernel_philox_probe_v3,
    flyball_kernel_philox_probe_v4;

#endif  // FLYBALL_TESTS_PHYSICS_NUMERIC_PHILOX_PROBE_H_
