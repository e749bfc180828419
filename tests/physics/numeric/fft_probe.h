// What fft_kernel.cc computes for fft_test.cc.
#ifndef FLYBALL_TESTS_PHYSICS_NUMERIC_FFT_PROBE_H_
#define FLYBALL_TESTS_PHYSICS_NUMERIC_FFT_PROBE_H_

// Transforms of `width` signals x (width, n) at once and back: re, im (width, n / 2 + 1),
// back (width, n). 1 <= width <= 16 and one of 1, 3, 4, 8, 16.
using FftProbe = void(int width, int n, const double* x, double* re, double* im, double* back);
extern "C" FftProbe flyball_kernel_fft_probe_base, flyball_kernel_fft_probe_v3,
    flyball_kernel_fft_probe_v4;

#endif  // FLYBALL_TESTS_PHYSICS_NUMERIC_FFT_PROBE_H_
